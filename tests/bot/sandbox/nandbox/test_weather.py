"""Faults on nandbox's wire: nandbox.md 13."""

import asyncio
from collections import Counter

import pytest

from bot.sandbox import Sandbox
from tests.bot.sandbox.nandbox.client import Client, connected, logged_in

NADIA = "90089584000000899"


async def test_a_login_can_be_refused(sandbox: Sandbox) -> None:
    """Once; the next one is let in."""
    sandbox.faults.add("nandbox_unauthorized", count=1)
    async with connected(sandbox) as bot:
        assert await bot.log_in(sandbox.nandbox.token) == {"error": 199999}
        assert await bot.rest() == []
    async with logged_in(sandbox) as bot:
        assert await bot.ask("PING") == {"method": "PONG"}


async def test_the_line_is_cut_after_so_many_frames(sandbox: Sandbox, bot: Client) -> None:
    """Without a close frame, in the middle of whatever it was."""
    sandbox.faults.add("nandbox_cut", value=3, count=1)
    for _ in range(10):
        await bot.send({"method": "PING"})

    assert await bot.rest() == [{"method": "PONG"}] * 3
    assert bot.code == 1006
    assert sandbox.faults.view() == []


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011])
async def test_the_line_is_closed_with_a_code(sandbox: Sandbox, bot: Client, code: int) -> None:
    """In place of an answer."""
    sandbox.faults.add("nandbox_close", value=code)
    await bot.send({"method": "getUser", "user_id": NADIA})

    assert await bot.rest() == []
    assert bot.code == code


async def test_an_error_frame_in_place_of_an_answer_leaves_the_line(sandbox: Sandbox, bot: Client) -> None:
    """Of the code that was chosen, for the method that was named."""
    sandbox.faults.add("nandbox_error", value=160024, path="/nandbox/api/getUser", count=1)
    assert (await bot.ask("getMyProfiles"))["method"] == "myProfile"
    assert await bot.ask("getUser", user_id=NADIA) == {"error": 160024}
    assert (await bot.ask("getUser", user_id=NADIA))["method"] == "userDetails"


async def test_silence_is_no_answer_and_nothing_else(sandbox: Sandbox, bot: Client) -> None:
    """The requests behind it are answered."""
    sandbox.faults.add("nandbox_silence", path="*/getUser")
    assert await bot.is_silent_after({"method": "getUser", "user_id": NADIA})


async def test_a_slow_answer_holds_back_what_is_behind_it(sandbox: Sandbox, bot: Client) -> None:
    """In the order in which they were asked."""
    sandbox.faults.add("nandbox_delay", value=0.2, count=1)
    began = asyncio.get_running_loop().time()
    await bot.send({"method": "getUser", "user_id": NADIA})
    first, second = await bot.ask("PING"), await bot.get()

    assert (first["method"], second["method"]) == ("userDetails", "PONG")
    assert asyncio.get_running_loop().time() - began >= 0.2


async def test_parts_of_an_answer_can_be_missing(sandbox: Sandbox, bot: Client) -> None:
    """The reference, its value, the app."""
    wanted = await bot.ask("getUser", user_id=NADIA, reference=1)
    for kind, missing in (("nandbox_no_reference", "reference"), ("nandbox_no_app_id", "app_id")):
        sandbox.faults.add(kind, count=1)
        answer = await bot.ask("getUser", user_id=NADIA, reference=1)
        assert answer == {name: value for name, value in wanted.items() if name != missing}
    sandbox.faults.add("nandbox_null_reference", count=2)
    assert await bot.ask("getUser", user_id=NADIA, reference=1) == wanted | {"reference": None}
    assert "reference" not in await bot.ask("getUser", user_id=NADIA)


async def test_answers_and_events_come_twice(sandbox: Sandbox, bot: Client) -> None:
    """Each of them."""
    sandbox.faults.add("nandbox_duplicate")
    answer = await bot.ask("getUser", user_id=NADIA)
    assert await bot.get() == answer
    sandbox.nandbox.say("nadia", "twice")
    assert await bot.get() == await bot.get()


async def test_a_thousand_answers_come_in_any_order(sandbox: Sandbox, bot: Client) -> None:
    """Each once, and not in the order of the requests."""
    sandbox.faults.add("nandbox_shuffle", value=0.3)
    for number in range(1000):
        await bot.send({"method": "getUser", "user_id": NADIA, "reference": number})
    found = [(await bot.get())["reference"] for _ in range(1000)]

    assert Counter(found) == Counter(range(1000))
    assert found != sorted(found)


async def test_half_a_frame_in_place_of_an_answer(sandbox: Sandbox, bot: Client) -> None:
    """No JSON; the line stays."""
    sandbox.faults.add("nandbox_garbage", count=1)
    await bot.send({"method": "PING"})
    with pytest.raises(ValueError):
        await bot.get()
    assert await bot.ask("PING") == {"method": "PONG"}


async def test_a_lost_ack_shows_at_the_next_login(sandbox: Sandbox, bot: Client) -> None:
    """The message is kept, the line is cut; sent again it is acknowledged and not shown twice."""
    sandbox.faults.add("nandbox_lose_answer", count=1)
    await bot.send({"method": "sendMessage", "chat_id": NADIA, "reference": 77, "text": "once"})
    assert await bot.rest() == []
    async with connected(sandbox) as again:
        assert (await again.log_in(sandbox.nandbox.token))["localId"] == 77
        repeated = await again.ask("sendMessage", chat_id=NADIA, reference=77, text="once")

    (said,) = sandbox.nandbox.history("nadia")
    assert repeated["ack"]["message_id"] == said.message_id
