"""Weather: every fault over real sockets, with probability, count, seconds and path."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from bot.sandbox import open_sandbox
from bot.sandbox.faults import KINDS, Bucket, Faults
from bot.sandbox.world import ALICE
from tests.bot.sandbox.client import Client, item


@pytest.fixture
def faults() -> Any:
    return Faults(lambda: None, seed=7)


def test_a_fault_with_a_count_goes_after_that(faults: Faults) -> None:
    """`count` is how often it hits, not how often it is looked at."""
    faults.add("internal", count=2)
    assert [faults.fires("internal", "/me") is not None for _ in range(4)] == [True, True, False, False]
    assert faults.view() == []


def test_a_fault_touches_only_its_path(faults: Faults) -> None:
    """The path is a glob."""
    faults.add("internal", path="/safe/*")
    assert faults.fires("internal", "/me") is None
    assert faults.fires("internal", "/safe/outputs") is not None


def test_a_fault_hits_as_often_as_its_probability_says(faults: Faults) -> None:
    """A quarter is about a quarter."""
    faults.add("internal", probability=0.25)
    assert 150 < sum(faults.fires("internal", "/") is not None for _ in range(1000)) < 350


def test_a_fault_with_seconds_ends_and_shows_how_long_it_has(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to clear it."""
    now = [time.monotonic()]
    monkeypatch.setattr("bot.sandbox.faults.time.monotonic", lambda: now[0])
    faults.add("internal", seconds=40)
    now[0] += 10
    assert [one["seconds_left"] for one in faults.view()] == [30.0]
    now[0] += 30
    assert (faults.view(), faults.fires("internal", "/")) == ([], None)


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "rain"}, {"kind": "delay", "probability": 0.0}, {"kind": "delay", "probability": 2.0},
     {"kind": "clock_skew", "count": 1}, {"kind": "quota", "count": 1}, {"kind": "quota", "value": 0.5},
     {"kind": "delay", "count": 0}, {"kind": "delay", "seconds": -1.0}],
    ids=str,
)  # fmt: skip
def test_a_fault_that_makes_no_sense_is_refused(faults: Faults, wrong: Any) -> None:
    """The words say what there is instead."""
    with pytest.raises(ValueError):
        faults.add(**wrong)


def test_faults_are_cleared_alone_by_kind_or_all(faults: Faults) -> None:
    """Each by its id, those of a kind, or everything."""
    first = faults.add("delay")
    faults.add("delay")
    faults.add("html")
    assert faults.clear(fault_id=first.fault_id) == 1
    assert faults.clear(kind="html") == 1
    assert [one["kind"] for one in faults.view()] == ["delay"]
    assert faults.clear() == 1


