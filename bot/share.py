"""Roles that several processes share: each belongs to the PostgreSQL session that holds its advisory lock.

The server frees the locks of a session that ends, so there is no lease clock of ours. A process has one session for all
of its locks, straight to the server. A second kind of lock says which processes are alive and take part.
"""

import asyncio
import contextlib
import os
import re
import secrets
import socket
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import psycopg
import structlog

from bot.advisory import CHECK_S, address_of, open_session, role_key
from bot.errors import SetupError, Unavailable
from bot.lockfile import UNREADABLE
from bot.registry import ProcessRecord, Registry
from bot.spread import Member, Spread, View

log = structlog.get_logger()

TICK_S = 1.0
POLL_S = 0.1
PROCESS_LOCK = 0x6D786274
"""First number of the pair that a process locks to be seen alive; the second is its own."""
CHANNEL = "mixbot_roles"
EVERYTHING = ("bot:*",)


class Lost(Exception):
    """The session with the locks is gone: whatever was held may belong to somebody else."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: `taken` are ours from now on, `give` is to be finished and released."""

    taken: Sequence[str] = ()
    give: str = ""


class Share(Protocol):
    """The roles of one process. Every method raises `Lost` where they are lost."""

    mine: set[str]

    async def step(self, roles: Collection[str]) -> Step:
        """Look around, and take what is ours to take, of all the roles that there are."""
        ...

    async def release(self, role: str) -> None:
        """Let go of what is finished."""
        ...

    async def leave(self) -> None:
        """Take nothing any more, and let others see that."""
        ...

    async def wait(self, wake: asyncio.Event) -> None:
        """Until something may have changed: a second, or less."""
        ...


class Everything:
    """The only process: all roles are its own."""

    def __init__(self) -> None:
        self.mine: set[str] = set()
        self._left = False

    async def step(self, roles: Collection[str]) -> Step:
        taken = [] if self._left else sorted(set(roles) - self.mine)
        self.mine.update(taken)
        return Step(taken)

    async def release(self, role: str) -> None:
        self.mine.discard(role)

    async def leave(self) -> None:
        self._left = True

    async def wait(self, wake: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TICK_S):
                await wake.wait()


