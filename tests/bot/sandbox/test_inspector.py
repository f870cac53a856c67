"""The log of frames and calls: bounded, readable, without tokens; and how the bot stands with somebody."""

import asyncio
import json
from typing import Any

import pytest

from bot.sandbox.bot_log import in_short
from bot.sandbox.inspector import KEPT, KEPT_BYTES, MAX_KEPT_BODY_BYTES, MAX_SHOWN_BYTES, Inspector
from bot.sandbox.world import ALICE
from tests.bot.sandbox.client import Client, item

TRACE = """Traceback (most recent call last):
  File "/srv/bot/runner.py", line 120, in _contents
    return await command.run(context)
  File "/srv/handlers/whois.py", line 12, in whois
    return 1 / 0
ZeroDivisionError
"""


async def shell(command: str) -> Any:
    """What a shell command prints, as JSON."""
    process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0, command
    return json.loads(out)


def call(inspector: Inspector, body: bytes, response: bytes = b"[1]") -> None:
    inspector.http(
        method="POST", path="/", claims=None, request_id="", body=body, status=200, response=response, elapsed_ms=1
    )


async def test_no_token_is_ever_shown(client: Client) -> None:
    """What a token claims is shown; the token itself, its signature and the key are nowhere."""
    await client.call("GET", "/me")
    async with client.blaze():
        pass
    shown = await client.control("GET", "/frames?limit=2000")
    call = next(one for one in shown if one["kind"] == "http")
    assert (call["claims"]["uid"], call["claims"]["scp"]) == (client.keystore["app_id"], "FULL")
    assert call["headers"]["Authorization"] == "…"
    text = json.dumps(shown)
    assert "Bearer" not in text
    assert "eyJ" not in text
    assert client.keystore["session_private_key"] not in text


async def test_calls_and_frames_are_shown_in_order(client: Client) -> None:
    """With headers, body and answer as they were, status, time and size; `after` gives only what is newer."""
    sent = item(client.sandbox.talk("Alice").conversation_id, client.sandbox.person("Alice").user_id)
    await client.send(sent)
    (call,) = await client.control("GET", "/frames")
    assert (call["method"], call["path"], call["status"], call["response"]) == ("POST", "/messages", 200, "{}")
    assert call["body"] == json.dumps([sent])
    for headers in (call["headers"], call["response_headers"]):
        assert {name.lower(): value for name, value in headers.items()}["x-request-id"] == call["request_id"]
    assert call["elapsed_ms"] >= 0
    async with client.blaze():
        pass
    later = await client.control("GET", f"/frames?after={call['seq']}")
    assert [(one["direction"], one["action"]) for one in later[:2]] == [
        ("in", "LIST_PENDING_MESSAGES"), ("out", "LIST_PENDING_MESSAGES"),
    ]  # fmt: skip


async def test_a_refusal_says_why_to_people_only(client: Client) -> None:
    """The client hears 401; the log says what was wrong with the token."""
    refused = await client.call("GET", "/me", sig="0" * 64)
    notes = [one["summary"] for one in await client.control("GET", "/frames") if one["kind"] == "note"]
    assert "sig" not in refused.raw.decode()
    assert any("sig does not fit GET /me" in note for note in notes)


def test_the_log_is_bounded() -> None:
    """In entries and in bytes, and the newest are kept."""
    inspector = Inspector(lambda: "now", lambda entry: None)
    for number in range(KEPT + 100):
        inspector.frame("in", {"id": str(number), "action": "X", "params": "y"}, MAX_SHOWN_BYTES + number)
    entries = inspector.after(0, KEPT * 2)
    assert (len(entries) <= KEPT, entries[-1]["seq"]) == (True, KEPT + 100)
    assert "params" not in entries[-1]["frame"]

    for _ in range(KEPT):
        call(inspector, b"x" * MAX_KEPT_BODY_BYTES * 2)
    assert sum(len(one["body"]) for one in inspector) <= KEPT_BYTES
    newest = inspector.after(0, 1)[0]
    assert (len(newest["body"]), newest["cut"]) == (MAX_SHOWN_BYTES, True)


def test_bodies_that_are_no_json_are_shown_as_text() -> None:
    """Cut off, binary, or nested without end."""
    inspector = Inspector(lambda: "now", lambda entry: None)
    for body in (b"\xff{", b"[" * 100_000, b""):
        call(inspector, body)
    assert [entry["body"] for entry in inspector.after(0, 10)] == ["\ufffd{", "[" * MAX_SHOWN_BYTES, ""]


