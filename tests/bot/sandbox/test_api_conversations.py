"""Conversations over the API: made, read, changed, left."""

import uuid
from typing import Any

import pytest

from bot.sandbox.ids import contact_id, group_id
from bot.sandbox.world import ALICE, BOB, GROUP_ID, NOOR, OLIVIA
from tests.bot.sandbox.client import Client


async def make_group(client: Client, *members: str, **changed: Any) -> Any:
    body = {
        "category": "GROUP", "conversation_id": str(uuid.uuid4()), "name": "Team",
        "participants": [{"user_id": one} for one in members],
    }  # fmt: skip
    return await client.call("POST", "/conversations", body | changed)


async def test_a_conversation_is_shown_as_documented(client: Client) -> None:
    """Participants with roles, their sessions without platform, codes for groups only."""
    group = (await client.call("GET", f"/conversations/{GROUP_ID}")).data
    roles = {one["user_id"]: one["role"] for one in group["participants"]}
    assert (roles[OLIVIA], roles[ALICE], roles[client.sandbox.bot_id]) == ("OWNER", "ADMIN", "")
    assert (group["category"], group["name"], bool(group["code_id"])) == ("GROUP", "Luma Lounge", True)
    assert {tuple(sorted(one)) for one in group["participant_sessions"]} == {
        ("public_key", "session_id", "type", "user_id")
    }
    contact = (await client.call("GET", f"/conversations/{client.sandbox.talk('Bob').conversation_id}")).data
    assert (contact["category"], contact["name"], contact["code_id"]) == ("CONTACT", "", "")


async def test_strangers_conversations_are_403_and_unknown_ones_404(client: Client) -> None:
    """Not being in it and there being none are told apart."""
    group = await client.control("POST", "/groups", **{"name": "G", "as": "Alice", "members": ["Bob"]})
    assert (await client.call("GET", f"/conversations/{group['conversation_id']}")).code == 403
    assert (await client.call("GET", f"/conversations/{uuid.uuid4()}")).code == 404


async def test_F33_a_contact_conversation_is_made_once(client: Client) -> None:
    """The computed id, exactly one other, and the same again is the same."""
    zoe = (await client.control("POST", "/people", name="Zoë", contact=False))["user_id"]
    body = {
        "category": "CONTACT", "conversation_id": contact_id(zoe, client.sandbox.bot_id),
        "participants": [{"user_id": zoe}],
    }  # fmt: skip
    first = await client.call("POST", "/conversations", body)
    assert (await client.call("POST", "/conversations", body)).data == first.data
    assert len(first.data["participants"]) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"conversation_id": str(uuid.uuid4())}, "conversation_id"),
        ({"conversation_id": "x"}, "conversation_id"),
        ({"participants": []}, "participants"),
        ({"participants": [{"user_id": BOB}, {"user_id": NOOR}]}, "participants"),
        ({"participants": [{"user_id": str(uuid.uuid4())}]}, "participants"),
        ({"participants": "Zoë"}, "participants"),
        ({"category": "CHANNEL"}, "category"),
    ],
)
async def test_a_contact_conversation_that_cannot_be_is_10002(client: Client, changes: Any, field: str) -> None:
    """With the field that was wrong."""
    zoe = (await client.control("POST", "/people", name="Zoë", contact=False))["user_id"]
    body = {
        "category": "CONTACT", "conversation_id": contact_id(zoe, client.sandbox.bot_id),
        "participants": [{"user_id": zoe}],
    } | changes  # fmt: skip
    refused = (await client.call("POST", "/conversations", body)).body["error"]
    assert (refused["code"], refused["extra"]["field"]) == (10002, field)


