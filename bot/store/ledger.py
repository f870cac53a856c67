"""The broadcasts of one bot: `bot.ledger.Ledger`, whose methods say what is one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.broadcast import Arithmetic, Audience, Broadcast, Recipient, Settled, State
from bot.ledger import AuditEntry, AuditQuery, Line, Totals
from bot.store import audience as audiences
from bot.store import audit, broadcasts, recipients
from bot.store.due import BROADCASTS
from bot.store.one_bot import OneBot


class LedgerRows:
    """Every method raises `NotKept` where the database does not do its work."""

    def __init__(self, bot: OneBot) -> None:
        self._bot = bot

    async def add(self, broadcast: Broadcast, entry: AuditEntry) -> Broadcast:
        return await self._bot.noted(entry, broadcasts.add, broadcast)

    async def redraft(self, broadcast: Broadcast) -> bool:
        return await self._bot.write(broadcasts.redraft, broadcast)

    async def broadcast(self, number: int) -> Broadcast | None:
        return await self._bot.read(broadcasts.by_number, number)

    async def broadcast_by_id(self, broadcast_id: str) -> Broadcast:
        return await self._bot.read(broadcasts.by_id, broadcast_id)

    async def broadcasts(self, limit: int = 20) -> Sequence[Broadcast]:
        return await self._bot.read(broadcasts.newest, limit)

    async def arithmetic(self, audience: Audience, at: datetime) -> Arithmetic:
        return await self._bot.read(audiences.arithmetic, audience, at)

    async def audience(
        self, audience: Audience, at: datetime, after: str = "", limit: int = 50, *, excluded: bool = False
    ) -> Sequence[tuple[str, str]]:
        given = (audience, at, after, limit)
        return await self._bot.read(audiences.members, *given, excluded=excluded)

    async def approve(self, broadcast_id: str, approver_id: str, entry: AuditEntry) -> bool:
        return await self._bot.noted(entry, broadcasts.approve, broadcast_id, approver_id)

    async def drop_draft(self, broadcast_id: str, entry: AuditEntry) -> bool:
        return await self._bot.noted(entry, broadcasts.drop_draft, broadcast_id)

    async def tested_at(self, broadcast_id: str) -> datetime | None:
        return await self._bot.read(broadcasts.tested_at, broadcast_id)

    async def move(
        self, broadcast_id: str, allowed: Collection[State], values: Mapping[str, Any], entry: AuditEntry
    ) -> bool:
        return await self._bot.noted(entry, broadcasts.move, broadcast_id, allowed, dict(values))

    async def retry(self, broadcast_id: str, reason: str, entry: AuditEntry) -> int:
        return await self._bot.noted(entry, recipients.retry, broadcast_id, reason)

    async def note(self, entry: AuditEntry) -> None:
        await self._bot.write(audit.add, entry)

    async def audit(self, limit: int = 50) -> Sequence[AuditEntry]:
        return await self._bot.read(audit.newest, limit)

    async def audited(self, query: AuditQuery) -> Sequence[AuditEntry]:
        return await self._bot.read(audit.found, query)

    async def audit_broken(self) -> int:
        return await self._bot.read(audit.broken)

    async def totals(self) -> Totals:
        return await self._bot.read(broadcasts.totals)

    async def reasons(self, broadcast_id: str) -> Mapping[tuple[str, str], int]:
        return await self._bot.read(recipients.reasons, broadcast_id)

    async def report(self, broadcast_id: str, after: int = 0, limit: int = 1000) -> Sequence[Line]:
        return await self._bot.read(recipients.report, broadcast_id, after, limit)

    async def pace(self, broadcast_id: str) -> Sequence[tuple[datetime, int]]:
        return await self._bot.read(recipients.pace, broadcast_id)

    async def hold(self, broadcast_id: str, fence: int, why: str = "", until: datetime | None = None) -> None:
        await self._bot.write(broadcasts.hold, broadcast_id, fence, why, until)

    async def due(self, now: datetime) -> Sequence[Broadcast]:
        if not await self._bot.may(BROADCASTS):
            return ()
        return await self._bot.read(broadcasts.due, now)

    async def take(self, broadcast_id: str) -> int:
        async with self._bot.transaction() as transaction:
            fence = await transaction.write(broadcasts.take, broadcast_id)
            await transaction.write(recipients.take_back, broadcast_id)
            return fence

    async def freeze(self, broadcast: Broadcast) -> bool:
        return await self._bot.write(audiences.freeze, broadcast)

    async def claim(self, broadcast_id: str, fence: int, most: int) -> Sequence[Recipient] | None:
        return await self._bot.write(recipients.claim, broadcast_id, fence, most)

    async def settle(self, broadcast_id: str, fence: int, settled: Settled) -> bool:
        return await self._bot.write(recipients.settle, broadcast_id, fence, settled, self._bot.now())

    async def see(self, message_ids: Sequence[str], *, read: bool) -> None:
        await self._bot.write(recipients.see, message_ids, read=read)

    async def latest_start(self) -> datetime | None:
        return await self._bot.read(broadcasts.latest_start)
