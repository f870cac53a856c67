"""Broadcasts against a real ledger and a messenger in memory: once for everyone, whatever happens."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from bot.broadcast import Audience, Broadcast, State, message_id_of, with_stop_button
from bot.command import Commands
from bot.errors import Forbidden, NotKept, PartlyRejected, RateLimited, Rejected, Unavailable, Unreachable
from bot.ledger import Line
from bot.message import Buttons, Recall, Text
from bot.outbox import Outbox
from bot.pace import Pace
from bot.receipts import Receipts
from bot.records import Sighting, Store
from bot.sender import Sender, SenderOptions
from bot.services import Services
from bot.steering import Steering, WrongState
from bot.texts import Texts
from bot.users import User
from bot.vitals import Vitals
from tests.conftest import FAST
from tests.fakes import FakePlatform, conversation_of

QUICK = SenderOptions(claim=10, poll_s=0.005)
FAR = 6_000_000
ADMIN = "9f0a0009-0000-4000-8000-000000000009"


def who(number: int) -> str:
    return f"9f0a0001-0000-4000-8000-{number:012x}"


class Held(FakePlatform):
    """A messenger whose answers wait for `gate`, and that says when somebody asks."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.asked = asyncio.Event()

    async def send(self, packed: Sequence[bytes]) -> None:
        self.asked.set()
        await super().send(packed)


