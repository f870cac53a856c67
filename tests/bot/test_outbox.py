import asyncio
from collections.abc import Sequence

import pytest

from bot import outbox as outbox_module
from bot.errors import (
    Forbidden,
    PartlyRejected,
    RateLimited,
    Rejected,
    Unavailable,
    Unclear,
    Unreachable,
)
from bot.message import Message, Outgoing, Text, answer
from bot.outbox import Outbox, OutboxOptions, Parcel, open_outbox
from bot.pace import Pace
from bot.vitals import Vitals
from tests.conftest import FAST
from tests.fakes import ANN, BEN, FakePlatform, said


class Watch:
    """Notes what the outbox tells whoever fills it."""

    def __init__(self) -> None:
        self.settled_ids: list[str] = []
        self.refusals: list[int] = []

    def accepted(self, parcel: Parcel) -> None: ...

    async def refused(self, parcel: Parcel, outgoing: Outgoing, error: Rejected) -> None:
        self.refusals.append(error.code)

    def settled(self, message_ids: Sequence[str]) -> None:
        self.settled_ids.extend(message_ids)


def put(outbox: Outbox, message: Message, *texts: str) -> None:
    outbox.put(outbox.pack(answer(message, texts)))


async def test_acks_after_the_reply_was_accepted() -> None:
    """A message is acknowledged once, and only after its reply went through."""
    platform = FakePlatform()
    platform.failures.extend([Unavailable("503")])
    async with open_outbox(platform, Vitals(), FAST) as outbox:
        message = said("/ping")
        put(outbox, message, "pong")

    assert platform.journal == ["send 1", "send 1", "ack 1"]
    assert platform.acked == [message.id]


async def test_F20_F24_the_same_bytes_are_sent_again() -> None:
    """A request whose outcome is unknown is repeated under the same ids, so the messenger can drop the copy."""
    platform = FakePlatform()
    platform.failures.extend([Unavailable("lost"), Unavailable("500", code=500), Unavailable("7000", code=7000)])
    async with open_outbox(platform, Vitals(), FAST) as outbox:
        put(outbox, said("x"), "a", "b")

    assert len({tuple(ids) for ids in platform.sends}) == 1
    assert len(platform.sends) == 4
    assert platform.texts() == ["a", "b"]


async def test_one_request_takes_a_hundred_messages() -> None:
    """Replies travel in batches of the platform's size, and no larger."""
    platform = FakePlatform()
    platform.gate.clear()
    async with open_outbox(platform, Vitals(), OutboxOptions(requests=1, linger_s=0.0)) as outbox:
        for number in range(250):
            put(outbox, said("x", user_id=ANN, conversation_id=f"c{number}"), str(number))
        platform.gate.set()

    assert [len(ids) for ids in platform.sends] == [100, 100, 50]


async def test_batches_count_bytes() -> None:
    """A batch holds as many messages as fit into the platform's bytes, brackets and commas included."""
    platform = FakePlatform()
    parcel = Outbox(platform, Vitals(), FAST, Pace()).pack(answer(said("x"), ["y" * 500] * 7))
    three = len(b"[" + b",".join(parcel.bodies[:3]) + b"]")
    for limit, batches in ((three, [3, 3, 1]), (three - 1, [2, 2, 2, 1])):
        platform.batch_bytes = limit
        platform.sends.clear()
        async with open_outbox(platform, Vitals(), FAST) as outbox:
            put(outbox, said("x"), *["y" * 500] * 7)

        assert [len(ids) for ids in platform.sends] == batches


async def test_F21_a_refused_batch_is_halved_until_the_culprit_is_alone() -> None:
    """One bad message of 64 costs nobody else theirs, and its sender is still acknowledged."""
    platform = FakePlatform(refuse={"bad": Rejected("10002", code=10002)})
    watch = Watch()
    messages = [said("x", conversation_id=f"c{number}") for number in range(64)]
    async with open_outbox(platform, Vitals(), FAST) as outbox:
        outbox.watcher = watch
        for number, message in enumerate(messages):
            put(outbox, message, "bad" if number == 41 else f"good {number}")

    assert sorted(platform.texts()) == sorted(f"good {number}" for number in range(64) if number != 41)
    assert watch.refusals == [10002]
    assert sorted(watch.settled_ids) == sorted(message.id for message in messages)
    assert len(platform.sends) <= 1 + 2 * 6


