"""The control API: what people, pages and tools do to the sandbox."""

import asyncio
import json
from typing import Any

import pytest

from bot.sandbox.base64s import from_any
from bot.sandbox.grants import Grant
from bot.sandbox.world import ALICE, BOB, BTC, GROUP_ID, NOOR, OLIVIA
from tests.bot.sandbox.client import Client, b64, item

BUTTONS = [
    {"label": "Ping", "color": "#46B8DA", "action": "input:/ping  "},
    {"label": "Site", "color": "#46B8DA", "action": "https://example.com"},
]


async def fails(client: Client, method: Any, path: Any, **fields: Any) -> Any:
    answer = await client.plain(method, "/_sandbox" + path, json.dumps(fields).encode() if fields else b"")
    assert answer.body["error"]["description"]
    return answer.status


async def structured(client: Client, category: Any, content: Any) -> Any:
    """A message with JSON from the bot to Alice; gives its id."""
    data = b64(json.dumps(content).encode())
    sent = item(client.sandbox.talk("Alice").conversation_id, ALICE, category=category, data_base64=data)
    assert (await client.send(sent)).code == 0
    return sent["message_id"]


async def test_the_whole_sandbox_at_a_glance(client: Client) -> None:
    """Bot, people, conversations, weather, clock and the line, in one answer."""
    state = await client.control("GET", "/state")
    assert (state["bot"]["full_name"], state["bot"]["identity_number"]) == ("Demo Bot", "7000999001")
    names = [one["full_name"] for one in state["people"]]
    assert names == ["Alice", "Bob", "王芳", "さくら", "Noor", "Olivia"]
    assert [one["full_name"] for one in state["people"] if one["admin"]] == ["Olivia"]
    assert {one["name"] for one in state["conversations"]} == {"", "Luma Lounge"}
    assert (state["blaze"]["connected"], state["faults"], state["clock"]["offset_s"]) == (False, [], 0)
    async with client.blaze():
        assert (await client.control("GET", "/state"))["blaze"]["connected"] is True


async def test_a_persons_conversations_are_listed_the_latest_first(client: Client) -> None:
    """With the last message, what is unread, and who is in them."""
    first = await client.control("GET", f"/conversations?as={ALICE}")
    assert {row["name"] for row in first} == {"Demo Bot", "Luma Lounge"}
    client.sandbox.say("Bob", "hello all", conversation_id=GROUP_ID)
    latest, other = await client.control("GET", "/conversations?as=Alice")
    assert (latest["name"], latest["unread"], latest["last_message"]["data"]) == ("Luma Lounge", 1, "hello all")
    assert {"user_id": OLIVIA, "role": "OWNER"} in latest["participants"]
    assert (other["unread"], other["last_message"], other["category"]) == (0, None, "CONTACT")
    await client.control("POST", "/read", **{"as": "Alice", "conversation_id": GROUP_ID})
    assert (await client.control("GET", "/conversations?as=Alice"))[0]["unread"] == 0
    assert (await client.control("GET", "/conversations?as=Bob"))[0]["unread"] == 0


async def test_history_is_paged_backwards(client: Client) -> None:
    """The newest `limit`, oldest first; `before` a message the ones before it."""
    said = [client.sandbox.say("Alice", str(number)) for number in range(7)]
    path = f"/conversations/{said[0].conversation_id}/messages?as=Alice&limit=3"
    newest = await client.control("GET", path)
    assert [one["data"] for one in newest] == ["4", "5", "6"]
    earlier = await client.control("GET", f"{path}&before={newest[0]['message_id']}")
    assert [one["data"] for one in earlier] == ["1", "2", "3"]
    assert (newest[0]["status"], newest[0]["recalled"], newest[0]["user_id"]) == ("SENT", False, ALICE)
    stranger = await client.plain("GET", f"/_sandbox{path.replace('Alice', 'Bob')}")
    assert stranger.status == 403


