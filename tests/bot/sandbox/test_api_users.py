"""People over the API: who one is, whom one knows, whom one blocks; scopes."""

import json
import uuid
from typing import Any

import pytest

from bot.sandbox import Grant
from bot.sandbox.keys import session_of
from bot.sandbox.world import ALICE, BOB, OLIVIA
from tests.bot.sandbox.client import Client


@pytest.fixture
def alice(client: Client) -> dict[str, Any]:
    """Claims of a token of Alice's, who allowed the bot to read her profile."""
    key = session_of(client.keystore).text
    grant = Grant(str(uuid.uuid4()), client.sandbox.bot_id, ALICE, "PROFILE:READ", key)
    client.sandbox.authorize(grant)
    return {"uid": None, "sid": None, "aid": grant.authorization_id, "iss": grant.app_id, "scp": grant.scope}


async def test_me_is_the_bot(client: Client) -> None:
    """With the app object by which bots are told, and without the capability of encryption."""
    me = (await client.call("GET", "/me")).data
    assert (me["relationship"], me["session_id"]) == ("ME", client.keystore["session_id"])
    assert (me["app"]["app_number"], me["app"]["creator_id"]) == ("7000999001", OLIVIA)
    assert me["app"]["capabilities"] == ["GROUP", "CONTACT"]
    assert (await client.call("GET", "/safe/me")).data == me


async def test_a_persons_token_opens_what_was_granted(client: Client, alice: dict[str, Any]) -> None:
    """401 and 403 are different things: who one is, and what one may."""
    me = (await client.call("GET", "/me", **alice)).data
    assert (me["user_id"], me["full_name"], "app" in me) == (ALICE, "Alice", False)
    assert (await client.call("GET", f"/users/{BOB}", **alice)).code == 0
    assert (await client.call("GET", "/friends", **alice)).code == 403
    assert (await client.call("POST", "/messages", [], **alice)).code == 403
    assert (await client.call("GET", "/friends", **alice | {"aid": str(uuid.uuid4())})).code == 401


async def test_people_are_found_by_id_number_and_phone(client: Client) -> None:
    """404 for who does not exist, 10002 for what is no id."""
    zoe = await client.control("POST", "/people", name="Zoë", phone="+4912345")
    for path in (f"/users/{zoe['user_id']}", "/search/40007", "/search/%2B4912345"):
        assert (await client.call("GET", path)).data["user_id"] == zoe["user_id"]
    assert (await client.call("GET", f"/users/{uuid.uuid4()}")).code == 404
    assert (await client.call("GET", "/users/Alice")).code == 10002
    assert (await client.call("GET", "/search/0")).code == 404


async def test_unknown_people_are_left_out_of_a_list(client: Client) -> None:
    """POST /users/fetch gives those that there are, each once."""
    asked = [ALICE, str(uuid.uuid4()), BOB, ALICE]
    found = (await client.call("POST", "/users/fetch", asked)).data
    assert [one["user_id"] for one in found] == [ALICE, BOB]
    assert (await client.call("POST", "/users/fetch", ["x"])).code == 10002
    assert (await client.call("POST", "/users/fetch", {"a": 1})).code == 10002


@pytest.mark.parametrize(
    ("action", "path", "relationship"),
    [("ADD", "/friends", "FRIEND"), ("BLOCK", "/blocking_users", "BLOCKING")],
)
async def test_relations_come_and_go(client: Client, action: str, path: str, relationship: str) -> None:
    """ADD and REMOVE, BLOCK and UNBLOCK, seen in the lists and in the user."""
    body = {"user_id": ALICE, "action": action}
    assert (await client.call("POST", "/relationships", body)).data["relationship"] == relationship
    assert [one["user_id"] for one in (await client.call("GET", path)).data] == [ALICE]
    undo = {"ADD": "REMOVE", "BLOCK": "UNBLOCK"}[action]
    await client.call("POST", "/relationships", body | {"action": undo})
    assert (await client.call("GET", path)).data == []
    assert (await client.call("POST", "/relationships", body | {"action": "Remove"})).code == 10002
    assert (await client.call("POST", "/relationships", body | {"user_id": str(uuid.uuid4())})).code == 404


async def test_the_bot_may_change_itself(client: Client) -> None:
    """Name, biography and preferences stay changed; GET /me/code makes a new code each time."""
    await client.call("POST", "/me", {"full_name": "Renamed", "biography": "new", "user_id": "ignored"})
    await client.call("POST", "/me/preferences", {"fiat_currency": "EUR", "nonsense": 1})
    me = (await client.call("GET", "/me")).data
    assert (me["full_name"], me["biography"], me["fiat_currency"]) == ("Renamed", "new", "EUR")
    codes = {(await client.call("GET", "/me/code")).data["code_id"] for _ in range(2)}
    assert len(codes) == 2


async def test_sessions_carry_curve_keys(client: Client) -> None:
    """32 bytes of X25519 key for each phone; the bot has one session."""
    rows = (await client.call("POST", "/sessions/fetch", [ALICE, client.sandbox.bot_id])).data
    assert [(one["user_id"], one["platform"]) for one in rows] == [(ALICE, "Android"), (client.sandbox.bot_id, "")]
    assert all(len(one["public_key"]) == 43 for one in rows)
    assert json.dumps(rows)
