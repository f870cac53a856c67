"""Blaze: what a bot hears, in which order, how often, and how a line ends."""

import base64
import gzip
import uuid
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Options, open_sandbox
from bot.sandbox.world import ALICE
from tests.bot.sandbox.client import Client, item, sign, vectors

FRAMES = vectors("blaze_frames")
NIL = "00000000-0000-0000-0000-000000000000"


async def test_nothing_is_delivered_before_it_is_asked_for(client: Client) -> None:
    """A line is silent until LIST_PENDING_MESSAGES."""
    said = client.sandbox.say("Alice", "hello")
    async with client.blaze(start=False) as line:
        assert await line.quiet()
        asked = await line.ask("LIST_PENDING_MESSAGES")
        assert await line.frame() == {"id": asked, "action": "LIST_PENDING_MESSAGES"}
        assert (await line.pushed())["message_id"] == said.message_id


async def test_a_message_is_pushed_as_documented(client: Client) -> None:
    """Every member is there; live messages and the backlog differ in their source."""
    before = client.sandbox.say("Alice", "before ☕")
    async with client.blaze() as line:
        backlog = await line.pushed()
        after = client.sandbox.say("Alice", "after", quote_message_id=before.message_id)
        live = await line.pushed()
    assert backlog == {
        "type": "message", "representative_id": "", "quote_message_id": "",
        "conversation_id": before.conversation_id, "user_id": ALICE, "session_id": before.session_id,
        "message_id": before.message_id, "category": "PLAIN_TEXT", "data": "YmVmb3JlIOKYlQ==",
        "data_base64": "YmVmb3JlIOKYlQ", "status": "SENT", "source": "LIST_PENDING_MESSAGES", "silent": False,
        "expire_in": 0, "created_at": before.created_at, "updated_at": before.created_at,
    }  # fmt: skip
    assert (live["source"], live["message_id"]) == ("CREATE_MESSAGE", after.message_id)
    assert live["quote_message_id"] == before.message_id
    real = next(case["json"] for case in FRAMES["cases"] if case["name"] == "incoming text")
    assert set(real["data"]) <= set(live)


async def test_what_is_not_acknowledged_comes_again(client: Client) -> None:
    """On the next line, and when asked again on the same one: with the same id, from the backlog, in order."""
    said = [client.sandbox.say("Alice", str(number)).message_id for number in range(3)]
    async with client.blaze() as line:
        assert [(await line.pushed())["message_id"] for _ in said] == said
        await client.acknowledge(said[1])
        await line.ask("LIST_PENDING_MESSAGES")
        await line.frame()
        assert [(await line.pushed())["message_id"] for _ in range(2)] == [said[0], said[2]]
    async with client.blaze() as line:
        again = [await line.pushed() for _ in range(2)]
        assert await line.quiet()
    assert [(one["message_id"], one["source"]) for one in again] == [
        (said[0], "LIST_PENDING_MESSAGES"),
        (said[2], "LIST_PENDING_MESSAGES"),
    ]


@pytest.mark.parametrize("status", ["READ", "DELIVERED"])
@pytest.mark.parametrize("way", ["http", "one", "many"])
async def test_an_acknowledgement_in_any_form_settles_a_message(client: Client, status: str, way: Any) -> None:
    """Over HTTP or Blaze, alone or in a batch, READ or DELIVERED: it never comes again."""
    said = client.sandbox.say("Alice", "hello")
    row = {"message_id": said.message_id, "status": status}
    async with client.blaze() as line:
        await line.pushed()
        if way == "http":
            assert (await client.acknowledge(said.message_id, status=status)).data == [row]
        elif way == "one":
            asked = await line.ask("ACKNOWLEDGE_MESSAGE_RECEIPT", row)
            assert await line.frame() == {"id": asked, "action": "ACKNOWLEDGE_MESSAGE_RECEIPT"}
        else:
            asked = await line.ask("ACKNOWLEDGE_MESSAGE_RECEIPTS", {"messages": [row]})
            assert await line.frame() == {"id": asked, "action": "ACKNOWLEDGE_MESSAGE_RECEIPTS"}
    async with client.blaze() as line:
        assert await line.quiet()
    assert client.sandbox.history("Alice")[0].status == status
    assert client.sandbox.queue.acknowledged(client.sandbox.bot_id) == {said.message_id: status}