def test_a_bucket_is_full_at_first_and_fills_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 a minute: a hundred at once, then one every 0.6 s; what does not fit takes nothing."""
    now = [time.monotonic()]
    monkeypatch.setattr("bot.sandbox.faults.time.monotonic", lambda: now[0])
    bucket = Bucket(100)
    assert bucket.take(100) == 0
    assert bucket.take(10) == pytest.approx(6.0)
    now[0] += 6.1
    assert bucket.take(10) == 0


@pytest.mark.parametrize(
    ("kind", "value", "status", "code"),
    [
        ("unauthorized", None, 200, 401),
        ("rate_limited", None, 200, 429),
        ("internal", None, 500, 500),
        ("blaze_error", None, 500, 7000),
        ("error", None, 202, 403),
        ("error", 20116, 202, 20116),
        ("error", 10002, 202, 10002),
    ],
)
async def test_injected_errors_are_documented_ones(
    client: Client, kind: str, value: Any, status: int, code: int
) -> None:
    """Each error arrives as the documents say, once, and only where it was asked for."""
    fields = {"kind": kind, "count": 1, "path": "/me"} | ({} if value is None else {"value": value})
    assert [one["kind"] for one in await client.control("PUT", "/faults", **fields)] == [kind]
    assert (await client.call("GET", "/friends")).code == 0
    answer = await client.call("GET", "/me")
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["X-Request-Id"] == answer.asked
    assert (await client.call("GET", "/me")).code == 0


@pytest.mark.parametrize(("value", "header"), [(None, "1"), (7, "7"), (0, None)])
async def test_F18_F19_an_injected_429_says_how_long_to_wait_or_not(client: Client, value: Any, header: Any) -> None:
    """Retry-After in seconds; 0 leaves it out."""
    client.sandbox.faults.add("rate_limited", value=value)
    assert (await client.call("GET", "/me")).headers.get("Retry-After") == header


async def test_the_real_token_bucket_counts_messages(http: aiohttp.ClientSession) -> None:
    """Past the quota of a minute a batch is 429 with the seconds to wait, and nothing of it is delivered."""
    async with open_sandbox() as sandbox:
        sandbox.bucket = Bucket(150)
        client, conversation = Client(sandbox, http), sandbox.talk("Alice").conversation_id
        assert (await client.send(*[item(conversation, ALICE) for _ in range(100)])).code == 0
        refused = await client.send(*[item(conversation, ALICE) for _ in range(100)])
        assert refused.code == 429
        assert 18 <= int(refused.headers["Retry-After"]) <= 20
        assert len(sandbox.history("Alice")) == 100


async def test_F18_a_quota_is_a_real_token_bucket(client: Client) -> None:
    """As weather: past so many messages a minute a batch is 429 with the seconds until it fits, also over Blaze."""
    conversation = client.sandbox.talk("Alice").conversation_id
    client.sandbox.faults.add("quota", value=120, seconds=60)
    batch = [item(conversation, ALICE) for _ in range(100)]
    assert (await client.send(*batch)).code == 0
    refused = await client.send(*[item(conversation, ALICE) for _ in range(100)])
    assert (refused.code, 35 <= int(refused.headers["Retry-After"]) <= 40) == (429, True)
    assert (await client.send(*[item(conversation, ALICE) for _ in range(10)])).code == 0
    async with client.blaze() as line:
        codes = set()
        for _ in range(15):
            await line.ask("CREATE_MESSAGE", item(conversation, ALICE))
            while (frame := await line.frame())["action"] == "ACKNOWLEDGE_MESSAGE_RECEIPT":
                pass
            codes.add(frame.get("error", {}).get("code", 0))
    assert codes == {0, 429}
    client.sandbox.faults.clear()
    assert (await client.send(*[item(conversation, ALICE) for _ in range(100)])).code == 0


async def test_F7_a_handshake_may_fail_for_a_while(client: Client) -> None:
    """500 in place of 101, as `mixbot sandbox disconnect` wants it; afterwards the line is back."""
    client.sandbox.faults.add("internal", path="/blaze")
    for _ in range(3):
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with client.blaze():
                pass
        assert caught.value.status == 500
    assert (await client.call("GET", "/me")).code == 0
    client.sandbox.faults.clear()
    async with client.blaze() as line:
        assert await line.quiet()


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_F20_a_proxy_may_answer_with_a_page(client: Client, status: int) -> None:
    """HTML with a 5xx, as from the machine in front."""
    client.sandbox.faults.add("html", value=status)
    answer = await client.call("GET", "/me")
    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{status}</h1>".encode() in answer.raw


async def test_F23_an_answer_may_be_cut_off(client: Client) -> None:
    """HTTP 200 with half of the JSON."""
    client.sandbox.faults.add("truncated", count=1)
    answer = await client.call("GET", "/me")
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.raw)
    assert (answer.status, len(answer.raw) > 100) == (200, True)


async def test_an_answer_may_bear_another_request_id(client: Client) -> None:
    """Which clients must notice."""
    client.sandbox.faults.add("wrong_request_id", count=1)
    answer = await client.call("GET", "/me")
    assert answer.headers["X-Request-Id"] != answer.asked


async def test_F24_an_answer_may_be_lost_after_the_work_was_done(client: Client) -> None:
    """The line breaks, the message is there, and sending it again makes no second one."""
    sent = item(client.sandbox.talk("Alice").conversation_id, ALICE)
    client.sandbox.faults.add("lose_answer", count=1, path="/messages")
    with pytest.raises(aiohttp.ClientError):
        await client.send(sent)
    assert len(client.sandbox.history("Alice")) == 1
    assert (await client.send(sent)).code == 0
    assert len(client.sandbox.history("Alice")) == 1


async def test_F25_an_answer_may_take_its_time(client: Client) -> None:
    """Later by as many seconds as asked, and then it is right."""
    client.sandbox.faults.add("delay", value=0.3)
    began = asyncio.get_running_loop().time()
    assert (await client.call("GET", "/me")).code == 0
    assert asyncio.get_running_loop().time() - began >= 0.3


async def test_F5_the_clock_may_be_off_now_and_then(http: aiohttp.ClientSession) -> None:
    """With a probability each request meets a right clock or a wrong one."""
    async with open_sandbox(random_seed=7) as sandbox:
        client = Client(sandbox, http)
        sandbox.faults.add("clock_skew", value=-600, probability=0.5)
        codes = [(await client.call("GET", "/me")).code for _ in range(30)]
    assert 5 < codes.count(401) < 25
    assert set(codes) == {0, 401}


async def test_F3_the_line_may_drop_now_and_then(http: aiohttp.ClientSession) -> None:
    """With a probability it survives most frames."""
    heard = 0
    async with open_sandbox(random_seed=3) as sandbox:
        client = Client(sandbox, http)
        async with client.blaze() as line:
            sandbox.faults.add("drop_blaze", probability=0.2)
            sandbox.say("Alice", "0")
            while (await line.receive()).type is aiohttp.WSMsgType.BINARY:
                heard += 1
                sandbox.say("Alice", str(heard))
    assert heard in (5, 6)


@pytest.mark.parametrize("offset", [600, -600, 280, -280])
async def test_F5_the_clock_may_be_off_either_way(client: Client, offset: Any) -> None:
    """Beyond 300 s tokens are 401 and X-Server-Time says why; within, all is well; afterwards too."""
    before = client.sandbox.clock.seconds()
    client.sandbox.faults.add("clock_skew", value=offset)
    answer = await client.call("GET", "/me", exp=int(before) + 3600)
    assert answer.code == (401 if abs(offset) > 300 else 0)
    assert int(answer.headers["X-Server-Time"]) / 1e9 - before == pytest.approx(offset, abs=5)
    client.now = before + offset
    assert (await client.call("GET", "/me")).code == 0
    client.sandbox.faults.clear()
    client.now = None
    assert (await client.call("GET", "/me")).code == 0


async def test_F3_the_line_may_drop_after_some_frames(client: Client) -> None:
    """No close frame, after as many frames as asked."""
    for number in range(5):
        client.sandbox.say("Alice", str(number))
    async with client.blaze(start=False) as line:
        client.sandbox.faults.add("drop_blaze", value=3, count=1)
        await line.ask("LIST_PENDING_MESSAGES")
        heard = [message async for message in line.socket if message.type is aiohttp.WSMsgType.BINARY]
        assert (len(heard) <= 3, line.socket.close_code) == (True, 1006)
    async with client.blaze() as line:
        assert len([await line.pushed() for _ in range(5)]) == 5


async def test_F3_the_line_may_be_cut_now(client: Client) -> None:
    """POST /_sandbox/drop."""
    async with client.blaze() as line:
        assert await client.control("POST", "/drop") == {"dropped": 1}
        await line.ended()
        assert line.socket.close_code == 1006


async def test_F1_the_line_may_be_half_open(client: Client) -> None:
    """It stays open, but nothing comes: no message, no reply, no pong; a new line is a good one."""
    async with client.blaze() as line:
        client.sandbox.faults.add("half_open", count=1)
        await line.ask("LIST_PENDING_MESSAGES")
        await line.socket.ping()
        said = client.sandbox.say("Alice", "anybody there?")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await line.socket.receive()
        async with client.blaze() as fresh:
            assert (await fresh.pushed())["message_id"] == said.message_id


async def test_F6_a_handshake_may_be_refused(client: Client) -> None:
    """401 for Blaze alone, while the API works: path /blaze."""
    client.sandbox.faults.add("unauthorized", path="/blaze", count=1)
    async with client.blaze(start=False) as line:
        assert (await line.frame())["error"]["code"] == 401
    assert (await client.call("GET", "/me")).code == 0
    async with client.blaze() as line:
        assert await line.quiet()


async def test_F7_a_handshake_may_meet_a_page(client: Client) -> None:
    """HTML in place of 101."""
    client.sandbox.faults.add("html", path="/blaze", value=503)
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with client.blaze():
            pass
    assert caught.value.status == 503


async def test_a_request_over_blaze_may_fail_with_7000(client: Client) -> None:
    """An ERROR frame with the request's id."""
    async with client.blaze() as line:
        client.sandbox.faults.add("blaze_error", count=1)
        asked = await line.ask("LIST_PENDING_MESSAGES")
        frame = await line.frame()
    assert (frame["id"], frame["action"], frame["error"]["code"]) == (asked, "ERROR", 7000)


