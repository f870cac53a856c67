"""Pins of a conversation, and what who runs a group may change."""

import json
from typing import Any

import pytest

from bot.sandbox.world import ALICE, GROUP_ID, OLIVIA
from tests.bot.sandbox.client import Client, b64, item


def pin(message_ids: list[str], action: str = "PIN") -> str:
    return json.dumps({"action": action, "message_ids": message_ids})


async def row(client: Client, person: str, conversation_id: str) -> Any:
    rows = await client.control("GET", f"/conversations?as={person}")
    return next(one for one in rows if one["conversation_id"] == conversation_id)


async def test_people_and_bots_pin_and_unpin(client: Client) -> None:
    """The newest pin is told with the conversation; what is not there, or was taken back, is not pinned."""
    first, second = client.sandbox.say("Alice", "one"), client.sandbox.say("Alice", "two")
    chat = first.conversation_id
    client.sandbox.say("Alice", pin([first.message_id, "nothing"]), category="MESSAGE_PIN")
    data = b64(pin([second.message_id]).encode())
    assert (await client.send(item(chat, ALICE, category="MESSAGE_PIN", data_base64=data))).code == 0
    shown = await row(client, "Alice", chat)
    assert (shown["pins"], shown["pinned"]["data"]) == ([first.message_id, second.message_id], "two")

    client.sandbox.say("Alice", json.dumps({"message_id": second.message_id}), category="MESSAGE_RECALL")
    assert (await row(client, "Alice", chat))["pinned"]["data"] == "one"
    client.sandbox.say("Alice", pin([second.message_id]), category="MESSAGE_PIN")
    client.sandbox.say("Alice", pin([first.message_id], "UNPIN"), category="MESSAGE_PIN")
    assert (await row(client, "Alice", chat))["pins"] == []


@pytest.mark.parametrize("data", [{"action": "STICK", "message_ids": []}, {"action": "PIN", "message_ids": "x"}])
async def test_a_pin_of_another_shape_is_refused(client: Client, data: Any) -> None:
    """10002 for a bot; nothing is pinned."""
    chat = client.sandbox.talk("Alice").conversation_id
    sent = item(chat, ALICE, category="MESSAGE_PIN", data_base64=b64(json.dumps(data).encode()))
    assert (await client.send(sent)).code == 10002
    assert (await row(client, "Alice", chat))["pins"] == []


async def test_in_a_group_only_who_runs_it_pins(client: Client) -> None:
    """403 for a bot that is an ordinary member, and for a person who is one."""
    said = client.sandbox.say("Bob", "hello", conversation_id=GROUP_ID)
    data = b64(pin([said.message_id]).encode())
    assert (await client.send(item(GROUP_ID, "", category="MESSAGE_PIN", data_base64=data))).code == 403
    answer = await client.plain(
        "POST", f"/_sandbox/conversations/{GROUP_ID}/messages",
        json.dumps({"as": "Bob", "category": "MESSAGE_PIN", "data": json.loads(pin([said.message_id]))}).encode(),
    )  # fmt: skip
    assert answer.status == 403
    client.sandbox.say("Alice", pin([said.message_id]), category="MESSAGE_PIN", conversation_id=GROUP_ID)
    assert (await row(client, "Bob", GROUP_ID))["pins"] == [said.message_id]


async def test_who_runs_a_group_changes_it(client: Client) -> None:
    """Name, announcement and code; others are refused, and the old code is worth nothing."""
    before = client.sandbox.conversations.get(GROUP_ID)
    assert before is not None
    code = before.code_id
    made = await client.control(
        "POST", f"/groups/{GROUP_ID}", **{"as": "Alice"}, name="Den", announcement="Hi", rotate=True
    )
    assert (made["name"], made["announcement"], made["code_id"] != code) == ("Den", "Hi", True)
    assert (await client.control("GET", f"/codes/{code}"))["type"] == ""
    for fields, status in (
        ({"as": "Bob", "name": "Mine"}, 403),
        ({"name": ""}, 400),
        ({"as": "Bob", "rotate": True}, 403),
    ):
        answer = await client.plain("POST", f"/_sandbox/groups/{GROUP_ID}", json.dumps(fields).encode())
        assert answer.status == status
    await client.control("POST", f"/groups/{GROUP_ID}/members", **{"as": OLIVIA}, members=["Alice"])
    assert before.members[ALICE]["role"] == ""
