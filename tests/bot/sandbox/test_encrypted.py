"""Encrypted messages both ways: devices that come, go and change, and a bot that must keep up with them."""

import base64
import json
from typing import Any

import pytest

from bot.sandbox import Message, Sandbox
from bot.sandbox.base64s import from_any, to_url
from bot.sandbox.sealed_files import unseal_file
from bot.sandbox.sealing import Unreadable, checksum, seal, sealed_for, unseal
from bot.sandbox.tables import transaction
from bot.sandbox.world import ALICE, BOB, GROUP_ID
from tests.bot.sandbox.client import Client, b64, item


@pytest.fixture
def client(client: Client) -> Client:
    client.sandbox.switch_encryption(True)
    return client


def own_seed(client: Client) -> bytes:
    return bytes.fromhex(client.keystore["session_private_key"])


async def sessions(client: Client, *people: str) -> list[dict[str, Any]]:
    return list((await client.call("POST", "/sessions/fetch", list(people))).data)


def letter(client: Client, known: list[dict[str, Any]], text: str = "pong", to: str = ALICE, **changed: Any) -> Any:
    """An item for the sessions that the bot knows of."""
    keys = [(one["session_id"], from_any(one["public_key"])) for one in known]
    ids = [one["session_id"] for one in known]
    conversation_id = client.sandbox.talk(to).conversation_id
    sealed = seal(own_seed(client), text.encode(), keys)
    facts = {"checksum": checksum(ids), "recipient_sessions": [{"session_id": one} for one in ids]}
    return item(conversation_id, to, category="ENCRYPTED_TEXT", data_base64=b64(sealed)) | facts | changed


async def send(client: Client, *letters: Any) -> list[dict[str, Any]]:
    """The receipts in the order of the letters."""
    answer = await client.call("POST", "/encrypted_messages", list(letters))
    assert answer.code == 0, answer.raw
    found = {row["message_id"]: row for row in answer.data}
    return [found[one["message_id"]] for one in letters]


def last(client: Client, person: str = "Alice") -> Message:
    return client.sandbox.history(person)[-1]


async def test_a_person_writes_encrypted_to_a_bot_that_wants_it(client: Client) -> None:
    """The bot is pushed what only its own session opens; the page shows the text."""
    said = client.sandbox.say("Alice", "/ping")
    async with client.blaze() as line:
        pushed = await line.pushed()
    assert (pushed["category"], pushed["data_base64"]) == ("ENCRYPTED_TEXT", to_url(said.sealed))
    assert base64.b64decode(pushed["data"]) == said.sealed
    assert unseal(said.sealed, client.keystore["session_id"], own_seed(client)) == b"/ping"
    assert last(client).data == b"/ping"
    with pytest.raises(Unreadable):
        unseal(said.sealed, client.keystore["session_id"], bytes(32))


async def test_a_persons_other_devices_can_read_along(client: Client) -> None:
    """They stand before the bot's session in the payload."""
    with transaction(client.sandbox.db):
        desktop = client.sandbox.people.add_device(ALICE, "Desktop")
    said = client.sandbox.say("Alice", "hi")
    assert sealed_for(said.sealed) == [desktop.session_id, client.keystore["session_id"]]


async def test_groups_and_old_apps_stay_in_clear(client: Client) -> None:
    """As do bots that did not ask for encryption, and the categories that are never encrypted."""
    bot = client.sandbox.bot
    in_group = client.sandbox.say("Alice", f"@{bot.identity_number} /ping", conversation_id=GROUP_ID)
    assert (in_group.category, in_group.sealed) == ("PLAIN_TEXT", b"")
    phone = (await client.control("GET", f"/people/{BOB}/devices"))[0]
    await client.control("DELETE", f"/people/{BOB}/devices/{phone['session_id']}")
    await client.control("POST", f"/people/{BOB}/devices", keyless=True)
    assert client.sandbox.say("Bob", "hi").category == "PLAIN_TEXT"
    pin = {"action": "PIN", "message_ids": [in_group.message_id]}
    assert client.sandbox.say("Alice", json.dumps(pin), category="MESSAGE_PIN").category == "MESSAGE_PIN"
    client.sandbox.switch_encryption(False)
    assert client.sandbox.say("Alice", "hi").category == "PLAIN_TEXT"


async def test_what_a_bot_encrypts_a_person_reads(client: Client) -> None:
    """On every device; the message is delivered like any other."""
    with transaction(client.sandbox.db):
        client.sandbox.people.add_device(ALICE, "Desktop")
    known = await sessions(client, ALICE)
    assert [one["platform"] for one in known] == ["Android", "Desktop"]
    assert [row["state"] for row in await send(client, letter(client, known, "pong"))] == ["SUCCESS"]
    shown = (await client.control("GET", f"/conversations/{last(client).conversation_id}/messages?as=Alice"))[-1]
    assert (shown["category"], shown["data"], shown["status"]) == ("ENCRYPTED_TEXT", "pong", "DELIVERED")
    assert "trouble" not in shown


