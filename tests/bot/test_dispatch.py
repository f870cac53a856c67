import asyncio
import time

from bot.command import command
from bot.context import Context
from bot.dispatch import DispatchOptions
from bot.errors import Unavailable
from bot.flood import Flood
from bot.message import Message
from bot.outbox import OutboxOptions
from tests.conftest import OpenBot, Setting
from tests.fakes import ANN, BEN, said


@command("echo")
async def echo(ctx: Context) -> str:
    return ctx.rest


async def test_replies_come_in_the_order_of_the_messages(open_bot: OpenBot) -> None:
    """Within a conversation nothing overtakes anything, though handlers take different times."""

    @command("nap")
    async def nap(ctx: Context) -> str:
        await asyncio.sleep(0.02 if int(ctx.rest) % 2 else 0)
        return ctx.rest

    async with open_bot(nap) as bot:
        await bot.hear(*(said(f"/nap {number}") for number in range(10)))

    assert bot.platform.texts() == [str(number) for number in range(10)]


async def test_one_slow_conversation_delays_no_other(open_bot: OpenBot) -> None:
    """Ben is answered while Ann's handler still runs."""
    free = asyncio.Event()

    @command("wait")
    async def wait(ctx: Context) -> str:
        await free.wait()
        return "done"

    async with open_bot(wait, echo) as bot:
        await bot.dispatcher.submit(said("/wait", user_id=ANN))
        await bot.dispatcher.submit(said("/echo queued", user_id=ANN))
        await bot.hear(said("/echo hello", user_id=BEN))
        assert bot.platform.texts() == ["hello"]
        free.set()
        await bot.platform.until_acked(3)

    assert bot.platform.texts() == ["hello", "done", "queued"]


async def test_F12_a_message_in_flight_is_not_handled_twice(open_bot: OpenBot) -> None:
    """A repetition that arrives while the first is at work changes nothing."""
    free, runs = asyncio.Event(), 0

    @command("once")
    async def once(ctx: Context) -> str:
        nonlocal runs
        runs += 1
        await free.wait()
        return "answer"

    async with open_bot(once) as bot:
        message = said("/once")
        await bot.dispatcher.submit(message)
        await bot.dispatcher.submit(message)
        free.set()
        await bot.platform.until_acked(1)

    assert runs == 1
    assert bot.platform.texts() == ["answer"]
    assert bot.services.vitals.repeated == 1


async def test_F12_F49_a_finished_message_is_only_acknowledged_again(open_bot: OpenBot) -> None:
    """A reply known to be accepted is never posted again while the process lives."""
    async with open_bot(echo) as bot:
        message = said("/echo a")
        await bot.hear(message)
        await bot.hear(message)

    assert len(bot.platform.sends) == 1
    assert bot.platform.acked == [message.id, message.id]


async def test_F10_a_full_house_stops_the_reader(open_bot: OpenBot) -> None:
    """`submit` waits while too much is unacknowledged, so the socket is not read."""
    setting = Setting(dispatch=DispatchOptions(in_flight=3))
    setting.platform.gate.clear()
    async with open_bot(echo, setting=setting) as bot:
        for number in range(3):
            await bot.dispatcher.submit(said(f"/echo {number}", conversation_id=f"c{number}"))
        fourth = asyncio.create_task(bot.dispatcher.submit(said("/echo 3", conversation_id="c3")))
        await bot.platform.until_sends(0)
        for _ in range(20):
            await asyncio.sleep(0)
        assert not fourth.done()
        setting.platform.gate.set()
        await fourth
        await bot.platform.until_acked(4)

    assert sorted(bot.platform.texts()) == ["0", "1", "2", "3"]


async def test_T14_one_notice_for_a_flood(open_bot: OpenBot) -> None:
    """Sixty messages in ten seconds: the allowed ones are answered, one notice, the rest acknowledged in silence."""
    now = time.time()
    setting = Setting(flood=Flood(30, 20))
    async with open_bot(echo, setting=setting) as bot:
        await bot.hear(*(said(f"/echo {number}", at=now + number / 6) for number in range(60)))
        await bot.hear(said("/echo from ben", user_id=BEN, at=now))

    texts = bot.platform.texts()
    answered = [int(text) for text in texts if text.isdigit()]
    assert answered[:20] == list(range(20))
    assert 20 <= len(answered) <= 25
    assert answered == sorted(answered)
    assert len([text for text in texts if "a bit fast" in text]) == 1
    assert "from ben" in texts
    assert len(bot.platform.acked) == 61


async def test_a_backlog_is_not_a_flood(open_bot: OpenBot) -> None:
    """Fifty messages written over two days are all answered, though they arrive at once."""
    then = time.time() - 2 * 86400
    setting = Setting(flood=Flood(30, 20))
    async with open_bot(echo, setting=setting) as bot:
        await bot.hear(*(said(f"/echo {number}", at=then + 3000 * number, backlog=True) for number in range(50)))

    assert bot.platform.texts() == [str(number) for number in range(50)]


async def test_old_messages_are_left_unanswered_if_so_set(open_bot: OpenBot) -> None:
    """Older than the backlog age: acknowledged and counted, not answered."""
    setting = Setting(dispatch=DispatchOptions(backlog_age_s=3600))
    async with open_bot(echo, setting=setting) as bot:
        await bot.hear(said("/echo old", at=time.time() - 7200, backlog=True), said("/echo new"))

    assert bot.platform.texts() == ["new"]
    assert bot.services.vitals.expired == 1


async def test_F40_what_waits_at_the_end_stays_with_the_messenger(open_bot: OpenBot) -> None:
    """Leaving finishes what has begun and acknowledges it; what has not begun is not acknowledged."""
    free, begun = asyncio.Event(), asyncio.Event()

    @command("wait")
    async def wait(ctx: Context) -> str:
        begun.set()
        await free.wait()
        return "done"

    first, second = said("/wait"), said("/wait")
    async with open_bot(wait) as bot:
        await bot.dispatcher.submit(first)
        await bot.dispatcher.submit(second)
        await begun.wait()
        bot.dispatcher.close()
        free.set()

    assert bot.platform.acked == [first.id]


async def test_lanes_leave_nothing_behind(open_bot: OpenBot) -> None:
    """After a thousand conversations there is no lane, and the memory of finished messages is bounded."""
    setting = Setting(dispatch=DispatchOptions(finished=100), outbox=OutboxOptions(linger_s=0.001))
    async with open_bot(echo, setting=setting) as bot:
        messages: list[Message] = [said("/echo x", conversation_id=f"c{number}") for number in range(1000)]
        await bot.hear(*messages)
        bot.dispatcher.observe()
        assert bot.services.vitals.in_flight == 0
        assert bot.services.vitals.oldest_at is None
        assert bot.outbox.depth == 0
        assert len(bot.dispatcher._lanes) == 0
        assert len(bot.dispatcher._finished | bot.dispatcher._finished_before) <= 200


async def test_the_messenger_away_for_a_while_loses_nothing(open_bot: OpenBot) -> None:
    """While nothing can be sent nothing is acknowledged; afterwards each message has one answer."""
    setting = Setting()
    setting.platform.failures.extend([Unavailable("away")] * 30)
    async with open_bot(echo, setting=setting) as bot:
        await bot.hear(*(said(f"/echo {number}", conversation_id=f"c{number}") for number in range(20)))

    assert sorted(bot.platform.texts(), key=int) == [str(number) for number in range(20)]
    assert len(bot.platform.acked) == 20
