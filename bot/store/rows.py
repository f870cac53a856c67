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
from bot.store.database import Connections
from bot.store.due import NOTICES, REPLAYS, Due
from bot.store.entries import LoginRows
from bot.store.groups import GroupRows
from bot.store.ledger import LedgerRows
from bot.store.roster_rows import RosterRows
from bot.store.said import SaidRows
from bot.users import Person, Role, User


class Rows:
    """Every method raises `NotKept` where the database does not do its work: ask again, acknowledge nothing."""

    def __init__(
        self, connections: Connections, bot_id: str, now: Callable[[], datetime], due: Due | None = None
    ) -> None:
        """`due` looks for many bots at once what waits for them."""
        self._connections = connections
        self._bot_id = bot_id
        self._now = now
        self._due = due

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Store]:
        async with self._connections.transaction() as transaction:
            yield Rows(transaction, self._bot_id, self._now)

    @property
    def ledger(self) -> Ledger:
        return LedgerRows(self._connections, self._bot_id, self._now, self._due)

    @property
    def logins(self) -> Logins:
        return LoginRows(self._connections, self._bot_id)

    @property
    def groups(self) -> Groups:
        return GroupRows(self._connections, self._bot_id)

    @property
    def choices(self) -> Choices:
        return ChoiceRows(self._connections, self._bot_id, self._due)

    @property
    def history(self) -> History:
        return SaidRows(self._connections, self._bot_id)

    @property
    def roster(self) -> Roster:
        return RosterRows(self._connections, self._bot_id, self._now, self._due)

    async def meet(self, sightings: Sequence[Sighting]) -> Mapping[str, Person]:
        """Where nobody is new nothing is written."""
        wanted = {sighting.user_id for sighting in sightings}
        found = await self._connections.read(people.known, self._bot_id, wanted)
        new = [sighting for sighting in sightings if sighting.user_id not in found]
        if new:
            found |= await self._connections.write(people.meet, self._bot_id, new)
        return found

    async def touch(self, last_seen: Mapping[str, datetime]) -> None:
        await self._connections.write(people.touch, self._bot_id, last_seen)

    async def person(self, user_id: str) -> Person | None:
        return (await self._connections.read(people.known, self._bot_id, [user_id])).get(user_id)

    async def set_profiles(self, users: Sequence[User]) -> None:
        await self._connections.write(people.set_profiles, self._bot_id, users)

    async def set_language(self, user_id: str, language: str) -> None:
        await self._connections.write(people.set_language, self._bot_id, user_id, language)

    async def learn_language(self, user_id: str, language: str) -> None:
        await self._connections.write(people.learn_language, self._bot_id, user_id, language)

    async def set_subscribed(self, user_id: str, subscribed: bool) -> None:
        await self._connections.write(people.set_subscribed, self._bot_id, user_id, subscribed)

    async def export(self, user_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return await self._connections.read(erasing.export, self._bot_id, user_id)

    async def forget(self, user_id: str) -> None:
        await self._connections.write(erasing.forget, self._bot_id, user_id, self._now())
        await self._connections.read(erasing.settle)

    async def receive(self, snapshot_id: str, message_id: str, user_id: str) -> bool:
        given = (snapshot_id, message_id, user_id, self._now())
        return await self._connections.write(erasing.receive, self._bot_id, *given)

    async def admins(self) -> Mapping[str, Role]:
        return await self._connections.read(admins.roles, self._bot_id)

    async def set_role(self, user_id: str, role: Role) -> None:
        await self._connections.write(admins.set_role, self._bot_id, user_id, role)

    async def mark(self, message_id: str) -> Mark | None:
        return await self._connections.read(marks.find, self._bot_id, message_id)

    async def keep_mark(self, message_id: str, replies: Sequence[Outgoing]) -> None:
        """
        Raises:
            NotKept: Also when there is a mark already: asking again finds it, and its replies.
        """
        await self._connections.write(marks.keep, self._bot_id, message_id, replies, self._now())

    async def mark_accepted(self, message_ids: Sequence[str]) -> None:
        await self._connections.write(marks.accepted, self._bot_id, message_ids)

    async def attempts(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        return await self._connections.read(attempts.counted, self._bot_id, message_ids)

    async def begin_attempts(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        return await self._connections.write(attempts.begin, self._bot_id, message_ids, self._now())

    async def clear_attempts(self, message_ids: Sequence[str]) -> None:
        await self._connections.write(attempts.clear, self._bot_id, message_ids)

    async def quarantine(self, letter: DeadLetter) -> None:
        await self._connections.write(quarantine.keep, self._bot_id, letter)

    async def dead_letters(self, limit: int = 50) -> Sequence[DeadLetter]:
        return await self._connections.read(quarantine.newest, self._bot_id, limit)

    async def dead_letter(self, reference: str) -> DeadLetter | None:
        return await self._connections.read(quarantine.find, self._bot_id, reference)

    async def drop_dead_letter(self, reference: str) -> bool:
        return await self._connections.write(quarantine.drop, self._bot_id, reference)

    async def request_replay(self, reference: str) -> bool:
        return await self._connections.write(quarantine.request_replay, self._bot_id, reference)

    async def take_replays(self) -> Sequence[DeadLetter]:
        """Cheap where there is none: nothing is written."""
        if self._due is not None and not await self._due.may(REPLAYS, self._bot_id):
            return ()
        if not await self._connections.read(quarantine.replays_wait, self._bot_id):
            return ()
        return await self._connections.write(quarantine.take_replays, self._bot_id)

    async def keep_authorization(self, authorization: Authorization) -> None:
        async with self._connections.transaction() as transaction:
            await transaction.write(authorizations.keep, self._bot_id, authorization)
            await transaction.write(tickets.drop_of, self._bot_id, authorization.user_id)

    async def authorization(self, user_id: str) -> Authorization | None:
        return await self._connections.read(authorizations.find, self._bot_id, user_id)

    async def drop_authorization(self, user_id: str, grant_id: str) -> bool:
        return await self._connections.write(authorizations.drop, self._bot_id, user_id, grant_id)

    async def disconnect(self, user_id: str) -> bool:
        async with self._connections.transaction() as transaction:
            await transaction.write(tickets.drop_of, self._bot_id, user_id)
            return await transaction.write(authorizations.drop, self._bot_id, user_id)

    async def due_notices(self, now: datetime, limit: int = 100) -> Sequence[Authorization]:
        if self._due is not None and not await self._due.may(NOTICES, self._bot_id):
            return ()
        return await self._connections.read(authorizations.due, self._bot_id, now, limit)

    async def set_notice(self, authorization: Authorization, notice: str, at: datetime | None) -> None:
        await self._connections.write(authorizations.set_notice, self._bot_id, authorization, notice, at)

    async def sealed_with(self) -> Mapping[int, int]:
        return await self._connections.read(seals.counts, self._bot_id)

    async def sealed_example(self, key_number: int) -> tuple[str, bytes] | None:
        return await self._connections.read(seals.example, self._bot_id, key_number)

    async def reseal(self, key_number: int, again: Callable[[str, bytes], bytes], limit: int = 100) -> int:
        return await self._connections.write(seals.renew, self._bot_id, key_number, again, limit)

    async def forget_sealed(self, key_number: int) -> int:
        return await self._connections.write(seals.forget, self._bot_id, key_number)

    async def keep_ticket(self, ticket: Ticket, *, since: datetime, most: int, most_each: int) -> None:
        await self._connections.write(tickets.keep, self._bot_id, ticket, since, most, most_each)

    async def begin_ticket(self, ticket: str, state: str, browser: str, since: datetime) -> Ticket | None:
        return await self._connections.write(tickets.begin, self._bot_id, ticket, state, browser, since)

    async def take_ticket(self, state: str, browser: str, since: datetime) -> Ticket | None:
        return await self._connections.write(tickets.take, self._bot_id, state, browser, since)

    async def counts(self, active_since: datetime) -> Mapping[str, int]:
        counted = await self._connections.read(people.counts, self._bot_id, active_since)
        return counted | {"dead": await self._connections.read(quarantine.count, self._bot_id)}

    async def prune(self, before: datetime) -> int:
        gone = await self._connections.write(marks.prune, self._bot_id, before)
        return gone + await self._connections.write(attempts.prune, self._bot_id, before)