async def test_F33_a_missing_conversation_is_created_once() -> None:
    """403 creates the conversation and sends the same message again."""
    platform = FakePlatform(refuse={"hello": Forbidden("no conversation", code=403)})
    message = said("x")
    async with open_outbox(platform, Vitals(), FAST) as outbox:
        put(outbox, message, "hello")

    assert platform.reached == [message.conversation_id]
    assert platform.texts() == ["hello"]
    assert platform.acked == [message.id]


async def test_F32_somebody_who_blocked_the_bot_is_left_alone() -> None:
    """A 403 that stays is final: recorded, acknowledged, not repeated."""
    platform = FakePlatform(refuse={"hello": Forbidden("blocked", code=403)})
    platform.reach = refuse_to_reach  # type: ignore[method-assign]
    watch = Watch()
    async with open_outbox(platform, Vitals(), FAST) as outbox:
        outbox.watcher = watch
        put(outbox, said("x"), "hello")

    assert watch.refusals == [403]
    assert len(platform.sends) == 1
    assert len(platform.acked) == 1


async def refuse_to_reach(outgoing: Outgoing) -> None:
    raise Forbidden("blocked", code=403)


async def test_F18_429_pauses_every_request() -> None:
    """Nothing is sent before the time that the messenger asked for is over."""
    platform = FakePlatform()
    platform.failures.append(RateLimited("slow", retry_after_s=0.2))
    clock = asyncio.get_running_loop().time
    async with open_outbox(platform, Vitals(), FAST) as outbox:
        put(outbox, said("x"), "a")
        await platform.until_sends(1)
        refused_at = clock()
        put(outbox, said("x", user_id=BEN), "b")
        await platform.until_acked(2)

    assert clock() - refused_at >= 0.19
    assert sorted(platform.texts()) == ["a", "b"]


async def test_F22_an_undocumented_refusal_is_tried_five_times() -> None:
    """An unknown code is asked again a few times and then treated as final."""
    platform = FakePlatform(refuse={"odd": Unclear("31337", code=31337)})
    watch = Watch()
    async with open_outbox(platform, Vitals(), FAST) as outbox:
        outbox.watcher = watch
        put(outbox, said("x"), "odd")

    assert len(platform.sends) == 5
    assert watch.refusals == [31337]


async def test_order_is_kept_with_several_requests_in_flight() -> None:
    """Messages of one conversation arrive in order though batches fail and four requests are under way."""
    platform = FakePlatform(batch=3)
    platform.failures.extend([Unavailable("x"), None, Unavailable("x"), None, None, Unavailable("x")])
    async with open_outbox(platform, Vitals(), FAST) as outbox:
        for number in range(40):
            put(
                outbox,
                said("x", conversation_id=f"c{number % 4}", id=f"00000000-0000-4000-8000-{number:012}"),
                str(number),
            )
            await asyncio.sleep(0)

    for conversation in range(4):
        mine = [item for item in platform.sent.values() if item.conversation_id == f"c{conversation}"]
        texts = [int(item.content.text) for item in mine if isinstance(item.content, Text)]
        assert texts == sorted(texts)
        assert len(texts) == 10


async def test_one_slow_batch_delays_no_other_conversation() -> None:
    """While a batch waits for the server, another conversation's replies go out."""
    platform = FakePlatform(batch=1, refuse={"slow": Unavailable("busy")})
    async with open_outbox(platform, Vitals(), OutboxOptions(linger_s=0, retry_s=0.05, retry_cap_s=0.05)) as outbox:
        put(outbox, said("x", conversation_id="c1"), "slow")
        for number in range(20):
            put(outbox, said("x", conversation_id="c2"), str(number))
        async with asyncio.timeout(30):
            while len(platform.sent) < 20:
                platform.changed.clear()
                await platform.changed.wait()
        platform.refuse = {}

    assert platform.texts() == [*map(str, range(20)), "slow"]


