"""Open the database for the service: create it where there is none, and refuse what is damaged, older or newer."""

import asyncio
import errno
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import structlog
from sqlalchemy import URL, inspect, select

from bot.errors import SetupError
from bot.lockfile import UNREADABLE
from bot.records import Store
from bot.registry import Registry
from bot.store import schema
from bot.store.backup import back_up
from bot.store.database import Pool, open_pool
from bot.store.due import Due
from bot.store.engine import BUSY_TIMEOUT_S, open_sync
from bot.store.location import Location, locate, make_private_directory, sync_directory
from bot.store.one_bot import OneBot
from bot.store.registry import RegistryRows
from bot.store.rows import Rows
from bot.store.tables import bots
from bot.store.trouble import damaged, explained

log = structlog.get_logger()

QUICK_CHECK_MAX_BYTES = 256 * 1024 * 1024
"""Up to here each start reads the whole file for damage (about 1 s); beyond, `mixbot db check` does."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Database:
    """An open database; `bot()` is the store of one bot in it."""

    def __init__(self, connections: Pool, now: Callable[[], datetime]) -> None:
        self._connections = connections
        self._now = now
        self._due = Due(connections, now)

    def bot(self, bot_id: str, *, of_many: bool = False) -> Store:
        """`of_many`: what waits for this bot is looked for together with others; it may be seen half a second later."""
        return Rows(OneBot(self._connections, bot_id, self._now, self._due if of_many else None))

    @property
    def registry(self) -> Registry:
        """Which bots there are, and who runs them."""
        return RegistryRows(self._connections, self._now)


@asynccontextmanager
async def open_store(
    url: str,
    *,
    auto_migrate: bool = False,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    now: Callable[[], datetime] = utc_now,
) -> AsyncIterator[Database]:
    """Open the database, creating it and its tables where there is nothing yet.

    `busy_timeout_s` is how long a write waits for others before it fails with `NotKept`.

    Raises:
        SetupError: MB201, its tables are older than this program, and `auto_migrate` is off; MB202, they are newer;
            MB203, it is damaged, emptied or lost; MB204, it cannot be opened or is no database address.
    """
    location = locate(url)
    await asyncio.to_thread(prepare, location, auto_migrate)
    pool = open_pool(location, busy_timeout_s)
    try:
        yield Database(pool, now)
    finally:
        await pool.close()


def known_bots(url: str) -> list[str]:
    """The bots that `mixbot bot` put into this database; looks, and creates nothing. Blocks.

    Raises:
        SetupError: MB203 and MB204 as for `open_store`.
    """
    location = locate(url)
    if location.path is not None and not location.path.exists():
        return []
    with explained(location), open_sync(location).connect() as connection:
        if not inspect(connection).has_table(bots.name):
            return []
        kept = select(bots.c.bot_id).where(bots.c.key_number.is_not(None)).order_by(bots.c.bot_id)
        return list(connection.execute(kept).scalars())


def upgrade_schema(url: str) -> schema.SchemaStatus:
    """Bring the tables to this program's version, creating what is missing. Returns the status before; blocks.

    Raises:
        SetupError: MB202, the database is newer than this program; MB203 and MB204 as for `open_store`.
    """
    location = locate(url)
    before = schema.status_of(location)
    if location.path is not None:
        _prepare_file(location, location.path)
    schema.upgrade(location)
    return before


def prepare(location: Location, auto_migrate: bool) -> None:
    """Leave a database at this program's version behind, or say why not; blocks."""
    if location.path is not None:
        _prepare_file(location, location.path)
    status = schema.status_of(location)
    if not status.current:
        schema.upgrade(location)
        log.info("store.created", database=str(location), schema=status.head)
    elif status.pending and auto_migrate:
        if location.path is not None:
            back_up(location)
        schema.upgrade(location)
        log.info("store.upgraded", database=str(location), before=status.current, schema=status.head)
    else:
        status.require_current()


def _prepare_file(location: Location, path: Path) -> None:
    make_private_directory(path.parent)
    if not path.exists():
        _create_file(location, path)
        return
    if path.stat().st_size == 0:
        raise damaged(location, "is an empty file")
    try:
        if (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            path.chmod(mode & 0o700)
    except OSError as error:
        raise SetupError(
            UNREADABLE, f"Cannot make {path} private: {error.strerror}. It must belong to this user."
        ) from None
    if path.stat().st_size <= QUICK_CHECK_MAX_BYTES:
        with explained(location):
            _require_sound(location, path)


def _create_file(location: Location, path: Path) -> None:
    """Complete under another name first, so that a crash never leaves half a database, and never over an old one."""
    if path.with_name(path.name + "-wal").exists():
        raise damaged(location, "is missing, though its -wal file is there")
    unfinished = path.with_name(f".{path.name}.{uuid4().hex[:8]}.new")
    try:
        unfinished.touch(mode=0o600)
        schema.upgrade(Location(URL.create("sqlite", database=str(unfinished)), unfinished))
        _name(unfinished, path)
        log.info("store.created", database=str(location), schema=schema.head())
    except FileExistsError:
        log.info("store.created_by_another", database=str(location))
    except OSError as error:
        raise SetupError(UNREADABLE, f"Cannot create {path}: {error.strerror}.") from None
    finally:
        for suffix in ("", "-wal", "-shm"):
            unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)


def _name(unfinished: Path, path: Path) -> None:
    """Durably; where the file system has no links, a rename, which would replace a file created this very moment."""
    try:
        path.hardlink_to(unfinished)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        unfinished.rename(path)
    sync_directory(path.parent)


def _require_sound(location: Location, path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=5.0)) as connection:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise damaged(location, "is damaged (quick_check)")
