"""Keeps what is said between the bot and people, for as long as the settings say; in batches, beside the straight path.

What does not fit into the buffer while the database is away is not kept, and disturbs nobody.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from bot.errors import Unavailable
from bot.message import Card, Content, Message, Outgoing, Post, Text
from bot.records import Store
from bot.said import Said

log = structlog.get_logger()

MOST_WAITING = 10_000
MOST_CHARACTERS = 4_000
BATCH = 500
PRUNE_EVERY_S = 3600.0


class Remembering:
    """`days` is how long it is kept."""

    def __init__(self, store: Store, days: float, *, every_s: float = 1.0) -> None:
        self._store = store
        self._days = days
        self._every_s = every_s
        self._waiting: deque[Said] = deque(maxlen=MOST_WAITING)

    def note(self, message: Message, replies: Sequence[Outgoing]) -> None:
        """Somebody wrote this to the bot, and is answered so; what is said in groups is not kept."""
        if not message.direct:
            return
        user_id, now = message.user_id, datetime.now(UTC)
        self._waiting.append(_said(user_id, message.id, message.created_at, message.content, ours=False))
        for each in replies:
            self._waiting.append(_said(user_id, each.id, now, each.content, ours=True))

    async def run(self) -> None:
        """Write what waits, and delete what is old, until cancelled."""
        pruned_at = 0.0
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.flush()
                if time.monotonic() - pruned_at > PRUNE_EVERY_S:
                    pruned_at = time.monotonic()
                    await self._store.history.prune_said(datetime.now(UTC) - timedelta(days=self._days))
            except Unavailable:
                log.warning("history.not_kept", waiting=len(self._waiting))

    async def end(self) -> None:
        """Write what is left, as far as the database takes it."""
        with suppress(Unavailable):
            await self.flush()

    async def flush(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                await self._store.history.keep_said(batch)
            except Unavailable:
                self._waiting.extendleft(reversed(batch))
                raise


def _said(user_id: str, message_id: str, at: datetime, content: Content, *, ours: bool) -> Said:
    return Said(user_id, message_id, at, ours, type(content).__name__.lower(), text_of(content)[:MOST_CHARACTERS])


def text_of(content: Content) -> str:
    """What can be shown of a content as text."""
    if isinstance(content, Text):
        return content.text
    if isinstance(content, Post):
        return content.markdown
    return f"{content.title}\n{content.description}" if isinstance(content, Card) else ""