async def test_the_same_letter_again_is_success_and_nothing_else(client: Client) -> None:
    """Encrypted anew under the same id, as after a lost answer."""
    known = await sessions(client, ALICE)
    first = letter(client, known, "once")
    again = letter(client, known, "twice", message_id=first["message_id"])
    assert [row["state"] for row in await send(client, first)] == ["SUCCESS"]
    assert [row["state"] for row in await send(client, again)] == ["SUCCESS"]
    assert [one.data for one in client.sandbox.history("Alice")] == [b"once"]


async def test_a_rotated_device_fails_its_own_letter_only(client: Client) -> None:
    """The receipt names the sessions that are right now; with them the same id goes through."""
    known = await sessions(client, ALICE, BOB)
    for_alice, for_bob = known[:1], known[1:]
    await client.control("POST", f"/people/{ALICE}/devices/{for_alice[0]['session_id']}/rotate")
    stale, fine = letter(client, for_alice), letter(client, for_bob, to=BOB)
    failed, succeeded = await send(client, stale, fine)
    assert (failed["state"], succeeded["state"], succeeded["sessions"]) == ("FAILED", "SUCCESS", [])
    assert failed["recipient_id"] == ALICE
    assert failed["sessions"][0]["session_id"] != for_alice[0]["session_id"]
    assert client.sandbox.history("Alice") == []
    again = letter(client, failed["sessions"], "now", message_id=stale["message_id"])
    assert (await send(client, again))[0]["state"] == "SUCCESS"
    assert last(client).data == b"now"


async def test_nobody_to_read_it(client: Client) -> None:
    """Somebody without any session: failed, and no sessions to try again with."""
    known = await sessions(client, ALICE)
    await client.control("DELETE", f"/people/{ALICE}/devices/{known[0]['session_id']}")
    assert await sessions(client, ALICE) == []
    rows = await send(client, letter(client, known))
    assert (rows[0]["state"], rows[0]["sessions"]) == ("FAILED", [])
    assert [
        one["state"] for one in await send(client, letter(client, [], category="PLAIN_TEXT", data_base64="aGk"))
    ] == ["FAILED"]


async def test_an_old_app_gets_it_in_clear_on_the_same_way(client: Client) -> None:
    """A session without a key: the plain category, with checksum and sessions all the same."""
    await client.control("POST", f"/people/{ALICE}/devices", keyless=True, platform="Desktop")
    known = await sessions(client, ALICE)
    assert known[1]["public_key"] == ""
    ids = [one["session_id"] for one in known]
    facts = {"checksum": checksum(ids), "recipient_sessions": [{"session_id": one} for one in ids]}
    plain = item(client.sandbox.talk(ALICE).conversation_id, ALICE, "plain") | facts
    assert (await send(client, plain))[0]["state"] == "SUCCESS"
    assert last(client).data == b"plain"
    half = letter(client, known[:1]) | facts
    assert (await send(client, half))[0]["state"] == "FAILED"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"recipient_id": ""}, "recipient_id"),
        ({"checksum": "0" * 32}, "checksum"),
        ({"recipient_sessions": "x"}, "recipient_sessions"),
        ({"data_base64": "AQEA"}, "data_base64"),
        ({"category": "ENCRYPTED_NONSENSE"}, "category"),
        ({"category": "PLAIN_TEXT", "data_base64": "_w"}, "data_base64"),
    ],
)
async def test_a_letter_of_another_shape_is_refused(client: Client, changed: Any, field: str) -> None:
    """10002 with the field at fault, and nothing of the batch is delivered."""
    known = await sessions(client, ALICE)
    answer = await client.call("POST", "/encrypted_messages", [letter(client, known), letter(client, known, **changed)])
    assert (answer.code, answer.body["error"]["extra"]["field"]) == (10002, field)
    assert client.sandbox.history("Alice") == []


async def test_encrypted_messages_have_a_way_of_their_own(client: Client) -> None:
    """POST /messages takes no encrypted category; a bot without the capability may not send them at all."""
    made = letter(client, await sessions(client, ALICE))
    assert (await client.send(made)).code == 10002
    assert (await client.call("POST", "/encrypted_messages", made)).code == 10002
    await client.control("POST", "/encryption", encrypted=False)
    assert (await client.call("POST", "/encrypted_messages", [made])).code == 403


