"""The people of one bot as admins see them: `bot.roster.Roster`, whose methods say what is one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.broadcast import Audience
from bot.ledger import AuditEntry
from bot.roster import PAGE, Known, RosterPage, RosterQuery
from bot.store import erasing, roster, tags
from bot.store.due import GONE, SILENCED
from bot.store.one_bot import OneBot
from bot.wire import replace


class RosterRows:
    """Every method raises `NotKept` where the database does not do its work."""

    def __init__(self, bot: OneBot) -> None:
        self._bot = bot

    async def page(self, query: RosterQuery, now: datetime, after: str = "", limit: int = PAGE) -> RosterPage:
        return await self._bot.read(roster.page, query, now, after, limit)

    async def count(self, query: RosterQuery, now: datetime) -> int:
        return await self._bot.read(roster.count, query, now)

    async def known(self, who: str) -> Known | None:
        return await self._bot.read(roster.known, who)

    async def all_of(self, user_ids: Sequence[str]) -> Mapping[str, Known]:
        return await self._bot.read(roster.all_of, user_ids)

    async def ids_of(self, whos: Sequence[str]) -> Mapping[str, str]:
        return await self._bot.read(roster.ids_of, whos)

    async def languages(self) -> Mapping[str, int]:
        return await self._bot.read(roster.languages)

    async def set_blocked(self, user_id: str, blocked: bool, entry: AuditEntry) -> bool:
        return await self._bot.noted(entry, roster.set_blocked, user_id, blocked)

    async def set_subscribed(self, user_id: str, subscribed: bool, entry: AuditEntry) -> bool:
        return await self._bot.noted(entry, roster.set_subscribed, user_id, subscribed)

    async def set_muted(self, user_id: str, until: datetime | None, entry: AuditEntry) -> bool:
        return await self._bot.noted(entry, roster.set_muted, user_id, until)

    async def silenced(self, now: datetime) -> tuple[frozenset[str], Mapping[str, datetime]]:
        if not await self._bot.may(SILENCED):
            return frozenset(), {}
        return await self._bot.read(roster.silenced, now)

    async def blocked(self) -> frozenset[str]:
        return await self._bot.read(roster.blocked)

    async def tag(self, user_ids: Sequence[str], tag: str, entry: AuditEntry) -> int:
        return await self._bot.noted(entry, tags.give, user_ids, tag)

    async def untag(self, user_ids: Sequence[str], tag: str, entry: AuditEntry) -> int:
        return await self._bot.noted(entry, tags.take, user_ids, tag)

    async def tags(self) -> Mapping[str, int]:
        return await self._bot.read(tags.counts)

    async def forget(self, user_id: str, entry: AuditEntry) -> None:
        hashed = replace(entry, subject=erasing.tombstone(self._bot.id, user_id)[:16])
        await self._bot.noted(hashed, erasing.forget, user_id, self._bot.now())
        await self._bot.leave_no_trace()

    async def gone(self, since: datetime, among: Sequence[str]) -> Sequence[str]:
        if not await self._bot.may(GONE):
            return ()
        buried = await self._bot.read(erasing.buried, since)
        return [each for each in among if erasing.tombstone(self._bot.id, each) in buried] if buried else ()

    async def segments(self) -> Mapping[str, Audience]:
        return await self._bot.read(tags.named)

    async def keep_segment(self, name: str, audience: Audience, entry: AuditEntry) -> None:
        await self._bot.noted(entry, tags.keep, name, audience)

    async def drop_segment(self, name: str, entry: AuditEntry) -> bool:
        return await self._bot.noted(entry, tags.drop, name)