async def test_F12_messages_may_come_twice(client: Client) -> None:
    """Two frames with ids of their own, one message."""
    client.sandbox.faults.add("duplicate", count=1)
    async with client.blaze() as line:
        said = client.sandbox.say("Alice", "hello")
        frames = [await line.frame(), await line.frame()]
        assert await line.quiet()
    assert [frame["data"]["message_id"] for frame in frames] == [said.message_id] * 2
    assert frames[0]["id"] != frames[1]["id"]


async def test_F13_messages_may_come_in_another_order(client: Client) -> None:
    """What comes in a burst is turned around; nothing is lost, nothing comes twice."""
    client.sandbox.faults.add("reorder", value=0.05, count=1)
    said = [client.sandbox.say("Alice", str(number)).message_id for number in range(5)]
    async with client.blaze() as line:
        assert [(await line.pushed())["message_id"] for _ in said] == said[::-1]
        later = client.sandbox.say("Alice", "later")
        assert (await line.pushed())["message_id"] == later.message_id


async def test_the_weather_is_shown_and_cleared(client: Client) -> None:
    """PUT, GET and DELETE, with the time that is left; a mistake is told in words."""
    await client.control("PUT", "/faults", kind="rate_limited", path="/messages", seconds=40, value=3)
    (shown,) = await client.control("GET", "/faults")
    assert (shown["kind"], shown["path"], shown["value"]) == ("rate_limited", "/messages", 3)
    assert 39 <= shown["seconds_left"] <= 40
    assert (await client.control("GET", "/state"))["faults"][0]["id"] == shown["id"]
    wrong = await client.plain("PUT", "/_sandbox/faults", b'{"kind": "rain"}')
    assert (wrong.status, "drop_blaze" in wrong.body["error"]["description"]) == (400, True)
    assert await client.control("DELETE", "/faults?kind=delay") != []
    assert await client.control("DELETE", "/faults") == []


def test_every_kind_is_explained() -> None:
    """People choose by these words."""
    assert all(text.endswith(".") for text in KINDS.values())
