"""What has to outlive the process, and the Protocol of who keeps it. One `Store` holds the rows of one bot."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.message import Message, Outgoing
from bot.users import Person, Role, User
from bot.wire import Value


class Mark(Value, frozen=True):
    """A command that writes was run for this message: its replies, and whether the messenger accepted them."""

    replies: tuple[Outgoing, ...]
    accepted: bool


class DeadLetter(Value, frozen=True):
    """A message that could not be handled; `reference` is the short number that the person was told."""

    reference: str
    message: Message
    command: str
    error: str
    tries: int
    at: datetime


class Sighting(Value, frozen=True):
    """A person wrote: enough to remember somebody new."""

    user_id: str
    conversation_id: str
    message_id: str
    at: datetime
    language: str = ""


class Store(Protocol):
    """The rows of one bot. Every method is one transaction, unless called on what `transaction()` gives."""

    def transaction(self) -> AbstractAsyncContextManager["Store"]:
        """A Store whose changes become real together when the block ends, or not at all."""
        ...

    async def meet(self, sightings: Sequence[Sighting]) -> Mapping[str, Person]:
        """Remember whoever is new; returns everybody named, by user id. `first_message_id` tells who was new."""
        ...

    async def touch(self, last_seen: Mapping[str, datetime]) -> None:
        """Note when people were last seen, by user id; never moves a time backwards."""
        ...

    async def person(self, user_id: str) -> Person | None: ...

    async def set_profiles(self, users: Sequence[User]) -> None:
        """Note number and name of people who are remembered; others are passed over."""
        ...

    async def set_language(self, user_id: str, language: str) -> None: ...

    async def set_subscribed(self, user_id: str, subscribed: bool) -> None: ...

    async def admins(self) -> Mapping[str, Role]:
        """Everybody with a role, by user id."""
        ...

    async def set_role(self, user_id: str, role: Role) -> None:
        """Give a role, or with `Role.NONE` take it."""
        ...

    async def mark(self, message_id: str) -> Mark | None: ...

    async def keep_mark(self, message_id: str, replies: Sequence[Outgoing]) -> None: ...

    async def mark_accepted(self, message_ids: Sequence[str]) -> None: ...

    async def attempts(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        """How many tries are counted for each message; those without any are missing."""
        ...

    async def begin_attempts(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        """Count one more try for each message, kept before the try begins; returns how many there were before."""
        ...

    async def clear_attempts(self, message_ids: Sequence[str]) -> None: ...

    async def quarantine(self, letter: DeadLetter) -> None:
        """Keep a message that could not be handled; the same message again replaces its letter."""
        ...

    async def dead_letters(self, limit: int = 50) -> Sequence[DeadLetter]:
        """Newest first."""
        ...

    async def dead_letter(self, reference: str) -> DeadLetter | None: ...

    async def drop_dead_letter(self, reference: str) -> bool:
        """Whether there was one."""
        ...

    async def request_replay(self, reference: str) -> bool:
        """Ask whoever runs the bot to handle a dead letter once more; whether there was one."""
        ...

    async def take_replays(self) -> Sequence[DeadLetter]:
        """Letters whose replay was requested, each given out once; they stay dead until handled or dropped."""
        ...

    async def counts(self, active_since: datetime) -> Mapping[str, int]:
        """`people`, `subscribed`, `active` (seen since then), `new` (first seen since then), `dead`."""
        ...

    async def prune(self, before: datetime) -> int:
        """Delete marks and attempts older than that; returns how many rows went."""
        ...