@pytest.mark.parametrize(
    ("fields", "category", "data"),
    [
        ({"text": "hello"}, "PLAIN_TEXT", "hello"),
        ({"text": "# Hi", "category": "PLAIN_POST"}, "PLAIN_POST", "# Hi"),
        ({"data": {"user_id": BOB}, "category": "PLAIN_CONTACT"}, "PLAIN_CONTACT", {"user_id": BOB}),
        ({"data": '{"user_id":"x"}', "category": "PLAIN_CONTACT"}, "PLAIN_CONTACT", {"user_id": "x"}),
        ({"data_base64": "_-8", "category": "PLAIN_ODD"}, "PLAIN_ODD", "_-8"),
        ({"data_base64": "eyI", "category": "PLAIN_IMAGE"}, "PLAIN_IMAGE", "eyI"),
    ],
)
async def test_a_person_says_anything(client: Client, fields: Any, category: Any, data: Any) -> None:
    """Texts, JSON and raw bytes; whatever it is, the bot gets exactly that."""
    conversation = client.sandbox.talk("Alice").conversation_id
    made = await client.control("POST", f"/conversations/{conversation}/messages", **{"as": "Alice"} | fields)
    assert (made["category"], made["data"], made["user_id"]) == (category, data, ALICE)
    async with client.blaze() as line:
        pushed = await line.pushed()
    assert (pushed["message_id"], pushed["category"]) == (made["message_id"], category)
    assert pushed["data_base64"] == b64(client.sandbox.history("Alice")[0].data)


async def test_what_makes_no_sense_is_refused_in_words(client: Client) -> None:
    """400, 403 and 404, each with a description; nothing is said."""
    path = f"/conversations/{client.sandbox.talk('Alice').conversation_id}/messages"
    alice = {"as": "Alice"}
    assert await fails(client, "POST", path, **alice) == 400
    assert await fails(client, "POST", path, **alice, text="") == 400
    assert await fails(client, "POST", path, **alice, text="x", message_id="7") == 400
    assert await fails(client, "POST", path, **alice, text="x", created_at="yesterday") == 400
    assert await fails(client, "POST", path, **alice, data_base64="!") == 400
    assert await fails(client, "POST", path, **alice, text="x", category="") == 400
    assert await fails(client, "POST", path, **alice, category="MESSAGE_RECALL", text="x") == 400
    assert await fails(client, "POST", path, **{"as": "Bob", "text": "x"}) == 403
    assert await fails(client, "POST", path, **{"as": "Nobody", "text": "x"}) == 404
    assert await fails(client, "POST", f"/conversations/{ALICE}/messages", **alice, text="x") == 404
    assert await fails(client, "POST", "/burst", messages=7) == 400
    assert await fails(client, "POST", "/read", **alice) == 400
    assert (await client.plain("POST", "/_sandbox/read", b"{")).status == 400
    assert (await client.plain("POST", "/_sandbox/read", b"[]")).status == 400
    assert (await client.plain("GET", "/_sandbox/nothing")).status == 404
    assert client.sandbox.history("Alice") == []


async def test_many_things_are_said_at_once(client: Client) -> None:
    """A burst is what a benchmark needs; each may be somebody else's."""
    rows = [{"as": name, "text": str(number)} for number in range(50) for name in ("Alice", "Bob")]
    made = await client.control("POST", "/burst", messages=rows)
    assert len({one["message_id"] for one in made["messages"]}) == 100
    assert client.sandbox.queue.waiting(client.sandbox.bot_id) == 100


async def test_a_message_may_be_older_than_now(client: Client) -> None:
    """For backlog policies: created_at goes over the wire as given."""
    path = f"/conversations/{client.sandbox.talk('Alice').conversation_id}/messages"
    at = "2026-11-01T00:00:00.000001Z"
    client.sandbox.clock.offset_s = 0
    await client.control("POST", path, **{"as": "Alice", "text": "x", "created_at": at})
    assert client.sandbox.history("Alice")[0].created_at == at


