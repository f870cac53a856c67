"""Circles: made, renamed, filled in both forms of the body, bounded."""

import uuid
from typing import Any

import pytest

from bot.sandbox.circles import MAX_CIRCLES, MAX_OF_CONVERSATION
from bot.sandbox.ids import contact_id
from bot.sandbox.world import ALICE, BOB, GROUP_ID
from tests.bot.sandbox.client import Client
from tests.bot.sandbox.person import App


async def make(client: Client, name: str = "Work") -> Any:
    return (await client.call("POST", "/circles", {"name": name})).data


async def test_a_circle_is_made_renamed_and_deleted(client: Client) -> None:
    """Each step is in the list, somebody else's circles are not."""
    made = await make(client, " Work ")
    assert (made["type"], made["name"], made["user_id"]) == ("circle", "Work", client.sandbox.bot_id)
    path = f"/circles/{made['circle_id']}"
    assert (await client.call("POST", path, {"name": "Play"})).data["name"] == "Play"
    assert (await client.call("GET", "/circles")).data == [made | {"name": "Play"}]
    assert (await client.call("GET", path)).data["name"] == "Play"
    alice = await App(client).connect("PROFILE:READ CIRCLES:READ")
    assert (await alice.call("GET", "/circles")).data == []
    assert (await alice.call("GET", path)).code == 404
    assert (await alice.call("POST", "/circles", {"name": "Mine"})).code == 403
    assert (await client.call("POST", path + "/delete")).body == {}
    assert (await client.call("GET", path)).code == 404


@pytest.mark.parametrize("as_list", [True, False])
async def test_conversations_come_in_and_go_out(client: Client, as_list: bool) -> None:
    """One object or an array of them, by person or by conversation; a conversation tells its circles."""
    circle = (await make(client))["circle_id"]
    row = {"circle_id": circle, "action": "ADD"}
    body = [row] if as_list else row
    (added,) = (await client.call("POST", f"/conversations/{GROUP_ID}/circles", body)).data
    assert (added["type"], added["conversation_id"]) == ("circle_conversation", GROUP_ID)
    with_alice = contact_id(ALICE, client.sandbox.bot_id)
    await client.call("POST", f"/users/{ALICE}/circles", body)
    path = f"/circles/{circle}/conversations"
    found = (await client.call("GET", path)).data
    assert [one["conversation_id"] for one in found] == [GROUP_ID, with_alice]
    later = (await client.call("GET", f"{path}?offset={found[1]['created_at']}&limit=500")).data
    assert later == found[1:]
    (shown,) = (await client.call("GET", f"/conversations/{GROUP_ID}")).data["circles"]
    assert shown.keys() == {"circle_id", "conversation_id", "user_id", "created_at"}
    removal = row | {"action": "REMOVE"}
    await client.call("POST", f"/conversations/{GROUP_ID}/circles", [removal] if as_list else removal)
    rows = [{"conversation_id": with_alice, "action": "REMOVE"}, {"conversation_id": GROUP_ID, "action": "ADD"}]
    await client.call("POST", path, rows)
    assert [one["conversation_id"] for one in (await client.call("GET", path)).data] == [GROUP_ID]


async def test_circles_are_bounded(client: Client) -> None:
    """64 for each person, five for each conversation."""
    ids = [(await make(client, f"C{number}"))["circle_id"] for number in range(MAX_CIRCLES)]
    assert (await client.call("POST", "/circles", {"name": "one more"})).code == 10002
    rows = [{"circle_id": one, "action": "ADD"} for one in ids[: MAX_OF_CONVERSATION + 1]]
    assert (await client.call("POST", f"/users/{ALICE}/circles", rows)).code == 20133
    assert (await client.call("GET", f"/circles/{ids[0]}/conversations")).data == []
    assert (await client.call("POST", f"/users/{ALICE}/circles", rows[:-1])).code == 0
    assert (await client.call("POST", f"/users/{ALICE}/circles", rows[:1])).code == 0


async def test_what_makes_no_sense_is_refused(client: Client) -> None:
    """Names, actions, people and conversations that are not there."""
    circle = (await make(client))["circle_id"]
    row = {"circle_id": circle, "action": "ADD"}
    for name in ("", " ", "x" * 513, 5):
        assert (await client.call("POST", "/circles", {"name": name})).code == 10002
    assert (await client.call("POST", f"/users/{BOB}/circles", row | {"action": "MOVE"})).code == 10002
    assert (await client.call("POST", f"/users/{BOB}/circles", ["x"])).code == 10002
    assert (await client.call("POST", f"/users/{uuid.uuid4()}/circles", row)).code == 404
    assert (await client.call("POST", f"/users/{BOB}/circles", row | {"circle_id": BOB})).code == 404
    assert (await client.call("POST", f"/conversations/{uuid.uuid4()}/circles", row)).code == 403
