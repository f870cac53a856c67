"""A role as an advisory lock of PostgreSQL, which a session of this process holds."""

import asyncio
import hashlib
import os
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import psycopg
import structlog
from psycopg import sql

from bot.errors import EXIT_AGAIN, SetupError
from bot.lockfile import POLL_S, UNREADABLE, Holder

log = structlog.get_logger()

CHECK_S = 2.0
SESSION: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 2,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 5000,
    "options": "-c idle_session_timeout=10s",
}
"""Five times `CHECK_S`: the server ends the session of a process that is frozen, and 4 s would end busy ones."""


async def open_session(url: str) -> psycopg.AsyncConnection:
    """A session for locks, with the name of this process on it.

    Raises:
        psycopg.Error: The server cannot be reached.
    """
    name = f"mixbot pid={os.getpid()} host={socket.gethostname()}"
    return await psycopg.AsyncConnection.connect(
        address_of(url), autocommit=True, **(SESSION | {"application_name": name})
    )


def address_of(url: str) -> str:
    """The address as the driver wants it, of a setting such as `postgresql+psycopg://…`."""
    return "postgresql://" + url.partition("://")[2]


@asynccontextmanager
async def hold_lock(role: str, lost: asyncio.Event, url: str, takeover: bool, takeover_s: float) -> AsyncIterator[None]:
    """A session of its own, straight to the server: through a pooler the lock would belong to somebody else."""
    key = role_key(role)
    async with AsyncExitStack() as stack:
        try:
            connection = await open_session(url)
            await stack.enter_async_context(connection)
            if not await _try_lock(connection, key):
                holder = await _holder(connection, key)
                if not takeover:
                    raise holder.refusal()
                await _take_lock(connection, key, holder, takeover_s)
            await connection.execute(sql.SQL("LISTEN {}").format(_channel(key)))
        except psycopg.Error as error:
            name = error.sqlstate or type(error).__name__
            text = f"Cannot reach PostgreSQL to hold a role ({name})."
            raise SetupError(UNREADABLE, text, exit_code=EXIT_AGAIN) from None
        asked = asyncio.Event()
        watch = asyncio.create_task(_watch(connection, role, lost, asked))
        try:
            yield
        finally:
            gone = watch.done() and not asked.is_set()
            watch.cancel()
            await asyncio.wait([watch])
        if gone:
            text = "The session with PostgreSQL that held the bot's role is gone; what had begun was finished."
            raise SetupError(UNREADABLE, text, exit_code=EXIT_AGAIN)


def role_key(role: str) -> int:
    """A role's advisory lock: 64 bits, signed as PostgreSQL wants them."""
    return int.from_bytes(hashlib.sha256(role.encode()).digest()[:8], signed=True)


def _channel(key: int) -> sql.Identifier:
    return sql.Identifier(f"mixbot_role_{key}")


async def _try_lock(connection: psycopg.AsyncConnection, key: int) -> bool:
    row = await (await connection.execute("SELECT pg_try_advisory_lock(%s::bigint)", [key])).fetchone()
    return row == (True,)


_HOLDER = """
SELECT a.application_name, a.backend_start
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32) | l.objid::bigint = %s::bigint
"""


_TERMINATE = _HOLDER.replace("a.application_name, a.backend_start", "pg_terminate_backend(a.pid)")


async def _holder(connection: psycopg.AsyncConnection, key: int) -> Holder:
    row = await (await connection.execute(_HOLDER, [key])).fetchone()
    told = re.fullmatch(r"mixbot pid=(\d+) host=(.*)", row[0]) if row else None
    return Holder(int(told[1]), told[2], row[1]) if row and told else Holder()


async def _take_lock(connection: psycopg.AsyncConnection, key: int, holder: Holder, wait_s: float) -> None:
    """Ask by notification; whoever has not let go by then is frozen, and loses its session."""
    log.info("role.takeover", pid=holder.pid, host=holder.host)
    await connection.execute(sql.SQL("NOTIFY {}").format(_channel(key)))
    if await _wait_for_lock(connection, key, wait_s):
        return
    log.warning("role.terminated", pid=holder.pid, host=holder.host)
    await connection.execute(_TERMINATE, [key])
    if not await _wait_for_lock(connection, key, CHECK_S):
        raise holder.refusal(f"It did not end within {wait_s:.0f} s; stop it, then start this one.")


async def _wait_for_lock(connection: psycopg.AsyncConnection, key: int, wait_s: float) -> bool:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_s
    while not await _try_lock(connection, key):
        if loop.time() > deadline:
            return False
        await asyncio.sleep(POLL_S)
    return True


async def _watch(connection: psycopg.AsyncConnection, role: str, lost: asyncio.Event, asked: asyncio.Event) -> None:
    """Until the session is gone; being asked to let go does not end it, so that the lock is ours while we finish."""
    try:
        while True:
            async for _ in connection.notifies(timeout=CHECK_S):
                log.warning("role.asked_for", role=role)
                asked.set()
                lost.set()
            async with asyncio.timeout(2 * CHECK_S):
                await connection.execute("SELECT 1")
    except (psycopg.Error, TimeoutError) as error:
        log.error("role.lost", role=role, reason=getattr(error, "sqlstate", None) or type(error).__name__)
        lost.set()
