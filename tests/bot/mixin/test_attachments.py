"""Files up and down, over an API and a storage on real sockets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bot.errors import NotFound, Rejected, Unavailable
from bot.message import File
from bot.mixin.attachments import AttachmentOptions, MixinAttachments, open_attachments
from bot.mixin.capability import Capability
from tests.bot.mixin.servers import FakeApi, open_api, refuse, serve_api
from tests.bot.mixin.vectors import BOT_ID

ID = "70000000-0000-4000-8000-0000000000aa"


@dataclass
class Storage:
    """Takes and gives files, and keeps what it was sent."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    location: str = ""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        if self.location:
            return web.Response(status=302, headers={"Location": self.location})
        if request.method == "PUT":
            self.files[request.path] = await request.read()
            return web.Response(status=self.status)
        if self.status != 200:
            return web.Response(status=self.status)
        response = web.StreamResponse()
        if request.path != "/endless":
            response.content_length = len(self.files[request.path])
        await response.prepare(request)
        if request.path == "/endless":
            for _ in range(1000):
                await response.write(b"x" * 65536)
        else:
            await response.write(self.files[request.path])
        return response


@asynccontextmanager
async def serve_storage() -> AsyncIterator[Storage]:
    storage = Storage()
    runner = web.ServerRunner(web.Server(storage.handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    storage.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield storage
    await runner.cleanup()


@pytest.fixture
async def storage() -> AsyncIterator[Storage]:
    async with serve_storage() as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[FakeApi]:
    async with serve_api() as api:
        yield api


@asynccontextmanager
async def opened(
    server: FakeApi, *, loopback: bool = True, most_bytes: int = 1000_000, sealing: bool = False
) -> AsyncIterator[MixinAttachments]:
    options = AttachmentOptions(most_bytes, 3.0, loopback)
    async with open_api(server.url) as api:
        capability = Capability(api, 600.0, can_seal=True) if sealing else None
        async with open_attachments(api, options, capability) as attachments:
            yield attachments


def place(storage: Storage, path: str = "/aa") -> dict[str, str]:
    return {
        "attachment_id": ID,
        "upload_url": f"{storage.url}{path}?X-Amz-Signature=x%2Fy",
        "view_url": f"{storage.url}{path}",
    }


async def all_of(attachments: MixinAttachments) -> bytes:
    async with attachments.download(ID) as pieces:
        return b"".join([piece async for piece in pieces])


async def test_upload(server: FakeApi, storage: Storage) -> None:
    """The bytes arrive with the headers that the address is signed for, with their length, and without any token."""
    server.says(place(storage))
    content = bytes(range(256)) * 2000
    async with opened(server) as attachments:
        file = await attachments.upload(content, name="../my\u202efile.json", mime_type="application/json")

    assert file == File(ID, "application/json", 512_000, ".._my file.json")
    assert storage.files == {"/aa": content}
    (headers,) = storage.headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["x-amz-acl"] == "public-read"
    assert headers["Content-Length"] == "512000"
    assert not {"Authorization", "Cookie", "Transfer-Encoding", "X-Request-Id"} & set(headers)
    assert server.targets == ["POST /attachments"]


async def test_what_may_not_be_uploaded(server: FakeApi) -> None:
    """Nothing, too much, and what is no type; no place is asked for."""
    async with opened(server, most_bytes=10) as attachments:
        for content, mime_type in (
            (b"", "text/plain"),
            (b"x" * 11, "text/plain"),
            (b"x", "text/html; x=1"),
            (b"x", "x"),
        ):
            with pytest.raises(ValueError, match="the "):
                await attachments.upload(content, name="f", mime_type=mime_type)
    assert server.asked == []


@pytest.mark.parametrize("status", [403, 500, 503])
async def test_a_storage_that_does_not_take_it(server: FakeApi, storage: Storage, status: int) -> None:
    """Anything but success means that there is no file, and nobody is told that there is."""
    server.says(place(storage))
    storage.status = status
    async with opened(server) as attachments:
        with pytest.raises(Unavailable):
            await attachments.upload(b"x", name="f", mime_type="text/plain")


async def test_download(server: FakeApi, storage: Storage) -> None:
    """The file in pieces, asked for without a token."""
    server.says(place(storage))
    storage.files["/aa"] = b"abc" * 100_000
    async with opened(server) as attachments:
        assert await all_of(attachments) == storage.files["/aa"]
    assert "Authorization" not in storage.headers[0]
    assert server.targets == [f"GET /attachments/{ID}"]


@pytest.mark.parametrize("path", ["/aa", "/endless"])
async def test_T8_a_file_that_is_too_large(server: FakeApi, storage: Storage, path: str) -> None:
    """Announced or not, not more than the limit is read."""
    server.says(place(storage, path))
    storage.files["/aa"] = b"x" * 1001
    async with opened(server, most_bytes=1000) as attachments:
        with pytest.raises(Rejected, match="more than 1000 bytes"):
            await all_of(attachments)


async def test_files_that_are_gone(server: FakeApi, storage: Storage) -> None:
    """Expired at the API, or at the storage, or never there."""
    async with opened(server) as attachments:
        server.says(refuse(404))
        with pytest.raises(NotFound):
            await all_of(attachments)
        server.answers.clear()
        server.says(place(storage))
        storage.status = 404
        with pytest.raises(NotFound):
            await all_of(attachments)
        async with open_api(server.url) as api:
            with pytest.raises(NotFound):
                await api.attachment("../me")


async def test_T8_a_redirect_is_not_followed(server: FakeApi, storage: Storage) -> None:
    """Neither up nor down, wherever it leads."""
    async with serve_storage() as canary, opened(server) as attachments:
        server.says(place(storage))
        for location in (f"{canary.url}/x", "http://169.254.169.254/latest/meta-data/"):
            storage.location = location
            with pytest.raises(Rejected):
                await all_of(attachments)
            with pytest.raises(Rejected):
                await attachments.upload(b"x", name="f", mime_type="text/plain")
        assert canary.headers == []


async def test_T8_an_api_that_names_an_address_inside(server: FakeApi, storage: Storage) -> None:
    """Even Mixin's own word does not lead to this machine, unless the API itself is here."""
    server.says(place(storage))
    async with opened(server, loopback=False) as attachments:
        with pytest.raises(Rejected):
            await all_of(attachments)
        with pytest.raises(Rejected):
            await attachments.upload(b"x", name="f", mime_type="text/plain")
    assert storage.headers == []


async def test_a_sealed_file_there_and_back(server: FakeApi, storage: Storage) -> None:
    """The storage holds nothing readable; whoever has the message opens it, and anything else is refused."""
    server.says({"user_id": BOT_ID, "app": {"capabilities": ["ENCRYPTED"]}}, place(storage))
    async with opened(server, sealing=True) as attachments:
        file = await attachments.upload(b"something worth hiding", name="f", mime_type="text/plain")
        assert (file.size, bool(file.key), bool(file.digest)) == (22, True, True)
        assert b"hiding" not in storage.files["/aa"]
        assert storage.headers[0]["Content-Length"] == str(len(storage.files["/aa"]))
        async with attachments.download(ID, key=file.key, digest=file.digest) as pieces:
            assert [piece async for piece in pieces] == [b"something worth hiding"]
        storage.files["/aa"] += b"x"
        with pytest.raises(Rejected, match="cannot be opened"):
            async with attachments.download(ID, key=file.key, digest=file.digest) as pieces:
                [piece async for piece in pieces]


async def test_a_file_for_a_group_is_not_sealed(server: FakeApi, storage: Storage) -> None:
    """Groups are written to in plain, so their files are plain, too."""
    server.says(place(storage))
    async with opened(server, sealing=True) as attachments:
        file = await attachments.upload(b"for all", name="f", mime_type="text/plain", group=True)
    assert (storage.files["/aa"], file.key) == (b"for all", "")
