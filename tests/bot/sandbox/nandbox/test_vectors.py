"""Every frame that the official SDKs were seen to send is accepted, and answered in the recorded form."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import open_sandbox
from tests.bot.sandbox.nandbox.client import logged_in

FOLDER = Path(__file__).parents[3] / "vectors" / "nandbox"
REQUESTS = [
    vector
    for name in ("requests_python_sdk", "requests_node_sdk_npm", "requests_node_sdk_github")
    for vector in json.loads((FOLDER / f"{name}.json").read_text())["vectors"]
    if vector.get("request")
]
LIVE = {one["id"]: one for one in json.loads((FOLDER / "live_frames.json").read_text())["vectors"]}
ECHOED = ("reference", "app_id", "ref", "file", "param1")


def covers(found: Any, wanted: Any, where: str = "") -> None:
    """At least the same keys, with values of the same JSON types; lists are compared by their first member."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), where
        for key, value in wanted.items():
            assert key in found, f"{where}.{key} is missing"
            covers(found[key], value, f"{where}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(found, list), where
        if wanted and found:
            covers(found[0], wanted[0], f"{where}[0]")
    elif wanted is not None and found is not None:
        assert type(found) is type(wanted), f"{where} is {found!r}, recorded was {wanted!r}"


def of(holder: Any) -> Any:
    """The JSON of a recorded frame."""
    return holder.get("json", holder)


@pytest.mark.parametrize("vector", REQUESTS, ids=[one["id"] for one in REQUESTS])
async def test_what_an_sdk_sends_is_answered_as_recorded(vector: dict[str, Any]) -> None:
    """The exact text; behind it a PING, whose PONG shows that the connection lives."""
    request = vector["request"]["json"]
    async with open_sandbox() as sandbox, logged_in(sandbox) as bot:
        await bot.socket.send_str(vector["request"]["raw"])
        await bot.send({"method": "PING"})
        found: list[dict[str, Any]] = []
        while (frame := await bot.get()).get("method") != "PONG":
            found.append(frame)
            if "error" in frame:
                break

    if "method" not in request:
        assert found == [{"error": 199999}]
        return
    assert all("error" not in frame for frame in found)
    for wanted in map(of, vector.get("reply") or []):
        answer = next(frame for frame in found if frame["method"] == wanted["method"])
        if "chat" in wanted and isinstance(request.get("chat"), dict) and not isinstance(wanted["chat"]["id"], str):
            wanted["chat"]["id"] = str(wanted["chat"]["id"])  # servers answer with texts, whatever was asked
        covers(answer, wanted)
        for key in ECHOED:
            if key in request and key in wanted:
                assert answer[key] == request[key]
        if wanted["method"] == "messageAck":
            assert answer["ack"]["reference"] == request.get("reference")


@pytest.mark.parametrize(
    "vector", [one for one in LIVE.values() if "request" in one], ids=[one for one in LIVE if "request" in LIVE[one]]
)
async def test_a_request_seen_live_is_answered_with_the_same_keys(vector: dict[str, Any]) -> None:
    """The very keys, no more: what was seen live is the best record there is."""
    async with open_sandbox() as sandbox, logged_in(sandbox) as bot:
        if "remove" in vector["request"]["method"]:
            await bot.send({**vector["request"], "method": "addToBlacklist"})
            await bot.get()
        await bot.send(vector["request"])
        answer = await bot.get()

    assert answer.keys() == vector["frame"].keys()
    covers(answer, vector["frame"])


async def test_messages_of_people_have_the_keys_seen_live() -> None:
    """Of a direct talk and of a group, and the acknowledgement, delivery and sight of what the bot says."""
    async with open_sandbox() as sandbox, logged_in(sandbox) as bot:
        sandbox.nandbox.settings.receipt_s = 0.001
        sandbox.nandbox.say("Nadia Farouk", "Gy")
        sandbox.nandbox.say("Bob", "Hu", "90090684000002188")
        direct, group = await bot.get(), await bot.get()
        acknowledged = await bot.ask("sendMessage", chat_id="90089584000000899", reference=48913256797508938, text="x")
        delivered, seen = await bot.get(), await bot.get()

    for found, name in ((direct, "direct-message"), (group, "group-message")):
        wanted = LIVE[name]["frame"]
        assert found["message"].keys() == wanted["message"].keys()
        covers(found, wanted)
    for found, name in ((acknowledged, "ack-direct"), (delivered, "delivered"), (seen, "seen")):
        assert found.keys() == LIVE[name]["frame"].keys()
        covers(found, LIVE[name]["frame"])
    assert acknowledged["ack"]["reference"] == delivered["reference"] == 48913256797508938