class Desk:
    """A store with people, a messenger, and an admin who steers."""

    def __init__(self, store: Store, texts: Texts) -> None:
        self.store, self.ledger, self.texts = store, store.ledger, texts
        self.platform: FakePlatform = Held(batch=5)

    async def people(self, count: int) -> None:
        now = datetime.now(UTC)
        await self.store.meet([Sighting(who(n), conversation_of(who(n)), f"m{n}", now, "en") for n in range(count)])

    @property
    def steering(self) -> Steering:
        return Steering(self.ledger, ADMIN, datetime.now(UTC))

    async def start(self, text: str = "News", audience: Audience | None = None) -> Broadcast:
        draft = await self.steering.draft({"": (Text(text),)}, audience or Audience())
        return await self.steering.start(draft, undo_s=0)

    @asynccontextmanager
    async def sending(
        self, options: SenderOptions = QUICK, platform: FakePlatform | None = None
    ) -> AsyncIterator[None]:
        """A sender at work, until the block ends or it is killed."""
        platform, vitals = self.platform, Vitals()
        services = Services(self.texts, Commands([], self.texts, "mixin"), platform, self.store, vitals)
        sender = Sender(services, Outbox(platform, vitals, FAST, Pace(FAR, cap=FAR)), options)
        task = asyncio.create_task(sender.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def until(self, number: int, *states: State) -> Broadcast:
        """The broadcast, once it is in one of these states."""
        return await eventually(lambda: self.ledger.broadcast(number), lambda found: found.state in states)

    async def lines(self, broadcast: Broadcast) -> list[Line]:
        return list(await self.ledger.report(broadcast.id))

    def received(self) -> list[str]:
        return sorted(item.user_id for item in self.platform.sent.values())


async def eventually(look: Callable[[], Awaitable[Broadcast | None]], good: Callable[[Broadcast], bool]) -> Broadcast:
    async with asyncio.timeout(30):
        while (found := await look()) is None or not good(found):
            await asyncio.sleep(0.005)
        return found


@pytest.fixture
def desk(store: Store, texts: Texts) -> Desk:
    return Desk(store, texts)


async def test_groups_receive_it_once_each_and_nobody_else(desk: Desk) -> None:
    """Said in the groups themselves, to no one person; a group that it has left hears nothing; a recall finds them."""
    groups = [f"11111111-0000-4000-8000-{number:012x}" for number in range(3)]
    began = datetime.now(UTC) - timedelta(days=1)
    await desk.people(5)
    for group in groups:
        await desk.store.groups.join(group, began)
    await desk.store.groups.leave(groups[2], datetime.now(UTC))

    begun = await desk.start(audience=Audience(groups=True))
    assert (await desk.ledger.arithmetic(begun.audience, datetime.now(UTC))).recipients == 2
    async with desk.sending():
        done = await desk.until(begun.number, State.FINISHED)
        assert (done.tally.total, done.tally.sent) == (2, 2)
        sent = list(desk.platform.sent.values())
        assert {one.conversation_id for one in sent} == set(groups[:2])
        assert {one.id for one in sent} == {message_id_of(begun.id, group) for group in groups[:2]}
        recalled = await desk.steering.recall(done)
        await desk.until(recalled.number, State.FINISHED)
    taken_back = [one for one in desk.platform.sent.values() if isinstance(one.content, Recall)]
    assert {one.conversation_id for one in taken_back} == set(groups[:2])


async def test_everyone_receives_it_once(desk: Desk) -> None:
    """All recipients, one copy each, under the id that follows from the broadcast and the person."""
    await desk.people(32)
    begun = await desk.start()
    async with desk.sending():
        finished = await desk.until(1, State.FINISHED)

    assert desk.received() == sorted(who(n) for n in range(32))
    assert set(desk.platform.sent) >= {message_id_of(begun.id, who(n)) for n in range(32)}
    assert (finished.tally.sent, finished.tally.waiting, finished.tally.failed) == (32, 0, 0)
    assert finished.ended_at is not None


async def test_who_does_not_want_it_does_not_get_it_and_it_says_why(desk: Desk) -> None:
    """Unsubscribed before and during, and whoever joined after the start, receive nothing; the sum adds up."""
    await desk.people(20)
    await desk.store.set_subscribed(who(3), subscribed=False)
    arithmetic = await desk.ledger.arithmetic(Audience(), datetime.now(UTC))
    desk.platform.gate.clear()
    begun = await desk.start()
    async with desk.sending():
        await asked(desk)
        await desk.store.set_subscribed(who(19), subscribed=False)
        await desk.store.meet([Sighting(who(50), conversation_of(who(50)), "m", datetime.now(UTC))])
        desk.platform.gate.set()
        finished = await desk.until(1, State.FINISHED)

    assert (arithmetic.total, arithmetic.unsubscribed, arithmetic.recipients) == (20, 1, 19)
    assert desk.received() == sorted(who(n) for n in range(20) if n not in (3, 19))
    assert {line.user_id: line.reason for line in await desk.lines(begun) if line.reason} == {
        who(3): "unsubscribed", who(19): "unsubscribed",
    }  # fmt: skip
    assert (finished.tally.total, finished.tally.sent, finished.tally.skipped) == (20, 18, 2)


async def test_a_sender_that_dies_anywhere_loses_and_doubles_nothing(desk: Desk) -> None:
    """Killed after each request in turn and begun again, until it is finished: one copy for everyone."""
    await desk.people(40)
    begun = await desk.start()
    for _ in range(8):
        async with desk.sending():
            await desk.platform.until_sends(len(desk.platform.sends) + 1)
        if (await desk.ledger.broadcast_by_id(begun.id)).state is State.FINISHED:
            break
    async with desk.sending():
        finished = await desk.until(1, State.FINISHED)

    assert desk.received() == sorted(who(n) for n in range(40))
    assert finished.tally.sent == 40


async def test_two_senders_send_one_copy(desk: Desk) -> None:
    """Of two processes that both believe to be the sender the ledger lets one note results; nobody gets two."""
    await desk.people(60)
    await desk.start()
    async with desk.sending(), desk.sending():
        finished = await desk.until(1, State.FINISHED)

    assert desk.received() == sorted(who(n) for n in range(60))
    assert (finished.tally.sent, finished.tally.total) == (60, 60)


async def test_a_refused_batch_is_halved_until_the_culprit_is_alone(desk: Desk) -> None:
    """One bad recipient fails alone; the neighbours in the batch are sent to."""
    await desk.people(30)
    for n in range(30):
        await desk.store.set_profiles([User(who(n), str(n), "bad" if n == 7 else "good")])
    desk.platform.refuse = {"Hello bad": Rejected("no", code=10002)}
    begun = await desk.start("Hello {name}")
    async with desk.sending(SenderOptions(claim=10, poll_s=0.005, failure_pause_percent=50)):
        finished = await desk.until(1, State.FINISHED)

    assert desk.received() == sorted(who(n) for n in range(30) if n != 7)
    failed = [line for line in await desk.lines(begun) if line.outcome == "failed"]
    assert [(line.user_id, line.reason) for line in failed] == [(who(7), "10002 no")]
    assert (finished.tally.sent, finished.tally.failed) == (29, 1)


async def test_a_missing_conversation_is_created_and_whoever_left_is_skipped(desk: Desk) -> None:
    """403: the conversation is created once; if that does not help the person is skipped, now and next time."""
    await desk.people(6)
    for n in range(6):
        await desk.store.set_profiles([User(who(n), str(n), "gone" if n == 2 else "there")])

    class Leaving(FakePlatform):
        async def reach(self, outgoing: object) -> None:
            self.reached.append("asked")
            raise Forbidden("blocked", code=403)

    desk.platform = Leaving(batch=5, refuse={"Hello gone": Forbidden("no conversation", code=403)})
    begun = await desk.start("Hello {name}")
    async with desk.sending():
        await desk.until(1, State.FINISHED)

    assert [line.reason for line in await desk.lines(begun) if line.outcome == "skipped"] == ["unreachable"]
    assert desk.platform.reached == ["asked"]
    assert (await desk.ledger.arithmetic(Audience(), datetime.now(UTC))).unreachable == 1
    await desk.store.touch({who(2): datetime.now(UTC) + timedelta(seconds=5)})
    assert (await desk.ledger.arithmetic(Audience(), datetime.now(UTC))).unreachable == 0


async def test_who_has_no_device_left_is_unreachable(desk: Desk) -> None:
    """Named by the messenger within a batch, they are skipped; the others have theirs, and nothing is sent twice."""

    class Naming(FakePlatform):
        async def send(self, packed: Sequence[bytes]) -> None:
            await super().send(packed)
            refused: dict[int, Rejected] = {}
            for place, message_id in enumerate(self.sends[-1]):
                item = self.sent[message_id]
                if item.user_id in (who(2), who(7)):
                    refused[place] = Unreachable("no device") if item.user_id == who(2) else Rejected("odd", code=10002)
                    del self.sent[message_id]
            if refused:
                raise PartlyRejected(refused) if len(packed) > 1 else next(iter(refused.values()))

    await desk.people(11)
    desk.platform = Naming(batch=5)
    begun = await desk.start()
    async with desk.sending():
        finished = await desk.until(1, State.FINISHED, State.PAUSED)

    assert {line.user_id: line.reason for line in await desk.lines(begun) if line.outcome != "sent"} == {
        who(2): "unreachable",
        who(7): "10002 odd",
    }
    assert (finished.tally.sent, finished.tally.failed, finished.tally.skipped) == (9, 1, 1)
    assert len(desk.received()) == len(set(desk.received())) == 9
    assert max(Counter(message_id for ids in desk.platform.sends for message_id in ids).values()) == 1


async def test_weather_delays_and_loses_nothing(desk: Desk) -> None:
    """429, unknown outcomes and a database that is away for a moment: everyone gets it once."""
    await desk.people(40)
    desk.platform.failures.extend([RateLimited("slow", code=429, retry_after_s=0.01), Unavailable("502"), None] * 3)
    await desk.start()
    async with desk.sending():
        finished = await desk.until(1, State.FINISHED)

    assert desk.received() == sorted(who(n) for n in range(40))
    assert finished.tally.sent == 40


async def test_a_database_that_fails_after_a_send_is_made_up_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent but not noted is sent again under the same ids, and counted once."""
    await desk.people(30)
    await desk.start()
    settle, failures = type(desk.ledger).settle, iter([True, False, True])

    async def failing(self: object, *args: object) -> bool:
        if next(failures, False):
            raise NotKept("full")
        return bool(await settle(self, *args))  # type: ignore[arg-type]

    monkeypatch.setattr(type(desk.ledger), "settle", failing)
    async with desk.sending():
        finished = await desk.until(1, State.FINISHED)

    assert desk.received() == sorted(who(n) for n in range(30))
    assert (finished.tally.sent, finished.tally.total) == (30, 30)


async def test_pause_and_resume(desk: Desk) -> None:
    """Paused, nothing more is claimed; resumed, it goes on; of two who press at once both see one result."""
    await desk.people(60)
    begun = await desk.start()
    desk.platform.gate.clear()
    async with desk.sending():
        await asked(desk)
        running = await desk.ledger.broadcast_by_id(begun.id)
        both = await asyncio.gather(desk.steering.pause(running, "typo"), desk.steering.pause(running, "typo"))
        desk.platform.gate.set()
        paused = await eventually(lambda: desk.ledger.broadcast_by_id(begun.id), lambda found: found.tally.sent > 0)
        assert [each.state for each in both] == [State.PAUSED] * 2
        assert (paused.reason, paused.actor_id) == ("typo", ADMIN)
        assert 0 < paused.tally.sent <= 10
        await desk.steering.resume(paused)
        await desk.until(1, State.FINISHED)

    assert desk.received() == sorted(who(n) for n in range(60))
    actions = [entry.action for entry in await desk.ledger.audit()]
    assert actions.count("broadcast.pause") == 1


async def test_undone_in_time_nobody_receives_it(desk: Desk) -> None:
    """Cancelled while it counts down: nothing leaves."""
    await desk.people(10)
    draft = await desk.steering.draft({"": (Text("Oops"),)}, Audience())
    counting = await desk.steering.start(draft, undo_s=0.2)
    async with desk.sending():
        cancelled = await desk.steering.cancel(counting)
        await asyncio.sleep(0.3)

    assert cancelled.state is State.CANCELLED
    assert desk.platform.sends == []
    with pytest.raises(WrongState):
        await desk.steering.pause(cancelled)


async def test_too_many_failures_pause_it_by_itself(desk: Desk) -> None:
    """More than the limit fails: it stops, says why, and tells the author."""
    await desk.people(100)
    await desk.store.meet([Sighting(ADMIN, conversation_of(ADMIN), "m-ann", datetime.now(UTC))])
    desk.platform.refuse = {"News": Rejected("bad", code=10002)}
    await desk.steering.set_rate(await desk.start(), 3600)  # thirty take half a second: the next are under way
    async with desk.sending(SenderOptions(claim=60, poll_s=0.005)):
        paused = await desk.until(1, State.PAUSED)
        await eventually_said(desk, "paused by itself")

    assert paused.reason.startswith("failures 100 %")
    assert paused.tally.failed == 60


async def asked(desk: Desk) -> None:
    """Wait until the messenger is asked to send something."""
    assert isinstance(desk.platform, Held)
    async with asyncio.timeout(30):
        await desk.platform.asked.wait()


async def eventually_said(desk: Desk, words: str) -> None:
    async with asyncio.timeout(30):
        while not any(words in text for text in desk.platform.texts()):
            await asyncio.sleep(0.005)


async def test_failed_ones_are_tried_again_alone(desk: Desk) -> None:
    """Retry sends to those that failed, and to nobody else."""
    await desk.people(10)
    for n in range(10):
        await desk.store.set_profiles([User(who(n), str(n), f"n{n}")])
    desk.platform.refuse = {"Hello n4": Rejected("bad", code=10002)}
    await desk.start("Hello {name}")
    async with desk.sending(SenderOptions(poll_s=0.005, failure_pause_percent=50)):
        finished = await desk.until(1, State.FINISHED)
        desk.platform.refuse, before = {}, len(desk.platform.sent)
        _, number = await desk.steering.retry(finished)
        again = await eventually(lambda: desk.ledger.broadcast(1), lambda found: found.tally.sent == 10)

    assert (number, len(desk.platform.sent) - before) == (1, 1)
    assert (again.tally.failed, again.tally.waiting) == (0, 0)


async def test_recall_reaches_exactly_those_it_was_sent_to(desk: Desk) -> None:
    """Everyone who got it gets one recall of exactly that message."""
    await desk.people(12)
    await desk.store.set_subscribed(who(5), subscribed=False)
    begun = await desk.start()
    async with desk.sending():
        finished = await desk.until(1, State.FINISHED)
        recall = await desk.steering.recall(finished)
        await eventually(lambda: desk.ledger.broadcast_by_id(recall.id), lambda found: found.state is State.FINISHED)

    recalled = [item.content.message_id for item in desk.platform.sent.values() if isinstance(item.content, Recall)]
    assert sorted(recalled) == sorted(message_id_of(begun.id, who(n)) for n in range(12) if n != 5)
    assert (await desk.ledger.broadcast_by_id(begun.id)).state is State.RECALLED


async def test_receipts_are_counted_once(desk: Desk) -> None:
    """Delivered and read, in any order and repeated: each recipient counts once, and strangers not at all."""
    await desk.people(4)
    begun = await desk.start()
    receipts = Receipts(desk.ledger)
    await receipts.flush()
    async with desk.sending():
        await desk.until(1, State.FINISHED)
    ids = [message_id_of(begun.id, who(n)) for n in range(4)]
    for message_id, status in [(ids[0], "DELIVERED"), (ids[0], "DELIVERED"), (ids[1], "READ"), (ids[1], "DELIVERED")]:
        receipts.note(message_id, status)
    receipts.note("00000000-0000-4000-8000-000000000000", "READ")
    await receipts.flush()
    receipts.note(ids[0], "READ")
    await receipts.flush()

    tally = (await desk.ledger.broadcast_by_id(begun.id)).tally
    assert (tally.delivered, tally.read) == (2, 2)


async def test_a_time_that_was_missed_pauses_it(desk: Desk) -> None:
    """Scheduled for a time when nobody was there to send: it does not go out late by itself."""
    await desk.people(3)
    draft = await desk.steering.draft({"": (Text("Good morning"),)}, Audience())
    await desk.steering.start(draft, undo_s=0, at=datetime.now(UTC) - timedelta(hours=3))
    async with desk.sending():
        paused = await desk.until(1, State.PAUSED)

    assert (paused.reason, desk.platform.sends) == ("late", [])


async def test_a_test_reaches_those_named_only(desk: Desk) -> None:
    """A test send goes to the people named, even to one who wants no news, and changes nothing of the broadcast."""
    await desk.people(5)
    await desk.store.set_subscribed(who(1), subscribed=False)
    draft = await desk.steering.draft({"": (Text("News"),)}, Audience())
    async with desk.sending():
        test = await desk.steering.test(draft, [who(1)])
        await eventually(lambda: desk.ledger.broadcast_by_id(test.id), lambda found: found.state is State.FINISHED)

    assert desk.received() == [who(1)]
    assert (await desk.ledger.broadcast_by_id(draft.id)).state is State.DRAFT


async def test_whose_name_is_not_known_is_a_friend(desk: Desk) -> None:
    """`{name}` is the name, in the text of each language, or a word that stands for it."""
    await desk.people(2)
    await desk.store.set_profiles([User(who(1), "1", "Ben")])
    await desk.start("Hello, {name}!")
    async with desk.sending():
        await desk.until(1, State.FINISHED)

    assert sorted(desk.platform.texts()) == ["Hello, Ben!", "Hello, friend!"]


async def test_texts_by_language(desk: Desk) -> None:
    """Everybody gets their language, and the fallback where there is none."""
    await desk.people(2)
    await desk.store.set_language(who(1), "zh")
    draft = await desk.steering.draft({"": (Text("Hello"),), "zh": (Text("你好"),)}, Audience())
    await desk.steering.start(draft, undo_s=0)
    async with desk.sending():
        await desk.until(draft.number, State.FINISHED)

    assert {item.user_id: item.content for item in desk.platform.sent.values()} == {
        who(0): Text("Hello"), who(1): Text("你好"),
    }  # fmt: skip


def test_the_stop_button_is_added_once() -> None:
    """Below a text as buttons of their own, into buttons where there is room, and never a second time."""
    once = with_stop_button([Text("News")], "Stop")
    assert isinstance(once[1], Buttons)
    assert with_stop_button(once, "Stop") == once