async def test_a_window_of_unacknowledged_messages_is_kept(http: aiohttp.ClientSession) -> None:
    """No more than the window is under way; each acknowledgement lets the next one through."""
    async with open_sandbox(options=Options(window=2)) as sandbox:
        client = Client(sandbox, http)
        said = [sandbox.say("Alice", str(number)).message_id for number in range(5)]
        async with client.blaze() as line:
            assert [(await line.pushed())["message_id"] for _ in range(2)] == said[:2]
            assert await line.quiet()
            await client.acknowledge(said[0])
            assert (await line.pushed())["message_id"] == said[2]
            assert await line.quiet()
            await client.acknowledge(said[1], said[2])
            assert [(await line.pushed())["message_id"] for _ in range(2)] == said[3:]


async def test_the_usual_window_is_a_hundred(client: Client) -> None:
    """250 messages arrive in order while they are acknowledged in hundreds."""
    said = [client.sandbox.say("Alice", str(number)).message_id for number in range(250)]
    heard = []
    async with client.blaze() as line:
        for size in (100, 100, 50):
            heard += [(await line.pushed())["message_id"] for _ in range(size)]
            assert await line.quiet()
            await client.acknowledge(*heard[-size:])
    assert heard == said


async def test_seven_days_is_how_long_a_message_waits(http: aiohttp.ClientSession) -> None:
    """What is older than a week is gone; what is younger comes."""
    now = [1_767_225_600.0]
    async with open_sandbox(clock=lambda: now[0]) as sandbox:
        client = Client(sandbox, http)
        sandbox.say("Alice", "too old")
        now[0] += 86_400
        young = sandbox.say("Alice", "young enough")
        now[0] += 6 * 86_400 + 1
        client.now = now[0]
        async with client.blaze() as line:
            assert (await line.pushed())["message_id"] == young.message_id
            assert await line.quiet()


async def test_a_message_can_be_sent_over_blaze(client: Client) -> None:
    """The reply has the request's id, empty names and nine digits of time, and the person gets the message."""
    conversation = client.sandbox.talk("Alice").conversation_id
    sent = item(conversation, "")
    async with client.blaze() as line:
        asked = await line.ask("CREATE_MESSAGE", sent)
        frames = [await line.frame(), await line.frame()]
    reply = next(frame for frame in frames if frame["id"] == asked)
    assert reply["action"] == "CREATE_MESSAGE"
    data = reply["data"]
    assert (data["message_id"], data["user_id"]) == (sent["message_id"], client.sandbox.bot_id)
    assert (data["category"], data["conversation_id"], data["status"]) == ("", "", "SENT")
    assert len(data["created_at"].partition(".")[2]) == len("123456789Z")
    assert [one.data for one in client.sandbox.history("Alice")] == [b"pong"]


@pytest.mark.parametrize(
    ("action", "params", "code"),
    [
        ("CREATE_MESSAGE", {"category": "PLAIN_TEXT"}, 10002),
        ("CREATE_MESSAGE", item(str(uuid.uuid4()), ""), 403),
        ("CREATE_MESSAGE", None, 10002),
        ("ACKNOWLEDGE_MESSAGE_RECEIPT", {"message_id": "x", "status": "READ"}, 10002),
        ("ACKNOWLEDGE_MESSAGE_RECEIPTS", {"messages": []}, 10002),
        ("ACKNOWLEDGE_MESSAGE_RECEIPTS", {"messages": [{"message_id": str(uuid.uuid4()), "status": "SEEN"}]}, 10002),
        ("COUNT_SIGNAL_KEYS", {}, 404),
    ],
)
async def test_a_refused_request_is_an_error_frame_with_its_id(
    client: Client, action: Any, params: Any, code: int
) -> None:
    """One bad request does not end the line."""
    async with client.blaze() as line:
        asked = await line.ask(action, params)
        frame = await line.frame()
        assert (frame["id"], frame["action"], frame["error"]["code"]) == (asked, "ERROR", code)
        assert await line.quiet()


@pytest.mark.parametrize(
    "case", [case for case in FRAMES["cases"] if case["direction"] == "client_to_server"], ids=lambda case: case["name"]
)
async def test_frames_of_the_official_sdk_are_answered_with_their_id(client: Client, case: Any) -> None:
    """The very bytes that the Node SDK sends get a reply with the same id."""
    async with client.blaze(start=False) as line:
        await line.socket.send_bytes(base64.b64decode(case["gzip_base64"]))
        assert (await line.frame())["id"] == case["json"]["id"]


@pytest.mark.parametrize("case", FRAMES["malformed"], ids=lambda case: case["name"])
async def test_anything_but_binary_gzip_json_ends_the_line(client: Client, case: Any) -> None:
    """Close code 1003, as for data of a kind that cannot be accepted."""
    async with client.blaze() as line:
        if case["opcode"] == "text":
            await line.socket.send_str(case["payload_utf8"])
        else:
            await line.socket.send_bytes(base64.b64decode(case["payload_base64"]))
        await line.ended()
        assert line.socket.close_code == 1003


