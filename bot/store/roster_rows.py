"""The people of one bot as admins see them: `bot.roster.Roster`, whose methods say what is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.broadcast import Audience
from bot.ledger import AuditEntry
from bot.roster import PAGE, Known, RosterPage, RosterQuery
from bot.store import audit, erasing, roster, tags
from bot.store.database import Connections, Step
from bot.store.due import GONE, SILENCED, Due
from bot.wire import replace


class RosterRows:
    """Every method raises `NotKept` where the database does not do its work."""

    def __init__(
        self, connections: Connections, bot_id: str, now: Callable[[], datetime], due: Due | None = None
    ) -> None:
        self._connections = connections
        self._bot_id = bot_id
        self._now = now
        self._due = due

    async def page(self, query: RosterQuery, now: datetime, after: str = "", limit: int = PAGE) -> RosterPage:
        return await self._connections.read(roster.page, self._bot_id, query, now, after, limit)

    async def count(self, query: RosterQuery, now: datetime) -> int:
        return await self._connections.read(roster.count, self._bot_id, query, now)

    async def known(self, who: str) -> Known | None:
        return await self._connections.read(roster.known, self._bot_id, who)

    async def all_of(self, user_ids: Sequence[str]) -> Mapping[str, Known]:
        return await self._connections.read(roster.all_of, self._bot_id, user_ids)

    async def ids_of(self, whos: Sequence[str]) -> Mapping[str, str]:
        return await self._connections.read(roster.ids_of, self._bot_id, whos)

    async def languages(self) -> Mapping[str, int]:
        return await self._connections.read(roster.languages, self._bot_id)

    async def set_blocked(self, user_id: str, blocked: bool, entry: AuditEntry) -> bool:
        return bool(await self._noted(entry, roster.set_blocked, user_id, blocked))

    async def set_subscribed(self, user_id: str, subscribed: bool, entry: AuditEntry) -> bool:
        return bool(await self._noted(entry, roster.set_subscribed, user_id, subscribed))

    async def set_muted(self, user_id: str, until: datetime | None, entry: AuditEntry) -> bool:
        return bool(await self._noted(entry, roster.set_muted, user_id, until))

    async def silenced(self, now: datetime) -> tuple[frozenset[str], Mapping[str, datetime]]:
        if self._due is not None and not await self._due.may(SILENCED, self._bot_id):
            return frozenset(), {}
        return await self._connections.read(roster.silenced, self._bot_id, now)

    async def blocked(self) -> frozenset[str]:
        return await self._connections.read(roster.blocked, self._bot_id)

    async def tag(self, user_ids: Sequence[str], tag: str, entry: AuditEntry) -> int:
        return int(await self._noted(entry, tags.give, user_ids, tag))

    async def untag(self, user_ids: Sequence[str], tag: str, entry: AuditEntry) -> int:
        return int(await self._noted(entry, tags.take, user_ids, tag))

    async def tags(self) -> Mapping[str, int]:
        return await self._connections.read(tags.counts, self._bot_id)

    async def forget(self, user_id: str, entry: AuditEntry) -> None:
        hashed = replace(entry, subject=erasing.tombstone(self._bot_id, user_id)[:16])
        async with self._connections.transaction() as transaction:
            await transaction.write(erasing.forget, self._bot_id, user_id, self._now())
            await transaction.write(audit.add, self._bot_id, hashed)
        await self._connections.read(erasing.settle)

    async def gone(self, since: datetime, among: Sequence[str]) -> Sequence[str]:
        if self._due is not None and not await self._due.may(GONE, self._bot_id):
            return ()
        buried = await self._connections.read(erasing.buried, self._bot_id, since)
        return [each for each in among if erasing.tombstone(self._bot_id, each) in buried] if buried else ()

    async def segments(self) -> Mapping[str, Audience]:
        return await self._connections.read(tags.named, self._bot_id)

    async def keep_segment(self, name: str, audience: Audience, entry: AuditEntry) -> None:
        async with self._connections.transaction() as transaction:
            await transaction.write(tags.keep, self._bot_id, name, audience)
            await transaction.write(audit.add, self._bot_id, entry)

    async def drop_segment(self, name: str, entry: AuditEntry) -> bool:
        return bool(await self._noted(entry, tags.drop, name))

    async def _noted(self, entry: AuditEntry, step: Step[..., bool | int], *args: object) -> bool | int:
        """Do it, and note it if that changed something."""
        async with self._connections.transaction() as transaction:
            changed = await transaction.write(step, self._bot_id, *args)
            if changed:
                await transaction.write(audit.add, self._bot_id, entry)
            return changed
