"""What waits for whoever runs each bot, asked for all bots of a process at once: a hundred idle ones cost as one."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, literal, or_, select, union

from bot.broadcast import State
from bot.store.database import Connections
from bot.store.tables import Moment, authorizations, broadcasts, choices, dead_letters, people, tombstones

BROADCASTS, REPLAYS, NOTICES = "broadcasts", "replays", "notices"
SILENCED, GONE, CHOICES = "silenced", "gone", "choices"
FRESH_S = 0.4
"""So long one look serves all bots."""
FORGET_S = 60.0
GONE_FOR = timedelta(minutes=5)
"""Longer than anybody needs to hear that somebody was forgotten elsewhere."""

_NOW = bindparam("now", type_=Moment)
_SINCE = bindparam("since", type_=Moment)
_BOTS: BindParameter[Any] = bindparam("bots", expanding=True)
_LOOK = union(
    select(literal(BROADCASTS), broadcasts.c.bot_id).where(
        broadcasts.c.bot_id.in_(_BOTS),
        or_(
            broadcasts.c.state == State.RUNNING,
            and_(broadcasts.c.state.in_((State.COUNTING, State.SCHEDULED)), broadcasts.c.due_at <= _NOW),
        ),
    ),
    select(literal(REPLAYS), dead_letters.c.bot_id).where(dead_letters.c.bot_id.in_(_BOTS), dead_letters.c.replay),
    select(literal(NOTICES), authorizations.c.bot_id).where(
        authorizations.c.bot_id.in_(_BOTS), authorizations.c.notice_at <= _NOW
    ),
    select(literal(SILENCED), people.c.bot_id).where(people.c.bot_id.in_(_BOTS), people.c.blocked),
    select(literal(SILENCED), people.c.bot_id).where(people.c.bot_id.in_(_BOTS), people.c.muted_until.is_not(None)),
    select(literal(GONE), tombstones.c.bot_id).where(tombstones.c.bot_id.in_(_BOTS), tombstones.c.at >= _SINCE),
    select(literal(CHOICES), choices.c.bot_id).where(choices.c.bot_id.in_(_BOTS)),
)


class Due:
    """Says at once where nothing waits; where something may, whoever asks looks for themselves."""

    def __init__(self, connections: Connections, now: Callable[[], datetime]) -> None:
        self._connections = connections
        self._now = now
        self._asked: dict[str, float] = {}
        self._covered: frozenset[str] = frozenset()
        self._found: frozenset[tuple[str, str]] = frozenset()
        self._looked_at = float("-inf")
        self._turn = asyncio.Lock()

    async def may(self, kind: str, bot_id: str) -> bool:
        """Whether something of that kind may wait for a bot.

        Raises:
            NotKept: The database does not answer.
        """
        self._asked[bot_id] = time.monotonic()
        async with self._turn:
            if time.monotonic() - self._looked_at >= FRESH_S:
                await self._look()
        return bot_id not in self._covered or (kind, bot_id) in self._found

    async def _look(self) -> None:
        now = time.monotonic()
        self._asked = {bot_id: at for bot_id, at in self._asked.items() if now - at < FORGET_S}
        bots = frozenset(self._asked)
        self._found = frozenset(await self._connections.read(_waiting, sorted(bots), self._now()))
        self._covered, self._looked_at = bots, time.monotonic()


def _waiting(connection: Connection, bots: Sequence[str], now: datetime) -> list[tuple[str, str]]:
    given = {"bots": bots, "now": now, "since": now - GONE_FOR}
    return [(kind, bot_id) for kind, bot_id in connection.execute(_LOOK, given)]