async def test_buttons_are_pressed(client: Client) -> None:
    """`input:` is said as the person, trimmed; an empty one is swallowed; a link is only told."""
    message_id = await structured(client, "APP_BUTTON_GROUP", BUTTONS)
    pressed = await client.control("POST", "/press", **{"as": "Alice", "message_id": message_id, "index": 0})
    assert (pressed["message"]["data"], pressed["message"]["category"]) == ("/ping", "PLAIN_TEXT")
    opened = await client.control("POST", "/press", **{"as": "Alice", "message_id": message_id, "index": 1})
    assert opened == {"opens": "https://example.com"}
    before = len(client.sandbox.history("Alice"))
    empty = await structured(client, "APP_BUTTON_GROUP", [BUTTONS[0] | {"action": "input: \u3000 "}])
    assert await client.control("POST", "/press", **{"as": "Alice", "message_id": empty, "index": 0}) == {}
    assert len(client.sandbox.history("Alice")) == before + 1
    assert await fails(client, "POST", "/press", **{"as": "Alice", "message_id": message_id, "index": 2}) == 400
    assert await fails(client, "POST", "/press", **{"as": "Bob", "message_id": message_id}) == 403
    assert await fails(client, "POST", "/press", **{"as": "Alice", "message_id": BOB}) == 404


@pytest.mark.parametrize(
    "card",
    [
        {"app_id": "x", "title": "T", "description": "D", "action": "input:go", "icon_url": "", "shareable": True},
        {"app_id": "x", "title": "T", "description": "D", "actions": [BUTTONS[0] | {"action": "input:go"}]},
    ],
    ids=["old", "new"],
)
async def test_cards_are_pressed(client: Client, card: Any) -> None:
    """The whole card in the older style, a button of it in the newer."""
    message_id = await structured(client, "APP_CARD", card)
    pressed = await client.control("POST", "/press", **{"as": "Alice", "message_id": message_id, "index": 0})
    assert pressed["message"]["data"] == "go"


async def test_somebody_new_says_hi_only_if_asked(client: Client) -> None:
    """A stranger, a contact, or a contact who greets."""
    stranger = await client.control("POST", "/people", name="Uma", contact=False)
    contact = await client.control("POST", "/people", name="Vic")
    greeter = await client.control("POST", "/people", name="Wen", hi=True)
    numbers = [one["identity_number"] for one in (stranger, contact, greeter)]
    assert numbers == ["40007", "40008", "40009"]
    bot = client.sandbox.bot_id
    known = [bool(client.sandbox.conversations.of(one["user_id"])) for one in (stranger, contact, greeter)]
    assert known == [False, True, True]
    async with client.blaze() as line:
        pushed = await line.pushed()
        assert await line.quiet()
    assert (pushed["user_id"], pushed["data_base64"]) == (greeter["user_id"], b64(b"Hi"))
    assert await fails(client, "POST", "/people", name=" ") == 400
    assert await fails(client, "POST", "/people", name="X", identity_number="40001") == 400
    assert client.sandbox.people.relation(stranger["user_id"], bot) == "STRANGER"


async def test_whoever_adds_the_bot_greets_it(client: Client) -> None:
    """As Mixin's apps do: an ordinary text of the person, once, in words of choice; a friend adds nobody anew."""
    uma, vic = [await client.control("POST", "/people", name=name, contact=False) for name in ("Uma", "Vic")]
    for fields in ({"greeting": "你好"}, {"greeting": "again"}, {"blocked": False}):
        await client.control("POST", f"/people/{uma['user_id']}", contact=True, **fields)
    await client.control("POST", f"/people/{vic['user_id']}", contact=True, greeting="")
    async with client.blaze() as line:
        pushed = await line.pushed()
        assert await line.quiet()
    assert (pushed["user_id"], pushed["category"]) == (uma["user_id"], "PLAIN_TEXT")
    assert from_any(pushed["data_base64"]) == "你好".encode()


