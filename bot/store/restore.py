"""Put a backup back, and say whether a database is sound."""

import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import text

from bot.errors import SetupError
from bot.lockfile import SECOND_INSTANCE, lock_file
from bot.store import dump, schema
from bot.store.backup import back_up, checksum_file, sha256
from bot.store.dump import REFUSED
from bot.store.engine import open_sync
from bot.store.location import Location, locate, lock_of, make_private_directory, sync_directory
from bot.store.trouble import DAMAGED, damaged, explained

log = structlog.get_logger()


def restore_database(url: str, file: Path) -> Path | None:
    """Replace the database by a backup. Returns where the replaced one was saved, if there was one.

    A backup of an older schema is put back as it is; `mixbot db upgrade` is the next step then.

    Raises:
        SetupError: MB205, the service is running, or the file is not what its checksum says, or no backup of ours;
            MB202, it was made by a newer program. The database is untouched then.
    """
    location = locate(url)
    _require_checksum(file)
    if location.path is None:
        saved = _restore_postgresql(location, file)
    else:
        lock = lock_of(url)
        assert isinstance(lock, Path)
        try:
            with lock_file(lock):
                saved = _restore_sqlite(location, location.path, file)
        except SetupError as error:
            if error.code != SECOND_INSTANCE:
                raise
            raise SetupError(REFUSED, f"The service is running on {location}. Stop it, then restore.") from None
    log.info("store.restored", database=str(location), file=str(file), saved=str(saved or ""))
    return saved


def check_database(url: str) -> tuple[str, ...]:
    """What is wrong with a database, a line each; nothing when it is sound. Reads all of a SQLite file.

    Raises:
        SetupError: MB203, it is too damaged to be read; MB204, it cannot be opened.
    """
    location = locate(url)
    if location.path is not None and not location.path.exists():
        return (f"{location} does not exist; `mixbot run` creates it.",)
    if location.path is not None and location.path.stat().st_size == 0:
        raise damaged(location, "is an empty file")
    found: list[str] = []
    with explained(location), open_sync(location).connect() as connection:
        if location.path is not None:
            for row in connection.execute(text("PRAGMA integrity_check(20)")):
                found += [str(row[0])] if row[0] != "ok" else []
            for row in connection.execute(text("PRAGMA foreign_key_check")):
                found.append(f"{row[0]}: a row refers to a row of {row[2]} that is not there")
            if (mode := location.path.stat().st_mode & 0o777) & 0o077:
                found.append(f"{location} can be read by others (mode {mode:04o}); chmod 600 it.")
    try:
        schema.status_of(location).require_current()
    except SetupError as error:
        found.append(str(error))
    return tuple(found)


def _require_checksum(file: Path) -> None:
    try:
        wanted = checksum_file(file).read_text(encoding="ascii").partition(" ")[0]
    except (OSError, UnicodeDecodeError):
        raise SetupError(
            REFUSED,
            f"{checksum_file(file)} is missing or unreadable, so nobody can say whether {file.name} is complete. If "
            f"you trust it: `sha256sum {file} > {checksum_file(file)}`.",
        ) from None
    try:
        found = sha256(file)
    except OSError as error:
        raise SetupError(REFUSED, f"Cannot read {file}: {error.strerror}.") from None
    if found != wanted:
        raise SetupError(REFUSED, f"{file} is not what its checksum says; it was changed or cut off. Use another one.")


def _require_known(revision: str, file: Path) -> None:
    if not revision:
        raise SetupError(REFUSED, f"{file} is not a backup of this program.")
    status = schema.SchemaStatus(revision, schema.head(), ())
    if not status.known:
        status.require_current()


def _restore_sqlite(location: Location, path: Path, file: Path) -> Path | None:
    make_private_directory(path.parent)
    unfinished = path.with_name(f".{path.name}.restored")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        shutil.copyfile(file, unfinished)
        _require_sound_backup(unfinished, file)
        saved = _set_aside(location, path)
        unfinished.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        raise SetupError(REFUSED, f"Cannot restore {path}: {error.strerror}.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return saved


def _require_sound_backup(copy: Path, file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{copy.as_uri()}?immutable=1", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            revision = ""
            if schema.VERSION_TABLE in names:
                (revision,) = connection.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchone()  # noqa: S608
    except sqlite3.Error:
        verdict, revision = "unreadable", ""
    if verdict != "ok":
        raise SetupError(REFUSED, f"{file} is damaged. Use another one.")
    _require_known(revision, file)
    sha256(copy)


def _set_aside(location: Location, path: Path) -> Path | None:
    """Save what is about to be replaced: as a backup, or as the bare files where it is damaged or not ours."""
    neighbours = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]
    if not any(file.exists() for file in neighbours):
        return None
    try:
        saved = back_up(location, keep=None)
        with closing(sqlite3.connect(path, timeout=5.0)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except (SetupError, sqlite3.Error) as error:
        if isinstance(error, SetupError) and error.code not in (DAMAGED, REFUSED):
            raise
        folder = location.directory / "backups"
        make_private_directory(folder)
        saved = folder / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{path.name}"
        for file in neighbours:
            if file.exists():
                file.rename(saved.with_name(saved.name + file.name.removeprefix(path.name)))
        return saved
    if neighbours[1].exists():
        raise SetupError(REFUSED, f"Another program has {path} open. Close it, then restore.")
    return saved


_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND application_name LIKE 'mixbot%'"
)


def _restore_postgresql(location: Location, file: Path) -> Path | None:
    revision = re.search(r"-([0-9]{4})\.dump$", file.name)
    _require_known(revision[1] if revision else "", file)
    with explained(location), open_sync(location).connect() as connection:
        if connection.execute(_OTHERS).scalar_one():
            raise SetupError(REFUSED, f"The service is running on {location}. Stop it, then restore.")
    saved = back_up(location, keep=None) if schema.status_of(location).current else None
    _drop_tables(location)
    try:
        dump.load(location, file)
    except SetupError:
        _drop_tables(location)
        if saved is not None:
            dump.load(location, saved)
        raise
    return saved


def _drop_tables(location: Location) -> None:
    with explained(location), open_sync(location).begin() as connection:
        for table in schema.tables():
            connection.execute(text(f'DROP TABLE IF EXISTS "{table}"'))
