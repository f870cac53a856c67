"""The rows of one bot: `bot.records.Store`, whose methods say what is one transaction, and leave the statements to
the module of each noun.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from bot.choices import Choices
from bot.entrance import Logins
from bot.groups import Groups
from bot.ledger import Ledger
from bot.message import Outgoing
from bot.records import Authorization, DeadLetter, Mark, Sighting, Store, Ticket
from bot.roster import Roster
from bot.said import History
from bot.store import admins, attempts, authorizations, erasing, marks, people, quarantine, seals, tickets
from bot.store.choices import ChoiceRows
from bot.store.due import NOTICES, REPLAYS
from bot.store.entries import LoginRows
from bot.store.groups import GroupRows
from bot.store.ledger import LedgerRows
from bot.store.one_bot import OneBot
from bot.store.roster_rows import RosterRows
from bot.store.said import SaidRows
from bot.users import Person, Role, User


class Rows:
    """Every method raises `NotKept` where the database does not do its work: ask again, acknowledge nothing."""

    def __init__(self, bot: OneBot) -> None:
        self._bot = bot

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Store]:
        async with self._bot.transaction() as transaction:
            yield Rows(transaction)

    @property
    def ledger(self) -> Ledger:
        return LedgerRows(self._bot)

    @property
    def logins(self) -> Logins:
        return LoginRows(self._bot)

    @property
    def groups(self) -> Groups:
        return GroupRows(self._bot)

    @property
    def choices(self) -> Choices:
        return ChoiceRows(self._bot)

    @property
    def history(self) -> History:
        return SaidRows(self._bot)

    @property
    def roster(self) -> Roster:
        return RosterRows(self._bot)

    async def meet(self, sightings: Sequence[Sighting]) -> Mapping[str, Person]:
        """Where nobody is new nothing is written."""
        wanted = {sighting.user_id for sighting in sightings}
        found = await self._bot.read(people.known, wanted)
        new = [sighting for sighting in sightings if sighting.user_id not in found]
        if new:
            found |= await self._bot.write(people.meet, new)
        return found

    async def touch(self, last_seen: Mapping[str, datetime]) -> None:
        await self._bot.write(people.touch, last_seen)

    async def person(self, user_id: str) -> Person | None:
        return (await self._bot.read(people.known, [user_id])).get(user_id)

    async def set_profiles(self, users: Sequence[User]) -> None:
        await self._bot.write(people.set_profiles, users)

    async def set_language(self, user_id: str, language: str) -> None:
        await self._bot.write(people.set_language, user_id, language)

    async def learn_language(self, user_id: str, language: str) -> None:
        await self._bot.write(people.learn_language, user_id, language)

    async def set_subscribed(self, user_id: str, subscribed: bool) -> None:
        await self._bot.write(people.set_subscribed, user_id, subscribed)

    async def export(self, user_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return await self._bot.read(erasing.export, user_id)

    async def forget(self, user_id: str) -> None:
        await self._bot.write(erasing.forget, user_id, self._bot.now())
        await self._bot.leave_no_trace()

    async def receive(self, snapshot_id: str, message_id: str, user_id: str) -> bool:
        given = (snapshot_id, message_id, user_id, self._bot.now())
        return await self._bot.write(erasing.receive, *given)

    async def admins(self) -> Mapping[str, Role]:
        return await self._bot.read(admins.roles)

    async def set_role(self, user_id: str, role: Role) -> None:
        await self._bot.write(admins.set_role, user_id, role)

    async def mark(self, message_id: str) -> Mark | None:
        return await self._bot.read(marks.find, message_id)

    async def keep_mark(self, message_id: str, replies: Sequence[Outgoing]) -> None:
        """
        Raises:
            NotKept: Also when there is a mark already: asking again finds it, and its replies.
        """
        await self._bot.write(marks.keep, message_id, replies, self._bot.now())

    async def mark_accepted(self, message_ids: Sequence[str]) -> None:
        await self._bot.write(marks.accepted, message_ids)

    async def attempts(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        return await self._bot.read(attempts.counted, message_ids)

    async def begin_attempts(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        return await self._bot.write(attempts.begin, message_ids, self._bot.now())

    async def clear_attempts(self, message_ids: Sequence[str]) -> None:
        await self._bot.write(attempts.clear, message_ids)

    async def quarantine(self, letter: DeadLetter) -> None:
        await self._bot.write(quarantine.keep, letter)

    async def dead_letters(self, limit: int = 50) -> Sequence[DeadLetter]:
        return await self._bot.read(quarantine.newest, limit)

    async def dead_letter(self, reference: str) -> DeadLetter | None:
        return await self._bot.read(quarantine.find, reference)

    async def drop_dead_letter(self, reference: str) -> bool:
        return await self._bot.write(quarantine.drop, reference)

    async def request_replay(self, reference: str) -> bool:
        return await self._bot.write(quarantine.request_replay, reference)

    async def take_replays(self) -> Sequence[DeadLetter]:
        """Cheap where there is none: nothing is written."""
        if not await self._bot.may(REPLAYS):
            return ()
        if not await self._bot.read(quarantine.replays_wait):
            return ()
        return await self._bot.write(quarantine.take_replays)

    async def keep_authorization(self, authorization: Authorization) -> None:
        async with self._bot.transaction() as transaction:
            await transaction.write(authorizations.keep, authorization)
            await transaction.write(tickets.drop_of, authorization.user_id)

    async def authorization(self, user_id: str) -> Authorization | None:
        return await self._bot.read(authorizations.find, user_id)

    async def drop_authorization(self, user_id: str, grant_id: str) -> bool:
        return await self._bot.write(authorizations.drop, user_id, grant_id)

    async def disconnect(self, user_id: str) -> bool:
        async with self._bot.transaction() as transaction:
            await transaction.write(tickets.drop_of, user_id)
            return await transaction.write(authorizations.drop, user_id)

    async def due_notices(self, now: datetime, limit: int = 100) -> Sequence[Authorization]:
        if not await self._bot.may(NOTICES):
            return ()
        return await self._bot.read(authorizations.due, now, limit)

    async def set_notice(self, authorization: Authorization, notice: str, at: datetime | None) -> None:
        await self._bot.write(authorizations.set_notice, authorization, notice, at)

    async def sealed_with(self) -> Mapping[int, int]:
        return await self._bot.read(seals.counts)

    async def sealed_example(self, key_number: int) -> tuple[str, bytes] | None:
        return await self._bot.read(seals.example, key_number)

    async def reseal(self, key_number: int, again: Callable[[str, bytes], bytes], limit: int = 100) -> int:
        return await self._bot.write(seals.renew, key_number, again, limit)

    async def forget_sealed(self, key_number: int) -> int:
        return await self._bot.write(seals.forget, key_number)

    async def keep_ticket(self, ticket: Ticket, *, since: datetime, most: int, most_each: int) -> None:
        await self._bot.write(tickets.keep, ticket, since, most, most_each)

    async def begin_ticket(self, ticket: str, state: str, browser: str, since: datetime) -> Ticket | None:
        return await self._bot.write(tickets.begin, ticket, state, browser, since)

    async def take_ticket(self, state: str, browser: str, since: datetime) -> Ticket | None:
        return await self._bot.write(tickets.take, state, browser, since)

    async def counts(self, active_since: datetime) -> Mapping[str, int]:
        counted = await self._bot.read(people.counts, active_since)
        return counted | {"dead": await self._bot.read(quarantine.count)}

    async def prune(self, before: datetime) -> int:
        gone = await self._bot.write(marks.prune, before)
        return gone + await self._bot.write(attempts.prune, before)
