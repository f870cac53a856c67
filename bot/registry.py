"""Which bots one service has, who runs them, and what moved: the values, and the Protocol of who keeps them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.wire import Value, field


class BotOptions(Value, frozen=True, forbid_unknown_fields=True):
    """What one bot has of its own: its name, its first admins, commands that it does `without`, and sentences that it
    says otherwise, by language and key.
    """

    name: str = ""
    admins: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class BotRecord(Value, frozen=True):
    """One bot in the database. `sealed` is its Keystore, and empty for a bot whose Keystore is in a file; `key_number`
    is the key that it was sealed with.
    """

    bot_id: str
    paused: bool
    sealed: bytes
    key_number: int | None
    options: BotOptions | None
    changed_at: datetime


class What(StrEnum):
    """What happened to a bot."""

    TAKEN = "taken"
    STARTED = "started"
    STOPPED = "stopped"
    """It cannot run as it is; the role is kept, so that nobody tries in vain."""
    RELEASED = "released"


class Move(Value, frozen=True):
    """What happened to a bot, where, and why."""

    bot_id: str
    at: datetime
    what: What
    reason: str
    process: str


class ProcessRecord(Value, frozen=True):
    """One process of the service. It lives as long as it holds its lock, whatever the table says. `roles` are the
    patterns of what it may take, separated by spaces.
    """

    number: int
    name: str
    version: str
    roles: str
    started_at: datetime


def about_bot(bot_id: str) -> str:
    """What is sealed in with a Keystore."""
    return f"{bot_id}|{bot_id}|bots.sealed"


class Registry(Protocol):
    """Every method is one transaction, and raises `NotKept` where the database does not do its work."""

    async def bots(self) -> Sequence[BotRecord]:
        """All of them, by id."""
        ...

    async def keep_bot(self, bot_id: str, *, sealed: bytes, key_number: int | None, options: BotOptions | None) -> None:
        """Add a bot, or change the one that is there; whether it is paused stays as it is."""
        ...

    async def pause_bot(self, bot_id: str, paused: bool) -> None:
        """Also one that is not there: its Keystore is in a file then."""
        ...

    async def drop_bot(self, bot_id: str) -> bool:
        """Forget Keystore and options, not what the bot remembers of people; whether it was there."""
        ...

    async def note(self, moves: Sequence[Move]) -> None: ...

    async def moves(self, limit: int = 50, bot_id: str = "") -> Sequence[Move]:
        """Of one bot, or of all of them; newest first."""
        ...

    async def latest(self) -> Mapping[str, Move]:
        """What happened last, by bot."""
        ...

    async def prune_moves(self, before: datetime) -> None: ...

    async def keep_process(self, process: ProcessRecord) -> None: ...

    async def processes(self) -> Sequence[ProcessRecord]: ...

    async def drop_processes(self, numbers: Sequence[int]) -> None: ...