async def test_a_call_copied_as_curl_works(client: Client) -> None:
    """It is signed anew and does the same again, with whatever quotes and signs the body has; public ones too."""
    sent = item(client.sandbox.talk("Alice").conversation_id, ALICE, 'it\'s $HOME `x` "y" @z\n你好')
    await client.send(sent)
    await client.call("GET", "/users/40002?x=[1]")
    first, second = await client.control("GET", "/frames")
    assert await shell((await client.control("GET", f"/curl?seq={first['seq']}"))["curl"]) == {}
    found = await shell((await client.control("GET", f"/curl?seq={second['seq']}"))["curl"])
    assert found["data"]["full_name"] == "Bob"
    assert len(client.sandbox.history("Alice")) == 1


async def test_what_somebody_said_copied_as_curl_is_said_again(client: Client) -> None:
    """The frame of a message becomes a call of the control API."""
    async with client.blaze() as line:
        client.sandbox.say("Alice", "it's 'me'\n@you")
        await line.pushed()
    frame = next(one for one in await client.control("GET", "/frames") if one["action"] == "CREATE_MESSAGE")
    await shell((await client.control("GET", f"/curl?seq={frame['seq']}"))["curl"])
    assert [one.data for one in client.sandbox.history("Alice")] == [b"it's 'me'\n@you"] * 2


@pytest.mark.parametrize(("seq", "status"), [(1, 409), (99, 404)])
async def test_what_cannot_be_repeated_is_said_to_be_so(client: Client, seq: int, status: int) -> None:
    """A note is no call, and what is gone is gone."""
    client.sandbox.inspector.note("hello")
    answer = await client.plain("GET", f"/_sandbox/curl?seq={seq}")
    assert (answer.status, bool(answer.body["error"]["description"])) == (status, True)


async def test_how_the_bot_stands_with_somebody(client: Client) -> None:
    """Connected or not, what waits, what was said and answered, receipts, and the last frames about that person."""
    said = client.sandbox.say("Alice", "hello")
    before = await client.control("GET", "/people/Alice/bot")
    assert (before["connected"], before["waiting"], before["answer"], before["acknowledged"]) == (False, 1, None, False)
    await client.send(item(said.conversation_id, ALICE))
    await client.acknowledge(said.message_id)
    after = await client.control("GET", "/people/Alice/bot")
    assert (after["waiting"], after["acknowledged"], after["said"]["data"]) == (0, True, "hello")
    assert (after["answer"]["data"], after["relation"], after["scopes"]) == ("pong", "FRIEND", [])
    assert after["answered_after_ms"] > 0
    assert after["receipts"] == {"SENT": 0, "DELIVERED": 1, "READ": 0}
    assert [one["what"] for one in after["last"]] == ["POST /messages"]
    nobody = await client.control("GET", "/people/Bob/bot")
    assert (nobody["waiting"], nobody["said"], nobody["last"]) == (0, None, [])


async def test_a_crash_is_shown_with_handler_error_and_place(client: Client) -> None:
    """The demo hands the bot's log on: what crashed for whom is an entry of the log, and in that person's state."""
    said = client.sandbox.say("Alice", "/whois")
    crashed = {"event": "handler.crashed", "command": "whois", "message_id": said.message_id, "exception": TRACE}
    handled = {
        "event": "message.handled", "command": "ping", "message_id": said.message_id, "elapsed_ms": 1.5, "replies": 1,
    }  # fmt: skip
    given_up = {"event": "message.quarantined", "command": "whois", "message_id": said.message_id}
    noise = [{"event": "blaze.connected"}, {"event": "handler.crashed", "message_id": "unknown"}]
    await client.control("POST", "/log", events=[crashed, *noise])
    await client.control("POST", "/log", **handled)
    (entry,) = await client.control("GET", "/frames")
    await client.control("POST", "/log", events=[given_up])
    assert entry["kind"] == "crash"
    assert entry["summary"] == "whois crashed: ZeroDivisionError (handlers/whois.py:12)"
    assert (entry["exception"], entry["user_id"], entry["message_id"]) == (TRACE, ALICE, said.message_id)
    state = await client.control("GET", "/people/Alice/bot")
    assert state["log"] == {
        "command": "ping", "elapsed_ms": 1.5, "replies": 1, "errors": 1, "error": entry["summary"],
    }  # fmt: skip
    assert (await client.control("GET", "/people/Bob/bot"))["log"]["errors"] == 0


@pytest.mark.parametrize(
    ("trace", "short"),
    [("", ""), (TRACE, ": ZeroDivisionError (handlers/whois.py:12)"), ("just words", ": just words")],
)
def test_a_traceback_in_short(trace: str, short: str) -> None:
    """What it was, and the last place that it went through."""
    assert in_short(trace) == short
