"""Groups that the bot is in, and the Protocol of who remembers them. Nothing in here is of any one person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.wire import Value


class Group(Value, frozen=True):
    """A conversation of several. `name` is empty and `members` 0 while nobody has asked for them."""

    conversation_id: str
    since: datetime
    name: str = ""
    members: int = 0


class Groups(Protocol):
    """Every method is one transaction."""

    async def join(self, conversation_id: str, at: datetime) -> bool:
        """Note that the bot is in there since then, unless it left later; whether that is news."""
        ...

    async def describe(self, conversation_id: str, name: str, members: int) -> None:
        """Note what a group is called and how many are in it; one that is not known is passed over."""
        ...

    async def leave(self, conversation_id: str, at: datetime) -> bool:
        """Note that the bot is no longer in there, unless it came back later; whether that is news."""
        ...

    async def all(self, limit: int = 100) -> Sequence[Group]:
        """Those that the bot is in, the newest first."""
        ...

    async def get(self, conversation_id: str) -> Group | None:
        """One that the bot is in."""
        ...
