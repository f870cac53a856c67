"""The log of frames and calls: bounded, readable, without tokens."""

import json

from bot.sandbox.inspector import KEPT, MAX_SHOWN_BYTES, Inspector
from tests.bot.sandbox.client import Client, item


async def test_no_token_is_ever_shown(client: Client) -> None:
    """What a token claims is shown; the token itself, its signature and the key are nowhere."""
    await client.call("GET", "/me")
    async with client.blaze():
        pass
    shown = await client.control("GET", "/frames?limit=2000")
    call = next(one for one in shown if one["kind"] == "http")
    assert (call["claims"]["uid"], call["claims"]["scp"]) == (client.keystore["app_id"], "FULL")
    text = json.dumps(shown)
    assert "Bearer" not in text
    assert "eyJ" not in text
    assert client.keystore["session_private_key"] not in text


async def test_calls_and_frames_are_shown_in_order(client: Client) -> None:
    """With body, answer, status, time and size; `after` gives only what is newer."""
    sent = item(client.sandbox.talk("Alice").conversation_id, client.sandbox.person("Alice").user_id)
    await client.send(sent)
    (call,) = await client.control("GET", "/frames")
    assert (call["method"], call["path"], call["status"], call["response"]) == ("POST", "/messages", 200, {})
    assert call["body"][0]["message_id"] == sent["message_id"]
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
    assert (len(entries), entries[-1]["seq"]) == (KEPT, KEPT + 100)
    assert "params" not in entries[-1]["frame"]


def test_bodies_that_are_no_json_are_shown_as_text() -> None:
    """Cut off, binary, or nested without end."""
    inspector = Inspector(lambda: "now", lambda entry: None)
    for body in (b"\xff{", b"[" * 100_000, b""):
        inspector.http(
            method="POST", path="/", claims=None, request_id="", body=body, status=200, response=b"[1]", elapsed_ms=1
        )
    shown = [entry["body"] for entry in inspector.after(0, 10)]
    assert shown == ["\ufffd{", "[" * MAX_SHOWN_BYTES, None] or "deep" in str(shown[1])
