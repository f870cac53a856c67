"""Files by id: what was uploaded, portraits, and thumbnails of both.

Source: nandbox.md 4 and 11.
"""

import mimetypes
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from bot.sandbox.nandbox.accounts import Accounts
from bot.sandbox.nandbox.portraits import (
    PHOTO_PX,
    THUMBNAIL_PX,
    THUMBNAIL_SUFFIX,
    dimensions,
    portrait,
    thumbnail,
)
from bot.sandbox.tables import transaction

MAX_SUFFIX = 8
JPEG = "image/jpeg"
UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class File:
    """`name` as it was uploaded."""

    file_id: str
    name: str
    content_type: str
    content: bytes


class Files:
    """The store of files."""

    def __init__(self, db: sqlite3.Connection, accounts: Accounts) -> None:
        self._db = db
        self._accounts = accounts

    def add(self, name: str, content: bytes, content_type: str = "") -> File:
        suffix = PurePosixPath(name).suffix.lower()
        plain = suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= MAX_SUFFIX else ""
        kind = content_type or mimetypes.guess_type(name)[0] or UNKNOWN
        file = File(secrets.token_hex(31) + plain, name, kind, content)
        with transaction(self._db):
            self._db.execute(
                "INSERT INTO nandbox_files VALUES (?, ?, ?, ?)",
                (file.file_id, file.name, file.content_type, file.content),
            )
        return file

    def get(self, file_id: str) -> File | None:
        """An uploaded file, a portrait or a thumbnail."""
        row = self._db.execute("SELECT * FROM nandbox_files WHERE file_id = ?", (file_id,)).fetchone()
        if row is not None:
            return File(*row)
        if file_id.endswith(THUMBNAIL_SUFFIX):
            return self._thumbnail(file_id)
        return self._portrait(file_id, PHOTO_PX)

    def _thumbnail(self, file_id: str) -> File | None:
        whole = file_id.removesuffix(THUMBNAIL_SUFFIX)
        small = self._portrait(whole, THUMBNAIL_PX)
        if small is not None:
            return File(file_id, file_id, JPEG, small.content)
        row = self._db.execute("SELECT content FROM nandbox_files WHERE file_id = ?", (whole,)).fetchone()
        made = thumbnail(row[0]) if row is not None else None
        return None if made is None else File(file_id, file_id, JPEG, made)

    def _portrait(self, file_id: str, side_px: int) -> File | None:
        """Portraits are called `V_<version>_<user id>_0_<10 characters>.jpg`; older versions show the same face."""
        parts = file_id.split("_")
        user = self._accounts.user(parts[2]) if len(parts) == 5 and parts[0] == "V" else None
        return None if user is None else File(file_id, file_id, JPEG, portrait(user.id, side_px))

    # Media objects

    def photo(self, file_id: str) -> dict[str, Any]:
        """A Photo; nobody knows the size of a file that was never uploaded."""
        file = self.get(file_id)
        width, height = dimensions(file.content) if file is not None else (0, 0)
        return {
            "id": file_id, "width": width, "height": height, "size": len(file.content) if file is not None else 0,
            "thumbnail": {"id": file_id + THUMBNAIL_SUFFIX, "width": THUMBNAIL_PX, "height": THUMBNAIL_PX},
        }  # fmt: skip

    def size(self, file_id: str) -> int:
        row = self._db.execute("SELECT length(content) FROM nandbox_files WHERE file_id = ?", (file_id,)).fetchone()
        return int(row[0]) if row is not None else 0

    def name(self, file_id: str) -> str:
        row = self._db.execute("SELECT name FROM nandbox_files WHERE file_id = ?", (file_id,)).fetchone()
        return str(row[0]) if row is not None else file_id