_LOCKS = """
SELECT classid::bigint, objid::bigint, objsubid, pid = pg_backend_pid(), pid FROM pg_locks
WHERE locktype = 'advisory' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass
class Shared:
    """Some of the roles of a database. Use `open_share`."""

    connection: psycopg.AsyncConnection
    registry: Registry
    spread: Spread
    mine: set[str] = field(default_factory=set)
    _patterns: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _left: bool = False
    _giving: str = ""
    _offered: set[str] = field(default_factory=set)

    async def step(self, roles: Collection[str]) -> Step:
        if self._left:
            await self._ask("SELECT 1")
            return Step()
        now = time.monotonic()
        view = await self._look(roles)
        taken = [role for role in self.spread.wanted(roles, view, now) if await self._lock(role)]
        self.mine.update(taken)
        if self._giving not in self.mine:
            self._giving = ""
        for role in [role for role in self._offered if role in view.owners]:
            self._offered.discard(role)
            if view.owners[role] != self.spread.me.number:
                self.spread.moved(role)
        if not taken and not self._giving:
            self._giving = self.spread.surplus(roles, view, now)
        return Step(taken, self._giving)

    async def release(self, role: str) -> None:
        self.mine.discard(role)
        if role == self._giving:
            self.spread.gave(role, time.monotonic())
            self._offered.add(role)
        await self._ask("SELECT pg_advisory_unlock(%s::bigint)", role_key(role))
        await self._tell()

    async def leave(self) -> None:
        self._left = True
        await self._ask("SELECT pg_advisory_unlock(%s::int, %s::int)", *_pair(self.spread.me.number))
        await self._tell()

    async def wait(self, wake: asyncio.Event) -> None:
        deadline = time.monotonic() + TICK_S
        try:
            while not wake.is_set() and time.monotonic() < deadline:
                async for _ in self.connection.notifies(timeout=POLL_S, stop_after=1):
                    return
        except psycopg.Error as error:
            raise _lost(error) from None

    async def join(self) -> None:
        await self._ask("SELECT pg_advisory_lock(%s::int, %s::int)", *_pair(self.spread.me.number))
        await self._ask(f"LISTEN {CHANNEL}")

    async def _tell(self) -> None:
        await self._ask(f"NOTIFY {CHANNEL}")

    async def _look(self, roles: Collection[str]) -> View:
        held, alive, ours = {}, {}, 0
        for first, second, kind, us, pid in await self._ask(_LOCKS):
            if kind == 1:
                held[_signed(first << 32 | second)] = pid
            elif first == PROCESS_LOCK:
                alive[pid] = second
                ours = pid if us else ours
        if ours == 0:
            raise Lost("the lock that says that this process is alive")
        owners = {role: alive.get(held[key], 0) for role in roles if (key := role_key(role)) in held}
        if any(owners.get(role) != self.spread.me.number for role in self.mine & set(roles)):
            raise Lost("a lock that was held")
        return View(await self._members(list(alive.values())), owners)

    async def _members(self, numbers: Sequence[int]) -> list[Member]:
        if set(numbers) - self._patterns.keys():
            try:
                known = await self.registry.processes()
                dead = [each.number for each in known if each.number not in numbers and _old(each)]
                await self.registry.drop_processes(dead)
            except Unavailable as error:
                raise Lost(str(error)) from None
            self._patterns = {each.number: tuple(each.roles.split()) for each in known}
        return [Member(number, self._patterns.get(number, ())) for number in numbers if self._patterns.get(number)]

    async def _lock(self, role: str) -> bool:
        return bool(await self._ask("SELECT pg_try_advisory_lock(%s::bigint)", role_key(role)) == [(True,)])

    async def _ask(self, statement: str, *values: int) -> list[tuple[Any, ...]]:
        """One question; no answer in time is like a session that is gone."""
        try:
            async with asyncio.timeout(2 * CHECK_S):
                cursor = await self.connection.execute(statement.encode(), values or None)
                return await cursor.fetchall() if cursor.description else []
        except (psycopg.Error, TimeoutError) as error:
            raise _lost(error) from None


def seen(url: str, bot_ids: Collection[str]) -> tuple[set[int], dict[str, str]]:
    """The numbers of the processes that take part now, and who runs which bot, in words. Blocks.

    Raises:
        SetupError: MB204, the server cannot be reached.
    """
    names = "SELECT pid, application_name FROM pg_stat_activity WHERE datname = current_database()"
    try:
        with psycopg.connect(address_of(url), autocommit=True, connect_timeout=10) as connection:
            locks = connection.execute(_LOCKS.encode()).fetchall()
            called: dict[int, str] = dict(connection.execute(names.encode()).fetchall())
    except psycopg.Error as error:
        raise SetupError(UNREADABLE, f"Cannot reach PostgreSQL ({_lost(error)}).") from None
    held = {_signed(first << 32 | second): pid for first, second, kind, _, pid in locks if kind == 1}
    keys = {bot_id: role_key(f"bot:{bot_id}") for bot_id in bot_ids}
    owners = {bot_id: _called(called.get(held[key], "")) for bot_id, key in keys.items() if key in held}
    return {second for first, second, kind, *_ in locks if kind == 2 and first == PROCESS_LOCK}, owners


def _called(application: str) -> str:
    told = re.fullmatch(r"mixbot pid=(\d+) host=(.*)", application)
    return f"pid {told[1]} on {told[2]}" if told else "a process that cannot be named"


def _old(process: ProcessRecord) -> bool:
    """Whether it has had the time to take its lock."""
    return datetime.now(UTC) - process.started_at > timedelta(minutes=1)


def _lost(error: Exception) -> Lost:
    return Lost(getattr(error, "sqlstate", None) or type(error).__name__)


def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number


def _pair(number: int) -> tuple[int, int]:
    return PROCESS_LOCK, number


def process_name() -> str:
    """Such as `pid 4121 on web-1`."""
    return f"pid {os.getpid()} on {socket.gethostname()}"


@asynccontextmanager
async def open_share(url: str, registry: Registry, process: ProcessRecord) -> AsyncIterator[Shared]:
    """Take part in sharing until the block ends. The session that ends then frees what is still held.

    Raises:
        Lost: The server cannot be reached.
    """
    try:
        connection = await open_session(url)
    except psycopg.Error as error:
        raise _lost(error) from None
    try:
        try:
            await registry.keep_process(process)
        except Unavailable as error:
            raise Lost(str(error)) from None
        shared = Shared(connection, registry, Spread(Member(process.number, tuple(process.roles.split()))))
        await shared.join()
        yield shared
    finally:
        with contextlib.suppress(Exception):
            await connection.close()


def new_process_number() -> int:
    """A number of this process's own: nobody else will have it."""
    return secrets.randbelow(2**31 - 1) + 1
