"""Copies of the database: made while the service runs, and put back while it does not."""

import hashlib
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot.errors import SetupError
from bot.store import dump, schema
from bot.store.dump import REFUSED
from bot.store.location import Location, locate, make_private_directory, sync_directory
from bot.store.trouble import explained

log = structlog.get_logger()

KEEP = 7
"""How many backups are kept; older ones are deleted once a new one is complete."""


def backup_database(url: str) -> Path:
    """Copy the database into `backups` beside it, with its SHA-256 in a file of the same name and `.sha256`.

    A backup holds everything, and what is sealed stays sealed: without the secret key nothing sealed can be read.

    Raises:
        SetupError: MB203 and MB204 as everywhere; MB205, there is nothing to copy, or pg_dump is missing or fails.
    """
    return back_up(locate(url))


def back_up(location: Location, *, keep: int | None = KEEP) -> Path:
    status = schema.status_of(location)
    if not status.current:
        raise SetupError(REFUSED, f"There is nothing to back up: {location} has no tables yet.")
    folder = location.directory / "backups"
    make_private_directory(folder)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    stem, suffix = (location.path.stem, "db") if location.path else ("bot", "dump")
    target = folder / f"{stem}-{stamp}-{status.current}.{suffix}"
    copy_to(location, target)
    for old in location.backups()[keep:] if keep is not None else ():
        old.unlink(missing_ok=True)
        checksum_file(old).unlink(missing_ok=True)
    log.info("store.backed_up", file=str(target), schema=status.current)
    return target


def copy_to(location: Location, target: Path) -> None:
    """A complete copy under `target`, or none; and its checksum."""
    unfinished = target.with_name(f".{target.name}.new")
    try:
        unfinished.touch(mode=0o600)
        if location.path is None:
            dump.dump(location, unfinished, schema.tables())
        else:
            with explained(location), closing(sqlite3.connect(location.path, timeout=5.0)) as connection:
                connection.execute("VACUUM INTO ?", (str(unfinished),))
        checksum = f"{sha256(unfinished)}  {target.name}\n"
        checksum_file(target).write_text(checksum, encoding="ascii")
        checksum_file(target).chmod(0o600)
        unfinished.rename(target)
        sync_directory(target.parent)
    except OSError as error:
        raise SetupError(REFUSED, f"Cannot write the backup {target}: {error.strerror}.") from None
    finally:
        unfinished.unlink(missing_ok=True)


def checksum_file(file: Path) -> Path:
    return file.with_name(file.name + ".sha256")


def sha256(file: Path) -> str:
    """Also flushes the file to the disk."""
    with file.open("rb") as content:
        os.fsync(content.fileno())
        return hashlib.file_digest(content, "sha256").hexdigest()
