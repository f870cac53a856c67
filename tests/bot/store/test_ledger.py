"""Broadcasts in the database, on both engines: drafts, approvals, what holds them up, and how fast they went."""

import asyncio
from datetime import timedelta

from bot.broadcast import Audience, Broadcast, Settled, State
from bot.ledger import AuditEntry, rate_of
from bot.message import Text
from bot.records import Sighting, Store
from bot.steering import Steering

from .conftest import NOON, Clock

ANN, BEN = "9f0a0001-0000-4000-8000-000000000001", "9f0a0001-0000-4000-8000-000000000002"


async def begun(store: Store, people: int = 40) -> Broadcast:
    """A frozen broadcast to so many people."""
    await store.meet([Sighting(f"{ANN[:-4]}{n:04x}", "c", f"m{n}", NOON) for n in range(people)])
    steering = Steering(store.ledger, ANN, NOON + timedelta(seconds=1))
    one = await steering.start(await steering.draft({"": (Text("News"),)}, Audience()), undo_s=0)
    await store.ledger.move(
        one.id, (State.COUNTING,), {"state": State.RUNNING}, AuditEntry(NOON, "", "broadcast.running")
    )
    while not await store.ledger.freeze(one):
        pass
    return await store.ledger.broadcast_by_id(one.id)


async def test_a_draft_goes_through_its_life(store: Store) -> None:
    """Changed, tested, agreed to by somebody else, changed again, which takes that back, and dropped."""
    steering, other = Steering(store.ledger, ANN, NOON), Steering(store.ledger, BEN, NOON)
    draft = await steering.draft({"": ()}, Audience(), NOON + timedelta(days=1))
    assert (await store.ledger.tested_at(draft.id), draft.due_at) == (None, NOON + timedelta(days=1))
    await steering.test(draft, [ANN])
    assert await store.ledger.tested_at(draft.id) == NOON
    assert (await other.approve(draft)).approver_id == BEN
    changed = await steering.redraft(draft, {"": (Text("Other"),)}, Audience(tag="vip", joined_after=NOON))
    assert (changed.approver_id, changed.due_at, changed.saved_at) == ("", None, NOON)
    assert changed.audience == Audience(tag="vip", joined_after=NOON)
    await steering.drop(changed)
    assert await store.ledger.broadcasts() == []


async def test_what_holds_it_up_and_how_fast_it_went(store: Store, clock: Clock) -> None:
    """The reason and its end are there for every process, from whoever sends now; ten seconds are one step of pace."""
    one = await begun(store)
    old = await store.ledger.take(one.id)
    fence = await store.ledger.take(one.id)
    until = NOON + timedelta(seconds=3)
    await store.ledger.hold(one.id, old, "500", until)
    assert (await store.ledger.broadcast_by_id(one.id)).hold == ""
    await store.ledger.hold(one.id, fence, "429", until)
    held = await store.ledger.broadcast_by_id(one.id)
    assert (held.hold, held.hold_until) == ("429", until)
    await store.ledger.hold(one.id, fence)
    assert (await store.ledger.broadcast_by_id(one.id)).hold == ""

    for _ in range(4):
        claimed = await store.ledger.claim(one.id, fence, 10)
        assert claimed
        await store.ledger.settle(one.id, fence, Settled(claimed, {}, {}))
        clock.move(seconds=5)
    pace = await store.ledger.pace(one.id)
    assert [sent for _, sent in pace] == [20, 20]
    assert rate_of(pace, NOON + timedelta(seconds=20)) == 119
    assert rate_of(pace, NOON + timedelta(hours=1)) == 0


async def test_T26_many_write_the_audit_at_once_and_it_holds_together(store: Store) -> None:
    """However many note something at the same time, each entry follows one other."""
    await asyncio.gather(*(store.ledger.note(AuditEntry(NOON, "cli", "user.tag", str(n))) for n in range(25)))

    assert await store.ledger.audit_broken() == 0
    assert sorted(int(each.subject) for each in await store.ledger.audit(50)) == list(range(25))


