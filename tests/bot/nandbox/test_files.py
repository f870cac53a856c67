"""Files of nandbox: fetched and handed over as its SDKs do, and never more than asked for."""

from typing import Any

import pytest
from aiohttp import web

from bot.directory import Entry, Photo
from bot.errors import Forbidden, NotFound, Rejected, ServiceError, Unavailable
from bot.message import File
from bot.nandbox.connection import Connection
from bot.nandbox.directory import DirectoryOptions, NandboxDirectory
from bot.nandbox.files import open_files
from bot.nandbox.options import LineOptions
from tests.bot.nandbox.media import open_media
from tests.bot.nandbox.server import NADIA, open_nandbox
from tests.bot.nandbox.vectors import vectors

UPLOAD, DOWNLOAD = vectors("media_http")


async def test_vectors_of_files() -> None:
    """Method, path, token and type as the official SDK sends them; the id and the bytes of the answer are read."""
    async with open_media(files={"abc.jpg": b"FILEDATA"}) as media, open_files(media.account) as files:
        file = await files.upload(b"JPEGDATA", name="pic.jpg", mime_type="image/jpeg")
        content = await files.fetch("abc.jpg", 1000)

    assert file == File("f00d-pic.jpg", "image/jpeg", 8, "pic.jpg")
    assert content == b"FILEDATA"
    for (method, path, headers, body), vector in zip(media.requests, (UPLOAD, DOWNLOAD), strict=True):
        wanted: dict[str, Any] = vector["request"]
        assert (method, path, body.decode()) == (wanted["method"], wanted["path"], wanted.get("body", ""))
        for name in ("Content-Type", "X-TOKEN"):
            assert headers[name.title()] == wanted["headers"][name]


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Forbidden), (403, Forbidden), (404, NotFound), (400, Rejected), (500, Unavailable), (302, Rejected)],
)
async def test_an_error_page_is_not_a_file(status: int, error: type[ServiceError]) -> None:
    """The SDKs save whatever comes; here a status that is not good is an error, and a redirect is not followed."""
    reply = web.Response(status=status, text="page", headers={"Location": "http://127.0.0.1:9/"})
    async with open_media(reply=reply) as media, open_files(media.account) as files:
        with pytest.raises(error):
            await files.fetch("abc.jpg", 1000)

    assert len(media.requests) == 1


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b'{"file":null}', b'{"file":{}}'])
async def test_an_upload_without_an_id_is_none(body: bytes) -> None:
    """Taken, but under which name nobody knows: that is an error."""
    async with open_media() as media, open_files(media.account) as files:
        media.reply = web.Response(body=body)
        with pytest.raises(Unavailable):
            await files.upload(b"x", name="x", mime_type="text/plain")


async def test_T30_no_more_of_a_file_is_read_than_asked_for() -> None:
    """50 MiB where a picture was expected: refused after the limit."""
    async with open_media(files={"p": bytes(50 * 2**20)}) as media, open_files(media.account) as files:
        with pytest.raises(Rejected):
            await files.fetch("p", 100_000)


async def test_names_stay_names() -> None:
    """What is in a file's id or name cannot lead elsewhere, and an empty file is not sent."""
    async with open_media() as media, open_files(media.account) as files:
        with pytest.raises(NotFound):
            await files.fetch("../upload/x?y#z", 1000)
        await files.upload(b"x", name="../a b/ü.jpg", mime_type="image/jpeg")
        with pytest.raises(ValueError, match="0 bytes"):
            await files.upload(b"", name="x", mime_type="image/jpeg")

    assert [path for _, path, _, _ in media.requests] == [
        "/nandbox/download/..%2Fupload%2Fx%3Fy%23z", "/nandbox/upload/..%2Fa%20b%2F%C3%BC.jpg",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kept", "expected"),
    [({"p": b"photo", "t": b"thumb"}, b"photo"), ({"t": b"thumb"}, b"thumb"), ({"p": bytes(2000), "t": b"t"}, b"t"),
     ({}, b"preview")],
    ids=["photo", "thumbnail", "too large", "preview"],
)  # fmt: skip
async def test_the_best_picture_that_can_be_had(kept: dict[str, bytes], expected: bytes) -> None:
    """The photo, else its thumbnail, else the preview in the answer; where there is none, that is said."""
    nadia = Entry(NADIA, image="cHJldmlldw==", photo=Photo("p", thumbnail=Photo("t")))
    async with open_media(files=kept) as media, open_files(media.account) as files:
        connection = Connection(media.account, LineOptions())
        directory = NandboxDirectory(connection, files, DirectoryOptions(picture_bytes=1000))

        assert await directory.picture(nadia) == expected
        for without in (Entry(NADIA), Entry(NADIA, image="?"), Entry(NADIA, image="=")):
            with pytest.raises(NotFound):
                await directory.picture(without)


async def test_files_away_is_no_error_while_there_is_a_preview() -> None:
    """Nobody serves files: the preview does."""
    async with open_nandbox() as nandbox:
        account = nandbox.account
    async with open_files(account) as files:
        directory = NandboxDirectory(Connection(account, LineOptions()), files)
        assert await directory.picture(Entry(NADIA, image="cHJldmlldw==", photo=Photo("p"))) == b"preview"