async def test_the_sdks_handshake_is_accepted(http: aiohttp.ClientSession) -> None:
    """The very token of the vectors opens a line, and the offer of deflate is declined."""
    handshake, keystore = FRAMES["handshake"], vectors("http_requests")["app_keystore"]
    async with open_sandbox(clock=lambda: 1_767_225_600, keystore=keystore, trust_keystore=True) as sandbox:
        url = sandbox.url + handshake["request_target"]
        headers = {"Authorization": handshake["authorization"]}
        protocols = [handshake["sec_websocket_protocol"]]
        async with http.ws_connect(url, protocols=protocols, headers=headers, compress=15) as socket:
            assert (socket.protocol, socket.compress) == ("Mixin-Blaze-1", 0)
            await socket.send_bytes(gzip.compress(b'{"id":"1","action":"LIST_PENDING_MESSAGES"}'))
            assert gzip.decompress((await socket.receive()).data)


@pytest.mark.parametrize("protocol", ["Mixin-Blaze-1", "MixinBot-Blaze-1"])
@pytest.mark.parametrize("path", ["/", "/blaze"])
async def test_both_protocols_and_both_paths_are_served(client: Client, protocol: Any, path: str) -> None:
    """The name asked for is the name answered."""
    async with client.blaze(path=path, protocol=protocol) as line:
        assert line.socket.protocol == protocol


@pytest.mark.parametrize("token", ["", "Bearer nonsense", "stale"])
async def test_a_bad_token_gets_an_error_frame_after_the_upgrade(client: Client, token: Any) -> None:
    """101 first; then ERROR 401 with the nil id; then the line is closed with 1000."""
    stale = f"Bearer {sign(client.keystore, 'GET', '/', now=1_000_000_000)}"
    headers = {"Authorization": stale if token == "stale" else token}
    async with client.http.ws_connect(client.sandbox.url + "/", headers=headers) as socket:
        raw = (await socket.receive()).data
        assert gzip.decompress(raw).decode() == (
            f'{{"id":"{NIL}","action":"ERROR","error":'
            '{"status":202,"code":401,"description":"Unauthorized, maybe invalid token."}}'
        )
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 1000


async def test_a_second_line_replaces_the_first(client: Client) -> None:
    """By default the older line ends without a word, and what it had not acknowledged goes to the newer."""
    said = client.sandbox.say("Alice", "hello")
    async with client.blaze() as first:
        await first.pushed()
        async with client.blaze() as second:
            await first.ended()
            assert first.socket.close_code == 1006
            assert (await second.pushed())["message_id"] == said.message_id
            assert client.sandbox.lines.count(client.sandbox.bot_id) == 1


async def test_a_second_line_may_hear_everything_too(http: aiohttp.ClientSession) -> None:
    """`both`: each line gets every message; one acknowledgement is enough."""
    async with open_sandbox(options=Options(second_line="both")) as sandbox:
        client = Client(sandbox, http)
        async with client.blaze() as first, client.blaze() as second:
            said = sandbox.say("Alice", "hello")
            assert [(await line.pushed())["message_id"] for line in (first, second)] == [said.message_id] * 2
            await client.acknowledge(said.message_id)
            assert await first.quiet()
            assert await second.quiet()


async def test_a_second_line_may_be_refused(http: aiohttp.ClientSession) -> None:
    """`reject`: the second is closed with 1008, the first goes on."""
    async with open_sandbox(options=Options(second_line="reject")) as sandbox:
        client = Client(sandbox, http)
        async with client.blaze() as first, client.blaze(start=False) as second:
            await second.ended()
            assert second.socket.close_code == 1008
            assert await first.quiet()
        async with client.blaze() as third:
            assert await third.quiet()


async def test_pings_are_answered(client: Client) -> None:
    """At once, with the ping's own words."""
    async with client.blaze() as line:
        await line.socket.ping(b"are you there")
        message = await line.receive()
    assert (message.type, message.data) == (aiohttp.WSMsgType.PONG, b"are you there")


async def test_the_sandbox_pings_and_drops_who_never_answers(http: aiohttp.ClientSession) -> None:
    """Own pings keep the line alive; a client that says nothing at all for a while is cut off."""
    async with open_sandbox(options=Options(ping_every_s=0.05, silence_s=0.2)) as sandbox:
        client = Client(sandbox, http)
        async with client.blaze() as line:
            assert (await line.receive()).type is aiohttp.WSMsgType.PING
            for _ in range(8):
                while (await line.receive()).type is not aiohttp.WSMsgType.PING:
                    pass
                await line.socket.pong()
            await line.ended()
            assert line.socket.close_code == 1006
