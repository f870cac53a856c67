"""Where the database is: `sqlite:///path` or `postgresql://…`, and what its file may look like."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import NotKept, SetupError
from bot.lockfile import UNREADABLE

log = structlog.get_logger()


@dataclass(frozen=True)
class Location:
    """`path` is the file of a SQLite database, and nothing for PostgreSQL."""

    url: URL
    path: Path | None

    def __str__(self) -> str:
        return str(self.path) if self.path else self.url.render_as_string(hide_password=True)

    @property
    def directory(self) -> Path:
        """Where files belong that accompany the database; PostgreSQL's go into `data`."""
        return self.path.parent if self.path else Path("data").absolute()

    def backups(self) -> list[Path]:
        """Newest first."""
        suffix, stem = ("db", self.path.stem) if self.path else ("dump", "bot")
        return sorted((self.directory / "backups").glob(f"{stem}-*-*.{suffix}"), reverse=True)


def lock_of(url: str) -> Path | str:
    """Where `bot.roles.hold` finds the lock of a database: a file beside it, or the PostgreSQL server itself.

    Raises:
        SetupError: MB204, another kind of address.
    """
    location = locate(url)
    if location.path is None:
        return location.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return location.path.with_name(location.path.name + ".lock")


def locate(url: str) -> Location:
    """
    Raises:
        SetupError: MB204, another kind of address; the text never holds a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SetupError(UNREADABLE, f"MIXBOT_DB_URL is not a database address. {_EXAMPLES}") from None
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return Location(parsed.set(drivername="postgresql+psycopg"), None)
    if parsed.drivername not in ("sqlite", "sqlite+aiosqlite"):
        raise SetupError(UNREADABLE, f"MIXBOT_DB_URL begins with {parsed.drivername!r}. {_EXAMPLES}")
    if not parsed.database or parsed.database == ":memory:":
        raise SetupError(UNREADABLE, f"MIXBOT_DB_URL names no file; a database in memory would forget. {_EXAMPLES}")
    path = Path(parsed.database).absolute()
    return Location(URL.create("sqlite", database=str(path)), path)


_EXAMPLES = "Use sqlite:///data/bot.db, or postgresql://user:password@host/database."


def make_private_directory(path: Path) -> None:
    """Create a directory that only its owner can enter; one that exists stays as it is, with a warning if it is open.

    Raises:
        SetupError: MB204, it cannot be created.
    """
    try:
        if path.is_dir():
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o077:
                log.warning("store.directory_open", path=str(path), mode=f"{mode:04o}", wanted="0700")
            return
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        raise SetupError(UNREADABLE, f"Cannot create the directory {path}: {error.strerror}.") from None


def sync_directory(path: Path) -> None:
    """Make new names in a directory survive a power cut."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


class PresentFile:
    """Notices that a database file was deleted or replaced, which SQLite in WAL mode would not: it would go on
    writing into a file without a name, and everything acknowledged since would be gone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = self._look()

    def _look(self) -> tuple[int, int]:
        found = self._path.stat()
        return found.st_dev, found.st_ino

    def require(self) -> None:
        """
        Raises:
            NotKept: The file is gone, or is another one.
        """
        try:
            now = self._look()
        except OSError:
            raise NotKept("The database file is gone; put it back, or restart.") from None
        if now != self._identity:
            raise NotKept("The database file was replaced by another one; restart.")