async def test_a_lost_acknowledgement_is_repeated() -> None:
    """Acknowledging is tried until the outcome is known; the reply is not sent again for it."""
    platform = FakePlatform()
    platform.ack_failures.extend([Unavailable("timeout"), RateLimited("slow", retry_after_s=0.01)])
    async with open_outbox(platform, Vitals(), FAST) as outbox:
        put(outbox, said("x"), "a")

    assert platform.journal == ["send 1", "ack 1", "ack 1", "ack 1"]


async def test_an_acknowledgement_that_is_refused_costs_no_other() -> None:
    """A batch of acknowledgements is halved like a batch of messages."""
    platform = FakePlatform()
    platform.ack_failures.append(Rejected("10002", code=10002))
    async with open_outbox(platform, Vitals(), OutboxOptions(ack_linger_s=0.01)) as outbox:
        for number in range(8):
            outbox.acknowledge(str(number))

    assert sorted(platform.acked) == list("01234567")


async def test_acknowledgements_share_a_request_as_soon_as_there_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few wait for more, however long that takes; twenty go at once."""
    monkeypatch.setattr(outbox_module, "ACK_LINGER_FIRST_S", 3600.0)
    platform = FakePlatform()
    async with open_outbox(platform, Vitals(), OutboxOptions(ack_linger_s=3600.0)) as outbox:
        for number in range(20):
            outbox.acknowledge(str(number))
            await asyncio.sleep(0)
        await platform.until_acked(20)

    assert platform.journal == ["ack 20"]


async def test_the_end_waits_for_nobody_to_share_an_acknowledgement(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for others is acknowledged at once when the outbox is closed."""
    monkeypatch.setattr(outbox_module, "ACK_LINGER_FIRST_S", 3600.0)
    platform = FakePlatform()
    async with asyncio.timeout(30), open_outbox(platform, Vitals(), OutboxOptions(ack_linger_s=3600.0)) as outbox:
        for number in range(3):
            outbox.acknowledge(str(number))
            await asyncio.sleep(0.01)

    assert platform.journal == ["ack 3"]


async def test_acknowledgements_wait_longer_the_steadier_they_come() -> None:
    """The first goes soon; each that follows waits twice as long for others, up to the limit."""
    platform = FakePlatform()
    clock, waits = asyncio.get_running_loop().time, []
    async with open_outbox(platform, Vitals(), OutboxOptions(ack_linger_s=60.0)) as outbox:
        for number in range(5):
            began = clock()
            outbox.acknowledge(str(number))
            await platform.until_acked(number + 1)
            waits.append(clock() - began)

    assert platform.journal == ["ack 1"] * 5
    assert all(waited > 0.9 * 0.02 * 2**number for number, waited in enumerate(waits))


async def test_nothing_to_say_is_acknowledged_at_once() -> None:
    """A message without replies is acknowledged without a request to send."""
    platform = FakePlatform()
    async with open_outbox(platform, Vitals(), FAST) as outbox:
        put(outbox, said("x"))

    assert platform.journal == ["ack 1"]


async def test_some_of_a_batch_are_refused() -> None:
    """Where the messenger names the culprits, the rest is not sent again, and all messages are acknowledged."""
    watch, vitals = Watch(), Vitals()
    platform = FakePlatform()
    platform.failures.append(PartlyRejected({1: Unreachable("no device"), 3: Rejected("too large", code=10002)}))
    platform.gate.clear()
    async with open_outbox(platform, vitals, FAST) as outbox:
        outbox.watcher = watch
        for number in range(5):
            put(outbox, said(f"{number}", user_id=f"9f0a0001-0000-4000-8000-{number:012}"), f"to {number}")
        platform.gate.set()

    assert len(platform.sends) == 1
    assert (watch.refusals, vitals.accepted, vitals.refused) == ([0, 10002], 3, 2)
    assert len(platform.acked) == 5
