"""What waits for a bot is found for many bots by one look, and by each itself where something waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.broadcast import Audience
from bot.choices import RATE
from bot.ledger import AuditEntry
from bot.message import Text
from bot.records import Sighting, Store
from bot.steering import Steering
from bot.store import Database
from bot.store import due as due_module
from bot.store.due import BROADCASTS, NOTICES, REPLAYS, Due
from tests.bot.store.conftest import BOT, NOON
from tests.fakes import ANN, BEN

OTHER = "22222222-0000-4000-8000-000000000002"


class Looks:
    """Connections that only count, and find what they are told to."""

    def __init__(self, *found: tuple[str, str]) -> None:
        self.found = list(found)
        self.asked: list[Sequence[str]] = []

    async def read(self, step: Any, bots: Sequence[str], now: datetime) -> list[tuple[str, str]]:
        self.asked.append(bots)
        return self.found


async def test_one_look_serves_all_bots() -> None:
    """However many ask, and for what, the database is asked once for a while, and then for all of them together."""
    looks = Looks((REPLAYS, "a"))
    due = Due(looks, lambda: NOON)  # type: ignore[arg-type]

    first = [await due.may(kind, "a") for kind in (BROADCASTS, REPLAYS, NOTICES)]
    newcomer = await due.may(BROADCASTS, "b")

    assert first == [False, True, False]
    assert newcomer, "who was not looked for yet looks for themselves"
    assert looks.asked == [["a"]]


async def test_of_many_bots_each_finds_what_is_its_own(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broadcast of one bot is found by that one, on both engines, and by nobody else."""
    monkeypatch.setattr(due_module, "FRESH_S", 0.0)
    one, other = database.bot(BOT, of_many=True), database.bot(OTHER, of_many=True)
    assert await _waiting(one) == await _waiting(other) == 0

    steering = Steering(one.ledger, "cli", NOON)
    await steering.start(await steering.draft({"": (Text("News"),)}, Audience()), undo_s=0)

    assert await _waiting(one) == 1
    assert await _waiting(other) == 0
    assert (await other.take_replays(), await other.due_notices(NOON)) == ((), ())


async def _waiting(store: Store) -> int:
    return len(await store.ledger.due(NOON))


async def test_whom_a_bot_does_not_answer_is_found_for_many_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocked, forgotten, chosen: each of many bots finds its own, on both engines, and nobody else's."""
    monkeypatch.setattr(due_module, "FRESH_S", 0.0)
    one, other = database.bot(BOT, of_many=True), database.bot(OTHER, of_many=True)
    await one.meet([Sighting(ANN, "c", "m", NOON), Sighting(BEN, "c", "m", NOON)])
    assert await _heeded(one) == await _heeded(other) == ((frozenset(), {}), [], {})

    entry = AuditEntry(NOON, "cli", "user.block", ANN)
    await one.roster.set_blocked(ANN, True, entry)
    await one.roster.forget(BEN, entry)
    await one.choices.choose(RATE, "600", entry)

    assert await _heeded(one) == ((frozenset({ANN}), {}), [BEN], {RATE: "600"})
    await one.roster.set_blocked(ANN, False, entry)
    await one.roster.set_muted(ANN, NOON + timedelta(hours=1), entry)
    assert (await _heeded(one))[0] == (frozenset(), {ANN: NOON + timedelta(hours=1)})
    assert await _heeded(other) == ((frozenset(), {}), [], {})


async def _heeded(store: Store) -> tuple[object, object, object]:
    gone = await store.roster.gone(NOON - timedelta(minutes=1), [ANN, BEN])
    return await store.roster.silenced(NOON), list(gone), await store.choices.choices()
