"""Events: told to those whom they concern, in order, and caught up after an absence."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.sandbox.events import KEPT, MAX_BEHIND, MAX_FRAMES, Events
from bot.sandbox.inspector import Inspector
from bot.sandbox.world import ALICE, GROUP_ID
from tests.bot.sandbox.client import Client, item


async def heard(listener: Any) -> Any:
    async with asyncio.timeout(30):
        return [(one["seq"], one["kind"]) for one in await listener.get()]


async def test_an_absence_is_caught_up_by_number() -> None:
    """After 2 come 3 and 4, and then what is new."""
    events = Events()
    for kind in "abcd":
        events.publish(kind)
    listener = events.listen("", 2)
    events.publish("e")
    assert await heard(listener) == [(3, "c"), (4, "d"), (5, "e")]


async def test_who_was_away_too_long_begins_anew() -> None:
    """What is no longer kept is not pretended; nor is a number from another life of the sandbox."""
    events = Events()
    for _ in range(KEPT + 10):
        events.publish("x")
    assert await heard(events.listen("", 3)) == [(KEPT + 10, "reset")]
    assert await heard(events.listen("", 10**6)) == [(KEPT + 10, "reset")]
    assert len(await heard(events.listen("", KEPT))) == 10


async def test_everybody_hears_only_what_concerns_them() -> None:
    """Others' conversations are not theirs; a listener without a name hears everything."""
    events = Events()
    alice, everything = events.listen("alice", None), events.listen("", None)
    events.publish("message", frozenset({"bob"}))
    events.publish("message", frozenset({"alice", "bob"}))
    events.publish("fault")
    assert await heard(alice) == [(2, "message"), (3, "fault")]
    assert await heard(everything) == [(1, "message"), (2, "message"), (3, "fault")]


async def test_a_listener_that_never_reads_costs_no_memory() -> None:
    """Past a bound everything is dropped, and said to be."""
    events = Events()
    listener = events.listen("", None)
    for _ in range(MAX_BEHIND + 5):
        events.publish("x")
    kinds = [kind for _, kind in await heard(listener)]
    assert (kinds[0], len(kinds) < 10) == ("reset", True)


async def test_a_burst_of_frames_reaches_a_listener_as_one_bundle_of_the_newest() -> None:
    """Who looks on costs little: nothing per frame, and no more than a person can read; others hear no frames."""
    events = Events()
    page, program = events.listen("", None, frames=True), events.listen("", None)
    inspector = Inspector(lambda: "now", events.pass_on)
    for number in range(MAX_FRAMES + 50):
        inspector.note(str(number))
    events.publish("x")
    (told, bundle) = await page.get()
    assert (told["kind"], bundle["kind"], len(bundle["frames"])) == ("x", "frames", MAX_FRAMES)
    assert bundle["frames"][-1]["summary"] == str(MAX_FRAMES + 49)
    assert await heard(program) == [(1, "x")]


async def test_a_page_sees_what_happens(client: Client) -> None:
    """Messages, ticks, recalls, frames, the line and the weather arrive over one WebSocket."""
    conversation = client.sandbox.talk("Alice").conversation_id
    seen: list[dict[str, Any]] = []
    address = client.sandbox.url + "/_sandbox/events?as=Alice&frames=1"
    async with client.http.ws_connect(address, headers=client.run_token) as page:
        said = client.sandbox.say("Alice", "hello")
        client.sandbox.say("Bob", "not for Alice")
        async with client.blaze():
            await client.acknowledge(said.message_id)
            sent = item(conversation, ALICE)
            await client.send(sent)
            client.sandbox.faults.add("html", path="/nowhere")
        while not any(one["kind"] == "blaze" and not one["connected"] for one in seen):
            seen.append(await page.receive_json(timeout=30))
    kinds = [one["kind"] for one in seen if one["kind"] != "frames"]
    assert kinds == ["message", "blaze", "status", "message", "fault", "blaze"]
    messages = [one["message"] for one in seen if one["kind"] == "message"]
    assert [(one["message_id"], one["data"]) for one in messages] == [
        (said.message_id, "hello"), (sent["message_id"], "pong"),
    ]  # fmt: skip
    status = next(one for one in seen if one["kind"] == "status")
    assert (status["message_id"], status["status"]) == (said.message_id, "READ")
    entries = [entry for one in seen if one["kind"] == "frames" for entry in one["frames"]]
    logged = {entry.get("path") or entry.get("action") for entry in entries}
    assert {"LIST_PENDING_MESSAGES", "CREATE_MESSAGE", "/messages", "/acknowledgements"} <= logged


async def test_a_page_catches_up_over_its_socket(client: Client) -> None:
    """`after` brings what was missed, and nothing twice."""
    client.sandbox.say("Alice", "missed", conversation_id=GROUP_ID)
    seq = client.sandbox.events.seq
    client.sandbox.say("Alice", "missed too")
    url = f"{client.sandbox.url}/_sandbox/events?as=Alice&after={seq}"
    async with client.http.ws_connect(url, headers=client.run_token) as page:
        event = await page.receive_json(timeout=30)
    assert (event["seq"], event["message"]["data"]) == (seq + 1, "missed too")


async def test_events_are_for_websockets_and_for_people_who_exist(client: Client) -> None:
    """400 and 404 in words."""
    assert (await client.plain("GET", "/_sandbox/events?as=Alice")).status == 400
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await client.http.ws_connect(client.sandbox.url + "/_sandbox/events?as=Nobody", headers=client.run_token)
    assert caught.value.status == 404
