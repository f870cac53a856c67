"""What the database's errors mean: to the engine "ask again later", at the start "somebody has to look at this".

The one place that knows the drivers' errors.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import EXIT_AGAIN, NotKept, SetupError
from bot.lockfile import UNREADABLE
from bot.store.location import Location

DAMAGED = "MB203"
"""The database is damaged, or its file was emptied or lost: restore a backup."""


def reason(error: BaseException) -> str:
    """The driver's own name for an error, such as `SQLITE_FULL` or `53100`: never its text, which may quote values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return str(name or type(cause).__name__)


@contextmanager
def translated() -> Iterator[None]:
    """
    Raises:
        NotKept: The database is locked, full, read-only, damaged, gone or too busy, or somebody else was first:
            nothing was changed, or it is unknown; asking again is safe. Wrong statements and wrong data are defects
            and stay what they are.
    """
    try:
        yield
    except (ProgrammingError, DataError, NotSupportedError):
        raise
    except (DBAPIError, PoolTimeout, OSError) as error:
        raise NotKept(f"The database did not do its work ({reason(error)}).") from None


@contextmanager
def explained(location: Location) -> Iterator[None]:
    """
    Raises:
        SetupError: MB203, the database is damaged; MB204, it cannot be opened.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error, OSError) as error:
        name = reason(error)
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ")):
            raise damaged(location, f"is damaged ({name})") from None
        raise SetupError(
            UNREADABLE,
            f"Cannot use the database {location} ({name}). {_ADVICE.get(name, _LOOK)}",
            exit_code=EXIT_AGAIN if location.path is None else None,  # a server may be away, and come back
        ) from None


def damaged(location: Location, what: str) -> SetupError:
    """What happened to the file, where its newest backup is, and what to do; nothing is repaired or begun anew."""
    backups = location.backups()
    newest = f"{backups[0]}" if backups else "FILE"
    found = "" if backups else " No backup was found beside it."
    return SetupError(
        DAMAGED,
        f"The database {location} {what}. It was left as it is.{found} Stop every copy of this bot, then restore a "
        f"backup: `mixbot db restore {newest}`. To begin with nothing instead, move the file and its -wal and -shm "
        "neighbours away.",
    )


_LOOK = "Check MIXBOT_DB_URL and that the database can be reached."
_ADVICE = {
    "SQLITE_BUSY": "Another program holds its lock; stop that one.",
    "SQLITE_READONLY": "Its file or file system is read-only for this user.",
    "SQLITE_READONLY_DIRECTORY": "Its directory is read-only for this user.",
    "SQLITE_CANTOPEN": "This user may not open it, or its directory does not exist.",
    "SQLITE_FULL": "The disk is full.",
}
