"""Files that people send through the control API."""

import base64

import pytest

from bot.sandbox.control import ControlError
from bot.sandbox.control_files import MAX_FILE_BYTES, picture, unpacked
from tests.bot.sandbox.client import Client


async def test_a_file_goes_in_and_comes_out(client: Client) -> None:
    """The same bytes, with the kind of picture that they are, and the bot can fetch them by the same id."""
    content = b"\x89PNG\r\n\x1a\n and more"
    made = await client.control(
        "POST", "/attachments", **{"as": "Alice", "data_base64": base64.b64encode(content).decode()}
    )
    shown = await client.control("GET", f"/attachments/{made['attachment_id']}")
    assert (shown["picture"], shown["size"]) == ("image/png", len(content))
    assert base64.b64decode(shown["data_base64"]) == content
    assert (await client.call("GET", f"/attachments/{made['attachment_id']}")).code == 0


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"), (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", ""), (b"<svg onload=alert(1)>", ""), (b"<!doctype html>", ""), (b"", ""),
    ],
)  # fmt: skip
def test_T19_only_pictures_that_run_nothing_are_pictures(start: bytes, kind: str) -> None:
    """By their first bytes, whatever their sender calls them; SVG and HTML never are."""
    assert picture(start) == kind


async def test_files_have_a_size(client: Client) -> None:
    """Nothing and no base64 are refused, and more than 8 MiB; what was never uploaded is not there."""
    for data in ("", "!!!"):
        answer = await client.plain(
            "POST", "/_sandbox/attachments", f'{{"as": "Alice", "data_base64": "{data}"}}'.encode()
        )
        assert answer.status == 400, data
    assert len(unpacked(base64.b64encode(bytes(MAX_FILE_BYTES)).decode())) == MAX_FILE_BYTES
    with pytest.raises(ControlError, match="8388609 bytes"):
        unpacked(base64.b64encode(bytes(MAX_FILE_BYTES + 1)).decode())
    assert (await client.plain("GET", "/_sandbox/attachments/none")).status == 404
