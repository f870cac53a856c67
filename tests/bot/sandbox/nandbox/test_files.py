"""Files over HTTP: nandbox.md 11."""

import json
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest
from PIL import Image

from bot.sandbox import Sandbox
from tests.bot.sandbox.nandbox.client import Client

VECTORS = {
    one["id"]: one
    for one in json.loads((Path(__file__).parents[3] / "vectors" / "nandbox" / "media_http.json").read_text())[
        "vectors"
    ]
}
NADIA = "90089584000000899"


def jpeg(width: int, height: int) -> bytes:
    made = BytesIO()
    Image.new("RGB", (width, height), "teal").save(made, "JPEG")
    return made.getvalue()


async def put(sandbox: Sandbox, http: aiohttp.ClientSession, name: str, content: bytes, **headers: str) -> str:
    given = {"X-TOKEN": sandbox.nandbox.token} | headers
    async with http.put(f"{sandbox.url}/nandbox/upload/{name}", data=content, headers=given) as answer:
        assert answer.status == 200
        file_id: str = json.loads(await answer.text())["file"]
        return file_id


async def test_a_file_goes_up_and_comes_down_as_the_python_sdk_does_it(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    """With the very headers of the vectors; the answer has the recorded form."""
    secret = VECTORS["python-upload"]["request"]["headers"]["X-TOKEN"].split(":")[2]
    sandbox.nandbox.new_token(secret)
    upload, download = VECTORS["python-upload"]["request"], VECTORS["python-download"]["request"]
    body = upload["body"].encode()
    async with http.put(sandbox.url + upload["path"], data=body, headers=upload["headers"]) as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        made = json.loads(await answer.text())
    file_id = made["file"]
    assert made.keys() == VECTORS["python-upload"]["reply"]["body"].keys()
    assert file_id.endswith(".jpg")
    async with http.get(f"{sandbox.url}/nandbox/download/{file_id}", headers=download["headers"]) as answer:
        assert (answer.status, await answer.read()) == (200, body)


@pytest.mark.parametrize("headers", [{}, {"X-TOKEN": "1:0:x"}, {"Authorization": "Bearer x"}])
async def test_files_want_the_token(sandbox: Sandbox, http: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    """401 without, in both directions."""
    async with http.put(sandbox.url + "/nandbox/upload/a.txt", data=b"x", headers=headers) as answer:
        assert answer.status == 401
    async with http.get(sandbox.url + "/nandbox/download/a.txt", headers=headers) as answer:
        assert answer.status == 401


async def test_the_bearer_of_2020_is_let_in_and_unknown_files_are_not_found(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    """The old header works; a file that nobody put is 404."""
    headers = {"Authorization": f"Bearer {sandbox.nandbox.token}"}
    async with http.get(sandbox.url + "/nandbox/download/none.jpg", headers=headers) as answer:
        assert answer.status == 404


async def test_a_file_that_is_too_large_is_refused(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    """50 MB unless set otherwise; 413, and nothing of it is kept."""
    assert sandbox.nandbox.settings.max_file_bytes == 50 * 1024 * 1024
    sandbox.nandbox.settings.max_file_bytes = 1000
    headers = {"X-TOKEN": sandbox.nandbox.token}
    async with http.put(sandbox.url + "/nandbox/upload/a.bin", data=b"x" * 1001, headers=headers) as answer:
        assert answer.status == 413
    assert sandbox.db.execute("SELECT count(*) FROM nandbox_files").fetchone() == (0,)


async def test_the_photo_of_a_user_and_its_thumbnail_can_be_had(
    sandbox: Sandbox, http: aiohttp.ClientSession, bot: Client
) -> None:
    """Under the ids that userDetails names, in the sizes that it names."""
    photo = (await bot.ask("getUser", user_id=NADIA))["user"]["photo"]
    for one in (photo, photo["thumbnail"]):
        headers = {"X-TOKEN": sandbox.nandbox.token}
        async with http.get(f"{sandbox.url}/nandbox/download/{one['id']}", headers=headers) as answer:
            with Image.open(BytesIO(await answer.read())) as picture:
                assert (picture.format, picture.size) == ("JPEG", (one["width"], one["height"]))


async def test_a_sent_photo_has_its_size_and_a_thumbnail(
    sandbox: Sandbox, http: aiohttp.ClientSession, bot: Client
) -> None:
    """Measured from the file that was put."""
    content = jpeg(640, 480)
    file_id = await put(sandbox, http, "pic.JPG", content)
    await bot.ask("sendPhoto", chat_id=NADIA, photo=file_id, reference=1)
    (said,) = sandbox.nandbox.history("nadia")
    thumbnail = sandbox.nandbox.files.get(said.body["photo"]["thumbnail"]["id"])

    assert file_id.endswith(".jpg")
    assert (said.body["photo"]["width"], said.body["photo"]["height"]) == (640, 480)
    assert said.body["photo"]["size"] == len(content)
    assert thumbnail is not None
    with Image.open(BytesIO(thumbnail.content)) as picture:
        assert picture.size == (120, 90)


async def test_a_permanent_address_shows_pictures_and_hands_the_rest_out(
    sandbox: Sandbox, http: aiohttp.ClientSession, bot: Client
) -> None:
    """Without a token; nothing that a browser would run is shown as what it is."""
    picture = await put(sandbox, http, "a.jpg", jpeg(2, 2), **{"Content-Type": "image/jpeg"})
    page = await put(sandbox, http, "a.html", b"<script>alert(1)</script>", **{"Content-Type": "text/html"})
    told = await bot.ask("generatePermanentUrl", file=picture, param1="my-ref-1")
    assert (told["method"], told["file"], told["param1"]) == ("permanentUrl", picture, "my-ref-1")
    async with http.get(told["url"]) as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
    async with http.get(told["url"].replace(picture, page)) as answer:
        assert (answer.content_type, answer.headers["Content-Disposition"]) == (
            "application/octet-stream",
            "attachment",
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with http.get(told["url"].replace(picture, "none")) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\xff\xd8\xff\xe0", b"no picture" * 100])
async def test_a_photo_that_is_none_has_no_size(
    sandbox: Sandbox, http: aiohttp.ClientSession, bot: Client, content: bytes
) -> None:
    """It is accepted, and has no thumbnail."""
    file_id = await put(sandbox, http, "a.jpg", content)
    assert (await bot.ask("sendPhoto", chat_id=NADIA, photo=file_id))["method"] == "messageAck"
    (said,) = sandbox.nandbox.history("nadia")
    assert (said.body["photo"]["width"], sandbox.nandbox.files.get(file_id + ".thumb.jpg")) == (0, None)


@pytest.mark.parametrize(
    ("kind", "value", "status"), [("unauthorized", None, 401), ("internal", None, 500), ("html", 502, 502)]
)
async def test_files_have_weather_too(
    sandbox: Sandbox, http: aiohttp.ClientSession, kind: str, value: float | None, status: int
) -> None:
    """The faults of Mixin's endpoints, by path."""
    sandbox.faults.add(kind, path="/nandbox/download/*", value=value, count=1)
    headers = {"X-TOKEN": sandbox.nandbox.token}
    photo = sandbox.nandbox.user("nadia").photo_id
    for wanted in (status, 200):
        async with http.get(f"{sandbox.url}/nandbox/download/{photo}", headers=headers) as answer:
            assert answer.status == wanted


async def test_files_are_seen_in_the_inspector_without_the_token(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    """What was asked and how it was answered."""
    await put(sandbox, http, "a.jpg", jpeg(2, 2))
    (entry,) = [one for one in sandbox.inspector.after(0, 100) if one["kind"] == "http"]

    assert (entry["method"], entry["path"], entry["status"]) == ("PUT", "/nandbox/upload/a.jpg", 200)
    assert sandbox.nandbox.bot.secret not in str(entry)
