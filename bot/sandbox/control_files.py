"""Files that people send and look at: in and out as base64, since a page may not fetch them from elsewhere."""

import base64
from typing import Any

from bot.sandbox.api_attachments import new_attachment
from bot.sandbox.base64s import from_any
from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.devices import file_keys
from bot.sandbox.sealed_files import unseal_file
from bot.sandbox.sealing import Unreadable

MAX_FILE_BYTES = 8 * 1024 * 1024
PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF87a": "image/gif", b"GIF89a": "image/gif",
    b"RIFF": "image/webp",
}  # fmt: skip


async def add(ask: Ask) -> Any:
    content = unpacked(ask.text("data_base64"))
    made = new_attachment(ask.sandbox, ask.sandbox.person(ask.text("as")).user_id, content)
    return {"attachment_id": made["attachment_id"], "size": len(content)}


def unpacked(text: str) -> bytes:
    """A file from its base64.

    Raises:
        ControlError: It is no base64, empty, or too big.
    """
    try:
        content = from_any(text)
    except ValueError as error:
        raise ControlError(400, f"data_base64: {error}") from error
    if not 0 < len(content) <= MAX_FILE_BYTES:
        raise ControlError(400, f"the file has {len(content)} bytes, allowed are 1 to {MAX_FILE_BYTES}")
    return content


async def get(ask: Ask) -> Any:
    """`picture`: the kind of picture that its first bytes say, or nothing; `key` and `digest` open an encrypted one."""
    row = ask.sandbox.db.execute(
        "SELECT content FROM attachments WHERE attachment_id = ?", (ask.part("id"),)
    ).fetchone()
    if row is None or row[0] is None:
        raise ControlError(404, "there is no such file, or nothing was uploaded yet")
    content = opened(row[0], ask.query("key"), ask.query("digest")) if ask.query("key") else row[0]
    if len(content) > MAX_FILE_BYTES:
        raise ControlError(400, f"the file has {len(content)} bytes, shown are up to {MAX_FILE_BYTES}")
    return {"size": len(content), "picture": picture(content), "data_base64": base64.b64encode(content).decode()}


def opened(content: bytes, key: str, digest: str) -> bytes:
    """A file of an encrypted message, in clear.

    Raises:
        ControlError: It is another file, the key is another one, or something is damaged.
    """
    try:
        return unseal_file(content, *file_keys(key, digest))
    except (Unreadable, ValueError) as error:
        raise ControlError(400, f"the file cannot be opened: {error}") from error


def picture(content: bytes) -> str:
    found = next((kind for start, kind in PICTURES.items() if content.startswith(start)), "")
    return "" if found == "image/webp" and content[8:12] != b"WEBP" else found


CONTROLS = (
    Control(
        "POST", "/attachments", add, "Upload a file as somebody",
        body={"as": "user id, Mixin number or name", "data_base64": "the bytes"},
    ),
    Control("GET", "/attachments/{id}", get, "A file, with the kind of picture it is, if any", ("key", "digest")),
)  # fmt: skip
