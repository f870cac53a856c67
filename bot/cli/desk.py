"""A command's look into the bot's database, and its entry in the audit for what is changed there."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from bot.cli.setup import keystore_of, settings_for_command, store_of
from bot.ledger import AuditEntry
from bot.mixin.keystore import Keystore
from bot.records import Store
from config.settings import Settings

T = TypeVar("T")

ACTOR = "cli"


@dataclass(frozen=True, slots=True)
class Desk:
    """The bot's rows, and what else a command knows of the bot."""

    store: Store
    now: datetime
    settings: Settings
    keystore: Keystore

    def entry(self, action: str, subject: str = "", detail: str = "") -> AuditEntry:
        return AuditEntry(self.now, ACTOR, action, subject, detail)


def at_desk(keystore: str, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Do some work on the rows of the bot that this Keystore is of."""

    async def done() -> T:
        settings = settings_for_command(keystore)
        loaded = keystore_of(settings)
        async with store_of(settings, loaded) as store:
            return await work(Desk(store, datetime.now(UTC), settings, loaded))

    return asyncio.run(done())