async def test_somebody_and_the_bot_part(client: Client) -> None:
    """What the two said is gone, with what waits because of it, and what was authorised; others and groups stay."""
    sandbox = client.sandbox
    sandbox.say("Alice", "to the bot")
    sandbox.say("Alice", "to all", conversation_id=GROUP_ID)
    sandbox.say("Bob", "to the bot")
    sandbox.authorize(Grant("5a4db0c5-0000-4000-8000-00000000a001", sandbox.bot_id, ALICE, "PROFILE:READ"))
    await client.control("POST", f"/people/{ALICE}/forget")

    assert sandbox.history("Alice") == []
    assert [one.data for one in sandbox.history(conversation_id=GROUP_ID)] == [b"to all"]
    assert sandbox.grants.of(ALICE, sandbox.bot_id) == []
    async with client.blaze() as line:
        assert (await line.pushed())["user_id"] == BOB
        assert await line.quiet()


async def test_T_groups_come_and_change_with_system_messages(client: Client) -> None:
    """CREATE, ADD, ROLE and REMOVE are told to a bot that is in the group, and its own removal too."""
    group = await client.control("POST", "/groups", **{"name": "G", "as": "Alice", "members": ["Bob", "7000999001"]})
    path = f"/groups/{group['conversation_id']}/members"
    await client.control("POST", path, add=["Noor"], admins=["Noor"])
    await client.control("POST", path, **{"as": "Noor", "remove": ["Bob"]})
    await client.control("POST", path, remove=[client.sandbox.bot_id])
    async with client.blaze() as line:
        pushed = [await line.pushed() for _ in range(5)]
        assert await line.quiet()
    told = [json.loads(from_any(one["data_base64"])) for one in pushed]
    assert {one["category"] for one in pushed} == {"SYSTEM_CONVERSATION"}
    assert [(one["action"], one["participant_id"], one["user_id"]) for one in told] == [
        ("CREATE", ALICE, ALICE), ("ADD", NOOR, ALICE), ("ROLE", NOOR, ALICE), ("REMOVE", BOB, NOOR),
        ("REMOVE", client.sandbox.bot_id, ALICE),
    ]  # fmt: skip
    assert told[2]["role"] == "ADMIN"
    assert (await client.send(item(group["conversation_id"], ""))).code == 403
    assert await fails(client, "POST", path, **{"as": "Bob", "add": ["Olivia"]}) == 403
    assert await fails(client, "POST", f"/groups/{ALICE}/members", add=["Olivia"]) == 404


async def test_coins_come_from_nowhere(client: Client) -> None:
    """As many outputs as asked; 0 takes all away."""
    got = await client.control("POST", "/wallet", **{"as": "Noor", "asset": "BTC", "amount": "0.5", "count": 3})
    assert got["balances"] == {BTC: "1.5"}
    got = await client.control("POST", "/wallet", **{"as": "Noor", "asset": BTC, "amount": "0"})
    assert got["balances"] == {}
    for wrong in ({"asset": "DOGE"}, {"amount": "-1"}, {"amount": "NaN"}, {"amount": "x"}, {"count": 0}):
        fields = {"as": "Noor", "asset": "BTC", "amount": "1"} | wrong
        assert await fails(client, "POST", "/wallet", **fields) == 400


async def test_the_keystore_can_be_made_worthless(client: Client) -> None:
    """F6: as after a new session was generated in the dashboard."""
    await client.control("POST", "/revoke")
    assert (await client.call("GET", "/me")).code == 401
    async with client.blaze(start=False) as line:
        assert (await line.frame())["error"]["code"] == 401


async def test_the_clock_is_set_off(client: Client) -> None:
    """Either way, until it is set back."""
    assert (await client.control("POST", "/clock", offset_s=-400))["offset_s"] == -400
    assert (await client.call("GET", "/me")).code == 401
    await client.control("POST", "/clock", offset_s=0)
    assert (await client.call("GET", "/me")).code == 0
    assert await fails(client, "POST", "/clock", offset_s="soon") == 400


async def test_settings_are_changed_while_it_runs(client: Client) -> None:
    """Policy and window; a wrong one is refused in words."""
    changed = await client.control("POST", "/settings", second_line="both", window=5)
    assert (changed["second_line"], changed["window"]) == ("both", 5)
    assert (client.sandbox.lines.policy, client.sandbox.options.window) == ("both", 5)
    assert await fails(client, "POST", "/settings", second_line="maybe") == 400
    assert await fails(client, "POST", "/settings", window=0) == 400


