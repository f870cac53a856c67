"""Everybody whom the bot knows, as admins see them, and the Protocol of who keeps that: the people of one bot."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.broadcast import Audience
from bot.ledger import AuditEntry
from bot.users import Role
from bot.wire import Value

MAX_TAG = 40
MAX_TAGS = 20
PAGE = 50


class Standing(StrEnum):
    """How it stands between somebody and the news; `never_wrote`: only allowed something by OAuth."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    NEVER_WROTE = "never_wrote"
    CONNECTED = "connected"


class Known(Value, frozen=True):
    """One of them. `scopes` is what they allowed, separated by spaces; who never wrote was never seen."""

    user_id: str
    since: datetime
    identity_number: str = ""
    name: str = ""
    language: str = ""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    subscribed: bool = True
    reachable: bool = True
    blocked: bool = False
    role: Role = Role.NONE
    scopes: str = ""
    tags: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        """Whether news reach them, and otherwise why not."""
        if self.blocked:
            return Standing.BLOCKED
        if not self.subscribed:
            return Standing.UNSUBSCRIBED
        if not self.reachable:
            return Standing.UNREACHABLE
        return Standing.SUBSCRIBED if self.first_seen is not None else Standing.NEVER_WROTE


class RosterQuery(Value, frozen=True):
    """Whom to list. `search` looks at name, number and user id; `standing` is one of `Standing`, or empty."""

    search: str = ""
    language: str = ""
    role: str = ""
    tag: str = ""
    standing: str = ""
    active_days: int = 0


class RosterPage(Value, frozen=True):
    """Who came last stands first. `next` is where the following page begins; empty where there is none."""

    people: tuple[Known, ...]
    next: str = ""


class Roster(Protocol):
    """Every method is one transaction, unless its Store is one already. All raise NotKept."""

    async def page(self, query: RosterQuery, now: datetime, after: str = "", limit: int = PAGE) -> RosterPage: ...

    async def count(self, query: RosterQuery, now: datetime) -> int: ...

    async def known(self, who: str) -> Known | None:
        """Somebody by user id or identity number."""
        ...

    async def all_of(self, user_ids: Sequence[str]) -> Mapping[str, Known]:
        """Those of a few people who are known, by user id."""
        ...

    async def ids_of(self, whos: Sequence[str]) -> Mapping[str, str]:
        """User ids by what names somebody, an id or an identity number; who is not known is left out."""
        ...

    async def languages(self) -> Mapping[str, int]:
        """How many people speak which language, most first; the empty one is unknown."""
        ...

    async def set_blocked(self, user_id: str, blocked: bool, entry: AuditEntry) -> bool:
        """The bot answers nobody who is blocked, and sends them nothing; whether that changed, and is noted."""
        ...

    async def set_subscribed(self, user_id: str, subscribed: bool, entry: AuditEntry) -> bool:
        """In somebody's place; whether that changed."""
        ...

    async def set_muted(self, user_id: str, until: datetime | None, entry: AuditEntry) -> bool:
        """Until then the bot answers them nothing, but for what everybody may always say; whether that changed."""
        ...

    async def silenced(self, now: datetime) -> tuple[frozenset[str], Mapping[str, datetime]]:
        """Who is blocked; and who is muted, with until when."""
        ...

    async def blocked(self) -> frozenset[str]:
        """The user ids of all who are blocked."""
        ...

    async def tag(self, user_ids: Sequence[str], tag: str, entry: AuditEntry) -> int:
        """Give people a tag; how many did not have it, and are known."""
        ...

    async def untag(self, user_ids: Sequence[str], tag: str, entry: AuditEntry) -> int: ...

    async def tags(self) -> Mapping[str, int]:
        """How many people have which tag."""
        ...

    async def forget(self, user_id: str, entry: AuditEntry) -> None:
        """Delete all that is kept of somebody, as `Store.forget`; what is noted names a hash instead of them."""
        ...

    async def gone(self, since: datetime, among: Sequence[str]) -> Sequence[str]:
        """Who of these user ids was forgotten since then."""
        ...

    async def segments(self) -> Mapping[str, Audience]:
        """Audiences that were given a name."""
        ...

    async def keep_segment(self, name: str, audience: Audience, entry: AuditEntry) -> None: ...

    async def drop_segment(self, name: str, entry: AuditEntry) -> bool: ...


def tag_of(text: str) -> str:
    """A tag as it is kept.

    Raises:
        ValueError: It cannot be one.
    """
    tag = text.strip().casefold()
    if not 0 < len(tag) <= MAX_TAG or not all(part.isalnum() for part in tag.replace("_", "-").split("-")):
        raise ValueError(f"{text!r} cannot be a tag: 1 to {MAX_TAG} letters, digits, - and _")
    return tag
