"""Who wrote: remembered before the first answer, kept at hand while they write, named in the background."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.collect import Collector
from bot.errors import ServiceError, Unavailable
from bot.message import GroupChange, Message, Text
from bot.platform import Platform
from bot.records import Sighting, Store
from bot.retry import until_kept
from bot.texts import Texts
from bot.users import Person, Role
from bot.vitals import Vitals
from bot.wire import replace

log = structlog.get_logger()

LOOK_UP_BATCH = 100


@dataclass(frozen=True, slots=True)
class PeopleOptions:
    """`at_hand`: people kept in memory; last-seen times are written every `touch_every_s`.

    `introduce_s`: how long an answer in a group waits for who somebody new is.
    """

    at_hand: int = 20_000
    touch_every_s: float = 15.0
    profile_pause_s: float = 1.0
    introduce_s: float = 3.0


class People:
    """The people of one bot."""

    def __init__(self, store: Store, platform: Platform, texts: Texts, vitals: Vitals, options: PeopleOptions) -> None:
        self._store = store
        self._platform = platform
        self._texts = texts
        self._vitals = vitals
        self._options = options
        self._at_hand: OrderedDict[str, Person] = OrderedDict()
        self._seen: dict[str, datetime] = {}
        self._changes = 0
        self._nameless: OrderedDict[str, None] = OrderedDict()
        self._wanted = asyncio.Event()
        self._meet = Collector(self._store_meet, lambda sighting: sighting.user_id)

    def at_hand(self, message: Message) -> Person | None:
        """Who wrote a message, if that is known without asking the database."""
        person = self._at_hand.get(message.user_id)
        if person is not None:
            self._seen[message.user_id] = message.created_at
        return person

    async def meet(self, message: Message) -> Person:
        """Who wrote a message; somebody new is in the database when this returns.

        Who only changed a group wrote nothing, and is not remembered.
        """
        if isinstance(message.content, GroupChange):
            at = message.created_at
            return Person(message.user_id, message.conversation_id, "", at, at)
        changes = self._changes
        person = await self._meet(self._sighting(message))
        if changes == self._changes:
            self._keep(person)
        if not person.name:
            self._want_name(person.user_id)
        self._seen[person.user_id] = message.created_at
        return person

    async def introduce(self, person: Person) -> Person:
        """With number and name, if the messenger tells them at once."""
        try:
            async with asyncio.timeout(self._options.introduce_s):
                user = await self._platform.user(person.user_id)
        except (ServiceError, TimeoutError):
            return person
        return replace(person, identity_number=user.identity_number, name=user.name)

    def forget(self, user_id: str) -> None:
        """Read somebody from the database again next time: what is remembered of them has changed."""
        self._changes += 1
        self._at_hand.pop(user_id, None)

    def remembered(self) -> Sequence[str]:
        """Who is kept in memory."""
        return tuple(self._at_hand)

    async def run(self) -> None:
        """Write last-seen times and fetch names, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run_touch(), name="people.touch")
            tasks.create_task(self._run_names(), name="people.names")

    async def flush(self) -> None:
        """Write last-seen times now; where the database cannot, they are lost, and nothing else is."""
        seen, self._seen = self._seen, {}
        if not seen:
            return
        try:
            await self._store.touch(seen)
        except Unavailable:
            log.warning("people.touch_failed", people=len(seen))

    def _sighting(self, message: Message) -> Sighting:
        language = self._texts.guess(message.content.text) if isinstance(message.content, Text) else ""
        return Sighting(message.user_id, message.conversation_id, message.id, message.created_at, language)

    async def _store_meet(self, sightings: Sequence[Sighting]) -> Mapping[str, Person]:
        unique = {sighting.user_id: sighting for sighting in reversed(sightings)}
        return await until_kept(lambda: self._store.meet(tuple(unique.values())), self._vitals, "people.meet_retry")

    def _keep(self, person: Person) -> None:
        self._at_hand[person.user_id] = person
        if len(self._at_hand) > self._options.at_hand:
            self._at_hand.popitem(last=False)

    def _want_name(self, user_id: str) -> None:
        self._nameless[user_id] = None
        if len(self._nameless) > self._options.at_hand:
            self._nameless.popitem(last=False)
        self._wanted.set()

    async def _run_touch(self) -> None:
        while True:
            await asyncio.sleep(self._options.touch_every_s)
            await self.flush()

    async def _run_names(self) -> None:
        while True:
            await self._wanted.wait()
            await asyncio.sleep(self._options.profile_pause_s)
            batch = [self._nameless.popitem(last=False)[0] for _ in range(min(LOOK_UP_BATCH, len(self._nameless)))]
            if not self._nameless:
                self._wanted.clear()
            try:
                users = await self._platform.users(batch)
                await self._store.set_profiles(users)
            except ServiceError as error:
                log.warning("people.names_failed", people=len(batch), code=error.code)
                continue
            for user in users:
                self.forget(user.id)

    async def admins(self) -> Sequence[str]:
        """User ids of everybody who is told about trouble."""
        roles = await self._store.admins()
        return [user_id for user_id, role in roles.items() if role in (Role.OPERATOR, Role.OWNER)]
