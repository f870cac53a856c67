"""How a step of work gets its connection: one of the pool, or the one of a transaction that is under way.

A step is a function of the modules beside this one: connection first, then the bot's id.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import NotKept
from bot.store.engine import READS
from bot.store.location import PresentFile
from bot.store.trouble import translated

P = ParamSpec("P")
R = TypeVar("R")
Step = Callable[Concatenate[AsyncConnection, P], Awaitable[R]]


class Connections(Protocol):
    """Every method raises `NotKept` where the database does not do its work."""

    async def read(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Outside of a transaction each statement sees what is committed when it begins."""
        ...

    async def write(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Outside of a transaction the step is one: durable when this returns."""
        ...

    def transaction(self) -> AbstractAsyncContextManager["Connections"]: ...


class Pool:
    """Connections of their own for each step. SQLite has one writer at a time: ours queue here, in order, rather than
    in its busy loop, which is only for other processes.
    """

    def __init__(self, engine: AsyncEngine, file: PresentFile | None, busy_timeout_s: float) -> None:
        self._engine = engine
        self._readers = engine.execution_options(**READS[engine.dialect.name])
        self._file = file
        self._busy_timeout_s = busy_timeout_s
        self._turn = asyncio.Lock()

    async def read(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        with translated():
            async with self._readers.connect() as connection:
                return await step(connection, *args, **kwargs)

    async def write(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        async with self.transaction() as transaction:
            return await transaction.write(step, *args, **kwargs)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connections]:
        async with AsyncExitStack() as stack:
            if self._file is not None:
                await stack.enter_async_context(self._writing())
                self._file.require()
            with translated():
                connection = await stack.enter_async_context(self._engine.connect())
                await _to_its_end(connection.begin())
            transaction = Transaction(connection)
            yield transaction
            await transaction.commit()

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._busy_timeout_s):
                await self._turn.acquire()
        except TimeoutError:
            raise NotKept("The database is busy with another transaction of this process.") from None
        try:
            yield
        finally:
            self._turn.release()


class Transaction:
    """One connection for all steps, one at a time; whoever leaves without `commit` rolls back."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()
        self._broken = False

    async def write(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        async with self._turn:
            try:
                with translated():
                    return await _to_its_end(step(self._connection, *args, **kwargs))
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
            await _to_its_end(self._connection.commit())


async def _to_its_end(work: Awaitable[R]) -> R:
    """Cancelled, finish first: a driver that is torn out of a statement keeps the database locked."""

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
