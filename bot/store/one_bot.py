"""One bot's part of the database: every step is given the bot's id, and nothing else reaches its rows."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from bot.ledger import AuditEntry
from bot.store import audit, erasing
from bot.store.database import Connections
from bot.store.due import Due

P = ParamSpec("P")
R = TypeVar("R")
Step = Callable[Concatenate[Connection, str, P], R]


class OneBot:
    """`due` looks for many bots at once what waits for them."""

    def __init__(
        self, connections: Connections, bot_id: str, now: Callable[[], datetime], due: Due | None = None
    ) -> None:
        self._connections = connections
        self._due = due
        self.id = bot_id
        self.now = now

    async def read(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._connections.read(step, self.id, *args, **kwargs)

    async def write(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._connections.write(step, self.id, *args, **kwargs)

    async def noted(self, entry: AuditEntry, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do it and note it, together or not at all; a step that says `False` or 0 changed nothing."""

        def both(connection: Connection, bot_id: str) -> R:
            changed = step(connection, bot_id, *args, **kwargs)
            if changed or changed is None:
                audit.add(connection, bot_id, entry)
            return changed

        return await self.write(both)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["OneBot"]:
        async with self._connections.transaction() as transaction:
            yield OneBot(transaction, self.id, self.now)

    async def may(self, kind: str) -> bool:
        """Whether something of that kind may wait; only who looks for themselves is sure."""
        return self._due is None or await self._due.may(kind, self.id)

    async def leave_no_trace(self) -> None:
        """Once somebody is forgotten."""
        await self._connections.read(erasing.settle)
