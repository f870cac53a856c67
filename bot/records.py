"""What has to outlive the process, and the Protocol of who keeps it. One `Store` holds the rows of one bot."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from bot.choices import Choices
from bot.entrance import Logins
from bot.groups import Groups
from bot.ledger import Ledger
from bot.message import Message, Outgoing
from bot.roster import Roster
from bot.said import History
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


class Authorization(Value, frozen=True):
    """What somebody allowed the bot. `sealed` is how to prove it, `key_number` the key that it was sealed with.

    `grant_id` is ours, and new with each time of allowing. Scopes are separated by spaces, as granted and as `asked`
    for. `notice` is what the person is to be told at `notice_at`; empty and None when there is nothing to tell. `then`
    is the command that they were asked for, until it is gone on with.
    """

    user_id: str
    grant_id: str
    scope: str
    asked: str
    sealed: bytes
    key_number: int
    granted_at: datetime
    expires_at: datetime
    notice: str = ""
    notice_at: datetime | None = None
    then: str = ""


class Ticket(Value, frozen=True):
    """Somebody was given a link to allow something, at `at`, when they said `then`. `ticket` is the hash of what the
    link bears.
    """

    ticket: str
    user_id: str
    scope: str
    at: datetime
    sealed: bytes
    key_number: int
    then: str = ""


def about_authorization(bot_id: str, user_id: str) -> str:
    """What is sealed in with an authorization, so that it fits no other row."""
    return f"{bot_id}|{user_id}|authorizations.sealed"


def about_ticket(bot_id: str, ticket: str) -> str:
    """What is sealed in with a ticket."""
    return f"{bot_id}|{ticket}|tickets.sealed"


class Store(Protocol):
    """The rows of one bot. Every method is one transaction, unless called on what `transaction()` gives."""

    def transaction(self) -> AbstractAsyncContextManager["Store"]:
        """A Store whose changes become real together when the block ends, or not at all."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The broadcasts, in the same transaction where this is one."""
        ...

    @property
    def logins(self) -> Logins:
        """The ways into the console."""
        ...

    @property
    def groups(self) -> Groups:
        """Groups that the bot is in, in the same transaction where this is one."""
        ...

    @property
    def choices(self) -> Choices:
        """What was chosen in the console."""
        ...

    @property
    def history(self) -> History:
        """What was said, where that is kept."""
        ...

    @property
    def roster(self) -> Roster:
        """Everybody who is known, in the same transaction where this is one."""
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

    async def set_language(self, user_id: str, language: str) -> None:
        """What somebody chose."""
        ...

    async def learn_language(self, user_id: str, language: str) -> None:
        """What seems to be somebody's language, in the place of an earlier guess; a choice stays."""
        ...

    async def set_subscribed(self, user_id: str, subscribed: bool) -> None: ...

    async def export(self, user_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Everything that is kept of somebody, by table; what is sealed is named, and not opened."""
        ...

    async def forget(self, user_id: str) -> None:
        """Delete everything that is kept of somebody, down to the pages of the file; only a hash tells that it was.

        Whoever writes again is new.
        """
        ...

    async def receive(self, snapshot_id: str, message_id: str, user_id: str) -> bool:
        """Note that a transfer was announced by this message; whether it is the first message that did."""
        ...

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

    async def keep_authorization(self, authorization: Authorization) -> None:
        """In the place of an earlier one of the same person; their tickets are used up."""
        ...

    async def authorization(self, user_id: str) -> Authorization | None: ...

    async def drop_authorization(self, user_id: str, grant_id: str) -> bool:
        """Whether it was still there, and is gone now; one that was granted later stays."""
        ...

    async def disconnect(self, user_id: str) -> bool:
        """Delete all that is kept of what somebody allowed, and their tickets; whether they had allowed anything."""
        ...

    async def due_notices(self, now: datetime, limit: int = 100) -> Sequence[Authorization]:
        """Authorizations whose people are to be told something by now."""
        ...

    async def set_notice(self, authorization: Authorization, notice: str, at: datetime | None) -> None:
        """What to tell next, with nothing left to go on with; nothing changes if somebody connected anew meanwhile."""
        ...

    async def sealed_with(self) -> Mapping[int, int]:
        """How many rows were sealed with each key, by its number."""
        ...

    async def sealed_example(self, key_number: int) -> tuple[str, bytes] | None:
        """Something that was sealed with a key: what it is about, and itself."""
        ...

    async def reseal(self, key_number: int, again: Callable[[str, bytes], bytes], limit: int = 100) -> int:
        """Seal rows anew that are sealed with another key than this: `again` turns what a row is about, and what is
        sealed in it, into its new text. Returns how many there were, at most `limit`.
        """
        ...

    async def forget_sealed(self, key_number: int) -> int:
        """Delete what was sealed with a key; returns how many rows went."""
        ...

    async def keep_ticket(self, ticket: Ticket, *, since: datetime, most: int, most_each: int) -> None:
        """Keep a ticket; those from before `since` go, and the oldest beyond `most`, and beyond `most_each` of its
        person.
        """
        ...

    async def begin_ticket(self, ticket: str, state: str, browser: str, since: datetime) -> Ticket | None:
        """Bind a ticket that is not older than `since` to hashes of a state and a browser, in the place of earlier
        ones.
        """
        ...

    async def take_ticket(self, state: str, browser: str, since: datetime) -> Ticket | None:
        """Use a ticket up: it is given out once, to the browser that it is bound to."""
        ...

    async def counts(self, active_since: datetime) -> Mapping[str, int]:
        """`people`, `subscribed`, `active` (seen since then), `new` (first seen since then), `dead`."""
        ...

    async def prune(self, before: datetime) -> int:
        """Delete marks and attempts older than that; returns how many rows went."""
        ...
