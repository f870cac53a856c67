"""Files that handlers keep: on disk, each person's apart, for some days, and never more than so many bytes in all.

Nothing of it is in the database: what is older than its days goes, and so does the oldest where there is no more room.
Whoever is forgotten is forgotten here as well.
"""

import asyncio
import hashlib
import mimetypes
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from bot.errors import NotKept

DAY_S = 86_400.0
HALF_WRITTEN = ".part"

_OWNER = re.compile(r"[0-9A-Za-z-]{1,64}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")


class NoRoom(Exception):
    """The file alone is larger than all that may be kept."""


class Shelf:
    """For one bot. `folder` need not exist before something is kept."""

    def __init__(
        self, folder: Path, *, keep_days: float, most_bytes: int, now: Callable[[], float] = time.time
    ) -> None:
        self.keep_days = keep_days
        self._folder = folder
        self.most_bytes = most_bytes
        self._now = now
        self._one_at_a_time = asyncio.Lock()

    async def put(self, user_id: str, name: str, content: bytes, mime_type: str = "") -> Path:
        """Keep a file of somebody's, and make room for it; the same `name` again replaces it.

        Raises:
            NoRoom: It is larger than all that may be kept.
            NotKept: The disk does not take it.
        """
        if not _OWNER.fullmatch(user_id):
            raise ValueError("files are kept by user id")
        if len(content) > self.most_bytes:
            raise NoRoom
        path = self._folder / user_id / (hashlib.sha256(name.encode()).hexdigest()[:32] + _suffix(mime_type))
        try:
            async with self._one_at_a_time:
                await asyncio.to_thread(self._write, path, content)
        except OSError as error:
            raise NotKept(f"the file cannot be kept: {error.strerror}") from None
        return path

    def people(self) -> Sequence[str]:
        """The user ids of those who have something here."""
        with suppress(OSError):
            return tuple(each.name for each in self._folder.iterdir() if each.is_dir())
        return ()

    async def forget(self, user_id: str) -> None:
        """Delete everything of somebody's."""
        if _OWNER.fullmatch(user_id):
            async with self._one_at_a_time:
                await asyncio.to_thread(shutil.rmtree, self._folder / user_id, ignore_errors=True)

    async def tidy(self) -> None:
        """Delete what is too old, and the oldest of what is too much."""
        async with self._one_at_a_time:
            await asyncio.to_thread(self._tidy)

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = path.with_name(f"{uuid.uuid4().hex}{HALF_WRITTEN}")
        try:
            half.touch(mode=0o600, exist_ok=False)
            half.write_bytes(content)
            os.utime(half, (self._now(), self._now()))
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
        self._tidy()

    def _tidy(self) -> None:
        found: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("*/*"):
            with suppress(OSError):  # another process may tidy, too
                facts = path.stat()
                found.append((facts.st_mtime, facts.st_size, path))
        left = sum(size for _, size, _ in found)
        oldest = self._now() - self.keep_days * DAY_S
        for at, size, path in sorted(found):
            if at >= oldest and left <= self.most_bytes:
                break
            path.unlink(missing_ok=True)
            left -= size
        for folder in {path.parent for _, _, path in found}:
            with suppress(OSError):  # somebody has something left
                folder.rmdir()


def _suffix(mime_type: str) -> str:
    """What programs know the type by; nothing where the type is none, or an odd one."""
    guessed = mimetypes.guess_extension(mime_type, strict=True) or ""
    return guessed if _SUFFIX.fullmatch(guessed) else ""
