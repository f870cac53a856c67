"""SQLAlchemy engines as the store wants them: durable, private, and with transactions that begin when we say so."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine, event

from bot.store.location import Location

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 10
SQLITE_CONNECTIONS = 4
POSTGRESQL_CONNECTIONS = 10

READS: dict[str, dict[str, Any]] = {"sqlite": {"mixbot_reads": True}, "postgresql": {"isolation_level": "AUTOCOMMIT"}}
"""Execution options of connections that only read: no transaction is begun."""

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
)


def open_server(location: Location, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> "AsyncEngine":
    """The running service's engine on PostgreSQL; whoever waits longer than `busy_timeout_s` for a lock gives up.

    Loads what it needs now: a start without it is faster.
    """
    from sqlalchemy.ext.asyncio import create_async_engine

    arguments = _connect_args(location.url, busy_timeout_s)
    return create_async_engine(
        location.url, **_pool(POSTGRESQL_CONNECTIONS, busy_timeout_s), hide_parameters=True, connect_args=arguments
    )


def open_file(location: Location, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Engine:
    """That on SQLite: its connections go from thread to thread."""
    arguments = _connect_args(location.url, busy_timeout_s) | {"check_same_thread": False}
    pool = _pool(SQLITE_CONNECTIONS, busy_timeout_s) | {"poolclass": QueuePool}
    engine = create_engine(location.url, **pool, hide_parameters=True, connect_args=arguments)
    _tame_sqlite(engine)
    return engine


def _pool(size: int, busy_timeout_s: float) -> dict[str, Any]:
    return {"pool_size": size, "max_overflow": 0, "pool_timeout": busy_timeout_s}


def open_sync(location: Location, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Engine:
    """An engine for migrations and for the command line, without a pool."""
    arguments = _connect_args(location.url, busy_timeout_s)
    engine = create_engine(location.url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
    if location.path is not None:
        _tame_sqlite(engine)
    return engine


def _connect_args(url: URL, busy_timeout_s: float) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        # Left to itself sqlite3 begins a transaction only before INSERT, UPDATE and DELETE; ours begin below.
        return {"isolation_level": None, "timeout": busy_timeout_s}
    return {
        "application_name": "mixbot",
        "connect_timeout": CONNECT_TIMEOUT_S,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        "options": f"-c lock_timeout={busy_timeout_s * 1000:.0f}",
    } | dict(url.query)


def _tame_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("mixbot_reads"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