async def test_a_group_with_a_random_id_must_have_the_computed_id(client: Client) -> None:
    """random_id lets the server verify; a wrong one is 10002."""
    random_id = str(uuid.uuid4())
    computed = group_id(client.sandbox.bot_id, "Team", [ALICE, BOB], random_id)
    made = await make_group(client, ALICE, BOB, random_id=random_id, conversation_id=computed)
    assert (made.data["conversation_id"], made.data["creator_id"]) == (computed, client.sandbox.bot_id)
    assert (await make_group(client, ALICE, BOB, random_id=random_id)).code == 10002
    assert (await make_group(client, ALICE, BOB, random_id="x")).code == 10002


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"name": ""}, 10002), ({"name": "x" * 513}, 10002), ({"announcement": "x" * 1025}, 10002)],
)
async def test_a_groups_texts_have_their_limits(client: Client, changes: Any, code: int) -> None:
    """512 characters of name, 1,024 of announcement."""
    assert (await make_group(client, ALICE, **changes)).code == code


async def test_a_group_has_256_members_at_most(client: Client) -> None:
    """20116 beyond."""
    people = [(await client.control("POST", "/people", name=f"P{n}", contact=False))["user_id"] for n in range(256)]
    assert (await make_group(client, *people)).code == 20116
    group = (await make_group(client, *people[:255])).data["conversation_id"]
    full = await client.call("POST", f"/conversations/{group}/participants/ADD", [{"user_id": people[255]}])
    assert full.code == 20116


async def test_members_come_go_and_get_roles(client: Client) -> None:
    """By owner and admins only; the owner stays."""
    group = (await make_group(client, ALICE)).data["conversation_id"]
    path = f"/conversations/{group}/participants"
    added = await client.call("POST", f"{path}/ADD", [{"user_id": BOB}, {"user_id": ALICE}])
    assert {one["user_id"] for one in added.data["participants"]} == {client.sandbox.bot_id, ALICE, BOB}
    ruled = await client.call("POST", f"{path}/ROLE", [{"user_id": BOB, "role": "ADMIN"}])
    assert [one["role"] for one in ruled.data["participants"]] == ["OWNER", "", "ADMIN"]
    removed = await client.call("POST", f"{path}/REMOVE", [{"user_id": ALICE}])
    assert ALICE not in {one["user_id"] for one in removed.data["participants"]}
    assert (await client.call("POST", f"{path}/REMOVE", [{"user_id": client.sandbox.bot_id}])).code == 10002
    assert (await client.call("POST", f"{path}/DANCE", [])).code == 404
    assert (await client.call("POST", f"/conversations/{GROUP_ID}/participants/ADD", [{"user_id": NOOR}])).code == 403


async def test_groups_are_renamed_left_and_joined_by_code(client: Client) -> None:
    """Each by whoever may."""
    group = (await make_group(client, ALICE)).data
    path = f"/conversations/{group['conversation_id']}"
    assert (await client.call("POST", path, {"name": "New", "announcement": "A"})).data["name"] == "New"
    rotated = (await client.call("POST", f"{path}/rotate")).data["code_id"]
    assert rotated != group["code_id"]
    assert (await client.call("POST", f"{path}/exit")).code == 0
    assert (await client.call("GET", path)).code == 403
    assert (await client.call("POST", f"/conversations/{group['code_id']}/join")).code == 404
    assert (await client.call("POST", f"/conversations/{rotated}/join")).code == 0
    assert (await client.call("GET", path)).code == 0


async def test_muting_and_disappearing_have_limits(client: Client) -> None:
    """Whole seconds from 0; twelve weeks for disappearing messages."""
    path = f"/conversations/{client.sandbox.talk('Alice').conversation_id}"
    muted = (await client.call("POST", f"{path}/mute", {"duration": 3600})).data["mute_until"]
    assert muted > client.sandbox.clock.text()
    assert (await client.call("POST", f"{path}/mute", {"duration": 0})).data["mute_until"].startswith("0001-")
    assert (await client.call("POST", f"{path}/disappear", {"duration": 7_257_600})).data["expire_in"] == 7_257_600
    for duration in (7_257_601, -1, "1", None, True):
        assert (await client.call("POST", f"{path}/disappear", {"duration": duration})).code == 10002
