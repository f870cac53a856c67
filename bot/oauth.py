"""The way of a person through the browser, from the button in the chat to what they allowed, and back.

A link that the bot gave to somebody leads to `begin`; where Mixin sends the browser afterwards leads to `complete`.
Each of the two is asked with what the browser brings, and believes none of it.
"""

from enum import StrEnum
from typing import NamedTuple, Protocol


class Departure(NamedTuple):
    """Where to send the browser, and the secret that it has to bring back."""

    url: str
    browser: str


class Outcome(StrEnum):
    """What came of it; the value is the name of the page that says so."""

    CONNECTED = "connected"
    DECLINED = "declined"
    STALE = "stale"
    """The link or the state was used before, is too old, never was, or belongs to another browser: nothing changed."""
    OTHER = "other"
    """Somebody else agreed than the one who was given the link: nothing changed."""
    FAILED = "failed"


class Doorway(Protocol):
    """One bot's way through the browser. Both raise `NotKept` where the database does not do its work."""

    async def begin(self, ticket: str) -> Departure | None:
        """Set out with what the link bears; nothing for a link that leads nowhere any more."""
        ...

    async def complete(self, browser: str, state: str, code: str, *, declined: bool, language: str = "") -> Outcome:
        """Come back, with the secret of the browser and what Mixin added to the address.

        `language` is what the browser prefers of what the bot speaks: whoever connected is answered in it from now on,
        unless they chose another one.
        """
        ...


class Gate(Protocol):
    """Has Mixin say who somebody is, and keeps nothing of it."""

    @property
    def origin(self) -> str:
        """Where the page of Mixin is that asks people."""
        ...

    def address(self, state: str, verifier: str) -> str:
        """Where to send the browser."""
        ...

    async def who(self, code: str, verifier: str) -> str:
        """The user id behind a code; empty where Mixin does not say it."""
        ...
