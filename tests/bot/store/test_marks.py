"""Marks keep a command that writes from being run twice; attempts keep a poison message from coming for ever."""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import NotKept
from bot.message import Button, Buttons, Card, Outgoing, Post, Text
from bot.records import Mark, Sighting, Store

from .conftest import NOON, Clock

REPLIES = (
    Outgoing("r1", "c", "u", Text("“hé” 🐘 \0 ' \" \\")),
    Outgoing("r2", "c", "u", Buttons((Button("Go", "input:/go"),)), quote_id="m1"),
    Outgoing("r3", "c", "u", Card("title", "words", buttons=(Button("a", "https://b.example"),))),
    Outgoing("r4", "c", "u", Post("# Hi")),
)


async def test_replies_come_back_as_they_were_kept(store: Store) -> None:
    """A mark holds the replies whole, of every kind, and knows whether they were accepted."""
    assert await store.mark("m1") is None
    await store.keep_mark("m1", REPLIES)
    await store.keep_mark("m2", ())
    assert await store.mark("m1") == Mark(REPLIES, accepted=False)

    await store.mark_accepted(["m1", "m1", "unknown"])

    assert await store.mark("m1") == Mark(REPLIES, accepted=True)
    assert await store.mark("m2") == Mark((), accepted=False)


async def test_T5_a_message_is_marked_once_and_its_transaction_with_it(store: Store) -> None:
    """Whoever marks a message second changes nothing: neither the mark nor anything else of the same transaction."""
    await store.meet([Sighting("anna", "c", "m0", NOON)])
    await store.keep_mark("m1", REPLIES)

    async def run_again() -> None:
        async with store.transaction() as transaction:
            await transaction.set_subscribed("anna", False)
            await transaction.keep_mark("m1", ())

    with pytest.raises(NotKept):
        await run_again()

    assert await store.mark("m1") == Mark(REPLIES, accepted=False)
    assert (await store.counts(NOON))["subscribed"] == 1


async def test_T5_of_many_that_run_a_message_at_once_one_wins(store: Store) -> None:
    """Twenty runs of the same command commit one effect, and every loser can read the winner's replies."""
    outcomes: list[int] = []

    async def run(index: int) -> None:
        try:
            async with store.transaction() as transaction:
                await transaction.begin_attempts([f"effect-{index}"])
                await transaction.keep_mark("m1", [Outgoing(str(index), "c", "u", Text("done"))])
        except NotKept:
            return
        outcomes.append(index)

    await asyncio.gather(*(run(index) for index in range(20)))

    assert len(outcomes) == 1
    mark = await store.mark("m1")
    assert mark is not None
    assert mark.replies[0].id == str(outcomes[0])
    tried = await store.begin_attempts([f"effect-{index}" for index in range(20)])
    assert sum(tried.values()) == 1


async def test_T5_marks_outlive_the_servers_seven_days(store: Store, clock: Clock) -> None:
    """Pruning deletes what is older than it is told, marks and attempts, and nothing younger."""
    await store.keep_mark("old", REPLIES)
    await store.begin_attempts(["old", "older"])
    clock.move(days=1)
    await store.keep_mark("young", REPLIES)
    await store.begin_attempts(["older"])
    clock.move(days=7, seconds=1)

    assert await store.prune(clock.now - timedelta(days=8)) == 2

    assert await store.mark("old") is None
    assert await store.mark("young") is not None
    assert await store.begin_attempts(["old", "older"]) == {"old": 0, "older": 2}


async def test_attempts_are_counted_before_they_begin(store: Store) -> None:
    """Each call counts one more try of each message, and tells how many there were before."""
    assert await store.begin_attempts([]) == {}
    assert await store.begin_attempts(["a", "b", "a"]) == {"a": 0, "b": 0}
    assert await store.begin_attempts(["a", "c"]) == {"a": 1, "c": 0}

    await store.clear_attempts(["a", "unknown"])
    await store.clear_attempts([])

    assert await store.begin_attempts(["a", "b"]) == {"a": 0, "b": 1}


async def test_attempts_of_many_messages(store: Store) -> None:
    """More messages than one SELECT names are counted in one call."""
    many = [f"m{index}" for index in range(1100)]
    await store.begin_attempts(many)

    assert await store.begin_attempts(many) == dict.fromkeys(many, 1)


async def test_concurrent_attempts_are_all_counted(store: Store) -> None:
    """No count is lost between those who try the same messages at the same time."""
    counted = await asyncio.gather(*(store.begin_attempts(["a", "b"]) for _ in range(30)))

    assert sorted(each["a"] for each in counted) == list(range(30))
