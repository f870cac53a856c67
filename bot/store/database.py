"""How a step of work gets its connection: one of the pool, or the one of a transaction that is under way.

A step is a plain function of the modules beside this one: connection first, then the bot's id. A thread does all of it
at once on SQLite, since each hop to a thread costs as much as several statements; on PostgreSQL the loop waits for it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from bot.errors import NotKept
from bot.store.engine import READS, SQLITE_CONNECTIONS, open_file, open_server
from bot.store.location import Location, PresentFile
from bot.store.trouble import translated

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

P = ParamSpec("P")
R = TypeVar("R")
Step = Callable[Concatenate[Connection, P], R]


class Connections(Protocol):
    """Every method raises `NotKept` where the database does not do its work."""

    async def read(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Outside of a transaction each statement sees what is committed when it begins."""
        ...

    async def write(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Outside of a transaction the step is one: durable when this returns."""
        ...

    def transaction(self) -> AbstractAsyncContextManager["Connections"]: ...


class Pool(Connections, Protocol):
    """Connections of their own for each step."""

    async def close(self) -> None: ...


def open_pool(location: Location, busy_timeout_s: float) -> Pool:
    """Connects when it is used first; whoever waits longer than `busy_timeout_s` for a lock gives up."""
    if location.path is None:
        return ServerPool(open_server(location, busy_timeout_s=busy_timeout_s))
    return FilePool(open_file(location, busy_timeout_s=busy_timeout_s), PresentFile(location.path), busy_timeout_s)


class ServerPool:
    def __init__(self, engine: "AsyncEngine") -> None:
        self._engine = engine
        self._readers = engine.execution_options(**READS["postgresql"])

    async def read(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        with translated():
            async with self._readers.connect() as connection:
                return await connection.run_sync(step, *args, **kwargs)

    async def write(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        async with self.transaction() as transaction:
            return await transaction.write(step, *args, **kwargs)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connections]:
        async with AsyncExitStack() as stack:
            with translated():
                connection = await stack.enter_async_context(self._engine.connect())
                await _to_its_end(connection.begin())
            transaction = Transaction(connection.run_sync)
            yield transaction
            await transaction.commit()

    async def close(self) -> None:
        await self._engine.dispose()


class FilePool:
    """SQLite has one writer at a time: ours queue here, in order, rather than in its busy loop, which is only for other
    processes.
    """

    def __init__(self, engine: Engine, file: PresentFile, busy_timeout_s: float) -> None:
        self._engine = engine
        self._readers = engine.execution_options(**READS["sqlite"])
        self._file = file
        self._busy_timeout_s = busy_timeout_s
        self._turn = asyncio.Lock()
        self._threads = ThreadPoolExecutor(SQLITE_CONNECTIONS, "store")

    async def read(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        with translated():
            return await self._in_thread(_within, self._readers.connect, step, args, kwargs)

    async def write(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        async with self._writing():
            with translated():
                return await _to_its_end(self._in_thread(_within, self._engine.begin, step, args, kwargs))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connections]:
        async with self._writing():
            held = _Held(self._engine)
            transaction = Transaction(partial(self._in_thread, held.do))
            try:
                yield transaction
                await transaction.commit()
            finally:
                await _to_its_end(self._in_thread(held.close))

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    def _in_thread(self, work: Callable[..., R], *args: Any) -> Awaitable[R]:
        return asyncio.get_running_loop().run_in_executor(self._threads, work, *args)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._busy_timeout_s):
                await self._turn.acquire()
        except TimeoutError:
            raise NotKept("The database is busy with another transaction of this process.") from None
        try:
            with translated():
                self._file.require()
            yield
        finally:
            self._turn.release()


def _within(connect: Callable[[], Any], step: Callable[..., R], args: Any, kwargs: Any) -> R:
    with connect() as connection:
        return step(connection, *args, **kwargs)


class _Held:
    """A connection that begins its transaction with the first step."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def do(self, step: Callable[[Connection], R]) -> R:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.begin()
        return step(self._connection)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class Transaction:
    """One connection for all steps, one at a time; whoever leaves without `commit` rolls back."""

    def __init__(self, do: Callable[[Callable[[Connection], Any]], Awaitable[Any]]) -> None:
        self._do = do
        self._turn = asyncio.Lock()
        self._broken = False

    async def write(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        async with self._turn:
            try:
                with translated():
                    done: R = await _to_its_end(self._do(lambda connection: step(connection, *args, **kwargs)))
                    return done
            except BaseException:
                self._broken = True
                raise

    read = write

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connections]:
        yield self

    async def commit(self) -> None:
        """
        Raises:
            NotKept: A step failed, and its error was swallowed; or the commit itself failed.
        """
        if self._broken:
            raise NotKept("A step of this transaction failed; nothing of it was kept.")
        with translated():
            await _to_its_end(self._do(Connection.commit))


async def _to_its_end(work: Awaitable[R]) -> R:
    """Cancelled, finish first: whoever comes next would find the connection or the database in use."""

    async def whole() -> R:
        return await work

    task = asyncio.create_task(whole())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        raise