async def outcomes(store: Store, one: Broadcast) -> str:
    """The first letter of each row's outcome, in order: `s`ent, s`e`nding, `w`aiting, `f`ailed, s`k`ipped."""
    letters = {"sent": "s", "sending": "e", "waiting": "w", "failed": "f", "skipped": "k"}
    return "".join(letters[line.outcome] for line in await store.ledger.report(one.id))


async def test_the_place_in_the_list_says_what_became_of_most(store: Store) -> None:
    """Claimed, settled, taken over and tried again, each row is what it should be, and the counts add up."""
    ledger = store.ledger
    one = await begun(store, 12)
    fence = await ledger.take(one.id)
    first, second = await ledger.claim(one.id, fence, 4), await ledger.claim(one.id, fence, 4)
    assert first
    assert second
    assert await outcomes(store, one) == "eeeeeeeewwww"
    assert await ledger.settle(one.id, fence, Settled(first, {2: "500 Boom"}, {3: "unreachable"}))
    assert await outcomes(store, one) == "sfkseeeewwww"

    fence = await ledger.take(one.id)
    assert await outcomes(store, one) == "sfkswwwwwwww"
    assert not await ledger.settle(one.id, fence - 1, Settled(second, {}, {}))
    rest = await ledger.claim(one.id, fence, 9)
    assert rest
    assert [each.seq for each in rest] == list(range(5, 13))
    assert await ledger.settle(one.id, fence, Settled(rest, {}, {}))
    assert await ledger.claim(one.id, fence, 9) == []

    assert await ledger.retry(one.id, "", AuditEntry(NOON, "", "broadcast.retry")) == 1
    assert await outcomes(store, one) == "swksssssssss"
    again = await ledger.claim(one.id, fence, 9)
    assert again
    assert [(each.seq, each.again) for each in again] == [(2, True)]
    assert await outcomes(store, one) == "seksssssssss"
    fence = await ledger.take(one.id)
    assert await outcomes(store, one) == "swksssssssss"
    again = await ledger.claim(one.id, fence, 9)
    assert again
    assert await ledger.settle(one.id, fence, Settled(again, {}, {}))
    assert await outcomes(store, one) == "ssksssssssss"
    tally = (await ledger.broadcast_by_id(one.id)).tally
    assert (tally.total, tally.sent, tally.failed, tally.skipped) == (12, 11, 0, 1)


async def test_who_is_forgotten_while_a_message_is_on_its_way_gets_no_second_one(store: Store) -> None:
    """Whoever takes over finds a row without a name; who waited is skipped at once, and the sums stay right."""
    ledger = store.ledger
    one = await begun(store, 4)
    claimed = await ledger.claim(one.id, await ledger.take(one.id), 2)
    assert claimed
    await store.forget(claimed[1].user_id)
    await store.forget((await ledger.report(one.id))[3].user_id)
    assert await outcomes(store, one) == "eewk"

    claimed = await ledger.claim(one.id, fence := await ledger.take(one.id), 9)
    assert claimed
    assert [(each.seq, each.skip) for each in claimed] == [(1, ""), (2, "forgotten"), (3, "")]
    assert await ledger.settle(one.id, fence, Settled(claimed, {}, {2: "forgotten"}))
    tally = (await ledger.broadcast_by_id(one.id)).tally
    assert (tally.total, tally.sent, tally.skipped, tally.waiting) == (4, 2, 2, 0)


async def test_whose_data_is_exported_sees_what_became_of_each_message(store: Store) -> None:
    """Also where only the place in the list says so."""
    one = await begun(store, 2)
    claimed = await store.ledger.claim(one.id, fence := await store.ledger.take(one.id), 9)
    assert claimed
    await store.ledger.settle(one.id, fence, Settled(claimed, {}, {}))

    (row,) = (await store.export(claimed[0].user_id))["recipients"]
    assert (row["outcome"], row["message_id"]) == ("sent", claimed[0].message_id)