async def test_what_was_acknowledged_is_known(client: Client) -> None:
    """For tests that ask whether a message was settled."""
    first, second = client.sandbox.say("Alice", "1"), client.sandbox.say("Alice", "2")
    await client.acknowledge(first.message_id)
    found = await client.control("GET", "/acknowledged")
    assert found == {"acknowledged": {first.message_id: "READ"}, "waiting": 1}
    assert second.message_id not in found["acknowledged"]


async def test_answers_are_there_as_soon_as_the_bot_is_done(client: Client) -> None:
    """When the message is acknowledged, what was said after it is told; a message that no bot hears waits for none."""
    before = client.sandbox.say("Alice", "one")
    await client.send(item(before.conversation_id, ALICE, "early"))
    said = client.sandbox.say("Alice", "two")
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(client.control("GET", f"/answers?message_id={said.message_id}"))
        await client.send(item(said.conversation_id, ALICE, "late"))
        await client.acknowledge(said.message_id)
    found = waiting.result()
    assert (found["heard"], found["acknowledged"]) == (True, True)
    assert [one["data"] for one in found["answers"]] == ["late"]

    unheard = client.sandbox.say("Alice", "among us", conversation_id=GROUP_ID)
    assert (await client.control("GET", f"/answers?message_id={unheard.message_id}"))["heard"] is False
    silent = client.sandbox.say("Alice", "three")
    late = await client.control("GET", f"/answers?message_id={silent.message_id}&within=0.05")
    assert (late["heard"], late["acknowledged"], late["answers"]) == (True, False, [])


async def test_answers_of_a_bot_that_acknowledges_first(client: Client) -> None:
    """`quiet` waits until the conversation has been still for a while."""
    said = client.sandbox.say("Alice", "hello")
    await client.acknowledge(said.message_id)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(client.control("GET", f"/answers?message_id={said.message_id}&quiet=0.5"))
        await client.send(item(said.conversation_id, ALICE, "first"))
        await client.send(item(said.conversation_id, ALICE, "second"))
    assert [one["data"] for one in waiting.result()["answers"]] == ["first", "second"]


@pytest.mark.parametrize("query", ["message_id=nothing", "message_id={id}&within=x", "message_id={id}&quiet=-1"])
async def test_answers_to_nothing(client: Client, query: str) -> None:
    """404 for no message, 400 for no time."""
    said = client.sandbox.say("Alice", "hello")
    status = await fails(client, "GET", f"/answers?{query.format(id=said.message_id)}")
    assert status == (400 if "{id}" in query else 404)


async def test_check_09_a_reset_of_a_part_leaves_the_rest(client: Client) -> None:
    """Frames, weather, messages, or all; what else is asked for is refused in words."""
    said = client.sandbox.say("Alice", "hello")
    await client.control("POST", "/people", name="Zoë")
    await client.call("GET", "/me")
    client.sandbox.faults.add("html", path="/nowhere")
    client.sandbox.set_clock(60)
    await client.control("POST", "/reset", only="frames")
    assert await client.control("GET", "/frames") == []
    assert (len(client.sandbox.faults.view()), client.sandbox.clock.offset_s) == (1, 60)
    await client.control("POST", "/reset", only="weather")
    assert (client.sandbox.faults.view(), client.sandbox.clock.offset_s) == ([], 0)
    assert client.sandbox.history("Alice") == [said]
    await client.control("POST", "/reset", only="messages")
    assert (client.sandbox.history("Alice"), client.sandbox.queue.waiting(client.sandbox.bot_id)) == ([], 0)
    assert client.sandbox.person("Zoë")
    await client.control("POST", "/reset")
    assert "Zoë" not in [one.full_name for one in client.sandbox.people]
    assert await fails(client, "POST", "/reset", only="something") == 400
