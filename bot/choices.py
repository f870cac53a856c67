"""What people with a role chose in the console or the chat, in the place of settings and texts, and who keeps it.

`broadcast.rate` is a number of messages a minute; `text.LANGUAGE.KEY` is what the bot says instead of its own sentence;
`maintenance` is `on`, or nothing.
"""

import string
from collections.abc import Mapping
from typing import Protocol

from bot.ledger import AuditEntry

RATE = "broadcast.rate"
MAINTENANCE = "maintenance"
TEXT = "text."
EDITABLE = ("start.welcome", "start.again", "media.thanks", "thanks.text")
"""Sentences that may be said otherwise."""
MOST_CHARACTERS = 2_000


class Choices(Protocol):
    """What was chosen for one bot. Both raise NotKept."""

    async def choices(self) -> Mapping[str, str]: ...

    async def choose(self, name: str, value: str, entry: AuditEntry) -> None:
        """Keep it, or with an empty value go back to what the settings say; and note it."""
        ...


def texts_in(choices: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """The chosen sentences by language and key."""
    found: dict[str, dict[str, str]] = {}
    for name, value in choices.items():
        if name.startswith(TEXT):
            language, _, key = name.removeprefix(TEXT).partition(".")
            found.setdefault(language, {})[key] = value
    return found


def placeholders_of(sentence: str) -> frozenset[str]:
    """The names in braces.

    Raises:
        ValueError: A brace is alone, or there is more in them than a name.
    """
    found = set()
    for _, name, form, conversion in string.Formatter().parse(sentence):
        if name is not None:
            if form or conversion or not name.isidentifier():
                raise ValueError(f"{{{name}}} is no name")
            found.add(name)
    return frozenset(found)
