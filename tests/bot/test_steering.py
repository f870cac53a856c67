"""What admins may do with broadcasts, and what one of them may not do alone, against a real ledger."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.broadcast import Audience, Broadcast, State
from bot.message import Text
from bot.records import Sighting, Store
from bot.steering import Limits, NotAlone, SentBefore, Steering, TooManyToday, WrongState

ANN, BEN = "9f0a0001-0000-4000-8000-000000000001", "9f0a0001-0000-4000-8000-000000000002"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def crowd(store: Store, count: int) -> None:
    await store.meet([Sighting(f"{ANN[:-4]}{n:04x}", "c", f"m{n}", NOW - timedelta(days=1)) for n in range(count)])


def steering(store: Store, actor_id: str = ANN, limits: Limits | None = None, **later: float) -> Steering:
    return Steering(store.ledger, actor_id, NOW + timedelta(**later), limits)


async def drafted(store: Store, text: str = "News", actor_id: str = ANN) -> Broadcast:
    return await steering(store, actor_id).draft({"": (Text(text),)}, Audience())


async def test_T26_a_second_broadcast_within_the_limit_is_refused(store: Store) -> None:
    """One admin begins so many in 24 hours; another one still may, and so may the first a day later."""
    await crowd(store, 3)
    one, two, three = [await drafted(store, text) for text in ("one", "two", "three")]
    once = Limits(per_day=1)
    await steering(store, limits=once).start(one, undo_s=10)
    with pytest.raises(TooManyToday):
        await steering(store, limits=once, hours=1).start(two, undo_s=10)

    assert (await store.ledger.broadcast_by_id(two.id)).state is State.DRAFT
    assert (await steering(store, BEN, once).start(two, undo_s=10)).state is State.COUNTING
    assert (await steering(store, limits=once, hours=25).start(three, undo_s=10)).state is State.COUNTING


async def test_T26_many_people_need_two_admins(store: Store) -> None:
    """Above the limit nobody sends alone what they wrote; whoever changes the draft afterwards is its author."""
    await crowd(store, 5)
    limits = Limits(second_admin_over=4)
    draft = await drafted(store)
    with pytest.raises(NotAlone):
        await steering(store, limits=limits).start(draft, undo_s=10)
    with pytest.raises(NotAlone):
        await steering(store).approve(draft)
    agreed = await steering(store, BEN).approve(draft)
    changed = await steering(store, BEN).redraft(agreed, {"": (Text("Buy this"),)}, Audience())

    assert (changed.author_id, changed.approver_id) == (BEN, "")
    with pytest.raises(NotAlone):
        await steering(store, BEN, limits).start(changed, undo_s=10)
    agreed = await steering(store, ANN).approve(changed)
    begun = await steering(store, BEN, limits).start(agreed, undo_s=10)
    assert begun.state is State.COUNTING
    assert [each.action for each in await store.ledger.audit(3)] == [
        "broadcast.start", "broadcast.approve", "broadcast.approve",
    ]  # fmt: skip
    with pytest.raises(WrongState):
        await steering(store, ANN).approve(begun)


async def test_T26_a_small_broadcast_needs_nobody_else(store: Store) -> None:
    """Up to the limit one admin is enough, and so is whoever begins what somebody else wrote."""
    await crowd(store, 4)
    draft = await drafted(store)
    assert await steering(store, limits=Limits(second_admin_over=4)).start(draft, undo_s=1)
    other = await drafted(store, "Other")
    assert await steering(store, BEN, Limits(second_admin_over=1)).start(other, undo_s=1)


async def test_T26_whoever_undoes_in_time_has_sent_to_nobody(store: Store) -> None:
    """Cancelled while it counts down, it never freezes an audience."""
    await crowd(store, 4)
    begun = await steering(store).start(await drafted(store), undo_s=10)
    cancelled = await steering(store, seconds=9).cancel(begun)

    assert (cancelled.state, cancelled.tally.total, cancelled.frozen) == (State.CANCELLED, 0, False)
    assert await store.ledger.due(NOW + timedelta(hours=1)) == []


async def test_F50_the_same_twice_is_asked_about(store: Store) -> None:
    """The same words to the same people within a day name the first one; a wink, and they are sent again."""
    await crowd(store, 2)
    first = await steering(store).start(await drafted(store), undo_s=10)
    second = await drafted(store)
    with pytest.raises(SentBefore) as refused:
        await steering(store, BEN).start(second, undo_s=10)

    assert refused.value.broadcast.number == first.number
    assert (await steering(store, BEN).start(second, undo_s=10, again=True)).state is State.COUNTING
    third = await drafted(store)
    assert (await steering(store, days=2).start(third, undo_s=10)).state is State.COUNTING


async def test_F50_pressed_twice_it_begins_once(store: Store) -> None:
    """The same draft begun again stays what it is, with one line in the audit."""
    await crowd(store, 2)
    draft = await drafted(store)
    begun = await steering(store).start(draft, undo_s=10)
    again = await steering(store, BEN).start(begun, undo_s=99)

    assert again == begun
    assert [each.action for each in await store.ledger.audit()].count("broadcast.start") == 1


async def test_a_draft_is_changed_and_dropped_only_while_it_is_one(store: Store) -> None:
    """Its words, audience and time change in place; once begun, nothing of it does."""
    draft = await drafted(store)
    at = NOW + timedelta(days=3)
    changed = await steering(store, minutes=1).redraft(draft, {"": (Text("Other"),)}, Audience(language="zh"), at)
    assert (changed.number, changed.contents[""], changed.due_at) == (draft.number, (Text("Other"),), at)
    assert (changed.audience.language, changed.saved_at) == ("zh", NOW + timedelta(minutes=1))

    begun = await steering(store).start(changed, undo_s=10)
    with pytest.raises(WrongState):
        await steering(store).redraft(begun, {"": (Text("Third"),)}, Audience())
    with pytest.raises(WrongState):
        await steering(store).drop(begun)
    other = await drafted(store, "gone")
    await steering(store).drop(other)
    assert await store.ledger.broadcast(other.number) is None
