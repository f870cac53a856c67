"""The broadcasts of one bot: `bot.ledger.Ledger`, whose methods say what is one transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.broadcast import Arithmetic, Audience, Broadcast, Recipient, Settled, State
from bot.ledger import AuditEntry, AuditQuery, Line, Totals
from bot.store import audience as audiences
from bot.store import audit, broadcasts, recipients
from bot.store.database import Connections
from bot.store.due import BROADCASTS, Due


class LedgerRows:
    """Every method raises `NotKept` where the database does not do its work."""

    def __init__(
        self, connections: Connections, bot_id: str, now: Callable[[], datetime], due: Due | None = None
    ) -> None:
        self._connections = connections
        self._bot_id = bot_id
        self._now = now
        self._due = due

    async def add(self, broadcast: Broadcast, entry: AuditEntry) -> Broadcast:
        async with self._connections.transaction() as transaction:
            kept = await transaction.write(broadcasts.add, self._bot_id, broadcast)
            await transaction.write(audit.add, self._bot_id, entry)
            return kept

    async def redraft(self, broadcast: Broadcast) -> bool:
        return await self._connections.write(broadcasts.redraft, self._bot_id, broadcast)

    async def broadcast(self, number: int) -> Broadcast | None:
        return await self._connections.read(broadcasts.by_number, self._bot_id, number)

    async def broadcast_by_id(self, broadcast_id: str) -> Broadcast:
        return await self._connections.read(broadcasts.by_id, self._bot_id, broadcast_id)

    async def broadcasts(self, limit: int = 20) -> Sequence[Broadcast]:
        return await self._connections.read(broadcasts.newest, self._bot_id, limit)

    async def arithmetic(self, audience: Audience, at: datetime) -> Arithmetic:
        return await self._connections.read(audiences.arithmetic, self._bot_id, audience, at)

    async def audience(
        self, audience: Audience, at: datetime, after: str = "", limit: int = 50, *, excluded: bool = False
    ) -> Sequence[tuple[str, str]]:
        given = (audience, at, after, limit)
        return await self._connections.read(audiences.members, self._bot_id, *given, excluded=excluded)

    async def approve(self, broadcast_id: str, approver_id: str, entry: AuditEntry) -> bool:
        async with self._connections.transaction() as transaction:
            approved = await transaction.write(broadcasts.approve, self._bot_id, broadcast_id, approver_id)
            if approved:
                await transaction.write(audit.add, self._bot_id, entry)
            return approved

    async def drop_draft(self, broadcast_id: str, entry: AuditEntry) -> bool:
        async with self._connections.transaction() as transaction:
            dropped = await transaction.write(broadcasts.drop_draft, self._bot_id, broadcast_id)
            if dropped:
                await transaction.write(audit.add, self._bot_id, entry)
            return dropped

    async def tested_at(self, broadcast_id: str) -> datetime | None:
        return await self._connections.read(broadcasts.tested_at, self._bot_id, broadcast_id)

    async def move(
        self, broadcast_id: str, allowed: Collection[State], values: Mapping[str, Any], entry: AuditEntry
    ) -> bool:
        async with self._connections.transaction() as transaction:
            moved = await transaction.write(broadcasts.move, self._bot_id, broadcast_id, allowed, dict(values))
            if moved:
                await transaction.write(audit.add, self._bot_id, entry)
            return moved

    async def retry(self, broadcast_id: str, reason: str, entry: AuditEntry) -> int:
        async with self._connections.transaction() as transaction:
            number = await transaction.write(recipients.retry, self._bot_id, broadcast_id, reason)
            if number:
                await transaction.write(audit.add, self._bot_id, entry)
            return number

    async def note(self, entry: AuditEntry) -> None:
        await self._connections.write(audit.add, self._bot_id, entry)

    async def audit(self, limit: int = 50) -> Sequence[AuditEntry]:
        return await self._connections.read(audit.newest, self._bot_id, limit)

    async def audited(self, query: AuditQuery) -> Sequence[AuditEntry]:
        return await self._connections.read(audit.found, self._bot_id, query)

    async def audit_broken(self) -> int:
        return await self._connections.read(audit.broken, self._bot_id)

    async def totals(self) -> Totals:
        return await self._connections.read(broadcasts.totals, self._bot_id)

    async def reasons(self, broadcast_id: str) -> Mapping[tuple[str, str], int]:
        return await self._connections.read(recipients.reasons, self._bot_id, broadcast_id)

    async def report(self, broadcast_id: str, after: int = 0, limit: int = 1000) -> Sequence[Line]:
        return await self._connections.read(recipients.report, self._bot_id, broadcast_id, after, limit)

    async def pace(self, broadcast_id: str) -> Sequence[tuple[datetime, int]]:
        return await self._connections.read(recipients.pace, self._bot_id, broadcast_id)

    async def hold(self, broadcast_id: str, fence: int, why: str = "", until: datetime | None = None) -> None:
        await self._connections.write(broadcasts.hold, self._bot_id, broadcast_id, fence, why, until)

    async def due(self, now: datetime) -> Sequence[Broadcast]:
        if self._due is not None and not await self._due.may(BROADCASTS, self._bot_id):
            return ()
        return await self._connections.read(broadcasts.due, self._bot_id, now)

    async def take(self, broadcast_id: str) -> int:
        async with self._connections.transaction() as transaction:
            fence = await transaction.write(broadcasts.take, self._bot_id, broadcast_id)
            await transaction.write(recipients.take_back, self._bot_id, broadcast_id)
            return fence

    async def freeze(self, broadcast: Broadcast) -> bool:
        return await self._connections.write(audiences.freeze, self._bot_id, broadcast)

    async def claim(self, broadcast_id: str, fence: int, most: int) -> Sequence[Recipient] | None:
        return await self._connections.write(recipients.claim, self._bot_id, broadcast_id, fence, most)

    async def settle(self, broadcast_id: str, fence: int, settled: Settled) -> bool:
        return await self._connections.write(recipients.settle, self._bot_id, broadcast_id, fence, settled, self._now())

    async def see(self, message_ids: Sequence[str], *, read: bool) -> None:
        await self._connections.write(recipients.see, self._bot_id, message_ids, read=read)

    async def latest_start(self) -> datetime | None:
        return await self._connections.read(broadcasts.latest_start, self._bot_id)