async def test_what_a_device_cannot_open_is_said_on_the_page_and_in_the_inspector(client: Client) -> None:
    """The service cannot know; the person would see nothing, so the sandbox says why."""
    known = await sessions(client, ALICE)
    sealed = bytearray(from_any(letter(client, known)["data_base64"]))
    sealed[-1] ^= 1
    broken = letter(client, known, data_base64=b64(bytes(sealed)))
    assert (await send(client, broken))[0]["state"] == "SUCCESS"
    shown = (await client.control("GET", f"/conversations/{broken['conversation_id']}/messages?as=Alice"))[-1]
    assert "changed on its way" in shown["trouble"]
    notes = [one["summary"] for one in client.sandbox.inspector if one["kind"] == "note"]
    assert any(broken["message_id"] in one for one in notes)
    wrong = letter(client, known, '{"x": 1}', category="ENCRYPTED_CONTACT")
    await send(client, wrong)
    assert "user_id" in last(client).trouble


async def test_weather_for_encryption(client: Client) -> None:
    """A device that changes just before the letter comes, and a message that is damaged on its way to the bot."""
    client.sandbox.faults.add("rotate_devices", count=1)
    failed = (await send(client, letter(client, await sessions(client, ALICE))))[0]
    assert failed["state"] == "FAILED"
    assert (await sessions(client, ALICE))[0]["session_id"] == failed["sessions"][0]["session_id"]
    client.sandbox.faults.add("damage", count=1)
    said = client.sandbox.say("Alice", "hi")
    with pytest.raises(Unreadable):
        unseal(said.sealed, client.keystore["session_id"], own_seed(client))
    assert unseal(client.sandbox.say("Alice", "hi").sealed, client.keystore["session_id"], own_seed(client)) == b"hi"


async def test_a_new_keystore_makes_older_messages_unreadable(client: Client, sandbox: Sandbox) -> None:
    """As "Generate a new key" does: what waits was encrypted for a session that is gone."""
    said = sandbox.say("Alice", "before")
    old, fresh = client.keystore, sandbox.renew_keystore()
    assert (await client.call("GET", "/me")).code == 401
    client.keystore = fresh
    assert (await client.call("GET", "/me")).data["app"]["capabilities"] == ["GROUP", "CONTACT", "ENCRYPTED"]
    async with client.blaze() as line:
        assert (await line.pushed())["message_id"] == said.message_id
    assert old["session_id"] in sealed_for(said.sealed)
    assert fresh["session_id"] in sealed_for(sandbox.say("Alice", "after").sealed)


async def test_a_picture_goes_encrypted_with_its_key_in_the_message(client: Client) -> None:
    """The storage has what nobody opens without it; the page is given the picture."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(100)
    made = await client.control("POST", "/attachments", **{"as": "Alice", "data_base64": b64(picture)})
    facts = {"attachment_id": made["attachment_id"], "mime_type": "image/png", "width": 4, "height": 3, "size": 108}
    said = client.sandbox.say("Alice", json.dumps(facts), category="PLAIN_IMAGE")
    content = json.loads(unseal(said.sealed, client.keystore["session_id"], own_seed(client)))
    assert (said.category, content["mime_type"]) == ("ENCRYPTED_IMAGE", "image/png")
    address = (await client.call("GET", f"/attachments/{content['attachment_id']}")).data["view_url"]
    stored = (await client.plain("GET", address.removeprefix(client.sandbox.url))).raw
    assert picture not in stored
    assert unseal_file(stored, from_any(content["key"]), from_any(content["digest"])) == picture
    keys = f"key={to_url(from_any(content['key']))}&digest={to_url(from_any(content['digest']))}"
    assert (await client.control("GET", f"/attachments/{content['attachment_id']}?{keys}"))["picture"] == "image/png"
    bad = await client.plain("GET", f"/_sandbox/attachments/{content['attachment_id']}?key=AAAA&digest=AAAA")
    assert bad.status == 400


async def test_devices_are_counted_and_known(client: Client) -> None:
    """At most five, of known kinds, and none for a bot; an unknown one is not found."""
    for _ in range(4):
        rows = await client.control("POST", f"/people/{ALICE}/devices", platform="iOS")
    assert [one["platform"] for one in rows] == ["Android", "iOS", "iOS", "iOS", "iOS"]
    for path, status in (
        (f"/people/{ALICE}/devices", 400),
        (f"/people/{BOB}/devices", 400),
        (f"/people/{client.sandbox.bot_id}/devices", 400),
        (f"/people/{ALICE}/devices/nothing/rotate", 404),
        ("/encryption", 400),
    ):
        answer = await client.plain("POST", f"/_sandbox{path}", b'{"platform": "Toaster"}')
        assert answer.status == status, path
    first = rows[0]["session_id"]
    after = await client.control("POST", f"/people/{ALICE}/devices/{first}/rotate")
    assert [one["platform"] for one in after] == [one["platform"] for one in rows]
    assert after[0]["session_id"] != first
    assert after[1:] == rows[1:]
