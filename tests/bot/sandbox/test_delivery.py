"""What people and bots say to each other: once, to the right ones, with ticks."""

import json
import uuid
from typing import Any

import pytest

from bot.sandbox import Grant, Sandbox
from bot.sandbox.envelope import ApiError
from bot.sandbox.ids import contact_id
from bot.sandbox.world import ALICE, BOB, BOT_NUMBER, GROUP_ID, NOOR, OLIVIA
from tests.bot.sandbox.client import Client, b64, item


def texts(sandbox: Sandbox, person: Any, conversation_id: Any = "") -> Any:
    return [one.data.decode() for one in sandbox.history(person, conversation_id)]


def recall(conversation_id: Any, message_id: Any, recipient_id: Any = ALICE) -> Any:
    data = b64(json.dumps({"message_id": message_id}).encode())
    return item(conversation_id, recipient_id, category="MESSAGE_RECALL", data_base64=data)


@pytest.fixture
def alice(sandbox: Sandbox) -> Any:
    """The conversation of Alice and the bot."""
    return sandbox.talk("Alice").conversation_id


async def test_a_message_id_counts_once(client: Client, alice: str) -> None:
    """The same id again is success and nothing else, whatever it says the second time."""
    sent = item(alice, ALICE, "first")
    assert (await client.send(sent)).body == {}
    assert (await client.send(sent | {"data_base64": b64(b"second")}, item(alice, ALICE, "third"))).body == {}
    assert texts(client.sandbox, "Alice") == ["first", "third"]


async def test_two_senders_may_choose_the_same_id(client: Client, alice: str) -> None:
    """The key is sender and id, not the id alone."""
    said = client.sandbox.say("Alice", "mine")
    assert (await client.send(item(alice, ALICE, "yours", message_id=said.message_id))).code == 0
    assert texts(client.sandbox, "Alice") == ["mine", "yours"]


async def test_saying_the_same_id_again_queues_nothing(client: Client) -> None:
    """A page that sends twice makes one message."""
    said = client.sandbox.say("Alice", "one")
    client.sandbox.say("Alice", "one", message_id=said.message_id)
    assert client.sandbox.queue.waiting(client.sandbox.bot_id) == 1


async def test_one_object_and_an_array_are_both_taken(client: Client, alice: str) -> None:
    """POST /messages takes one message, or up to a hundred."""
    assert (await client.call("POST", "/messages", item(alice, ALICE, "alone"))).body == {}
    assert (await client.send(*[item(alice, ALICE, str(number)) for number in range(100)])).body == {}
    assert len(texts(client.sandbox, "Alice")) == 101


@pytest.mark.parametrize("count", [0, 101])
async def test_none_or_more_than_a_hundred_are_refused(client: Client, alice: str, count: Any) -> None:
    """10002, and nothing of it is delivered."""
    assert (await client.send(*[item(alice, ALICE)] * count)).code == 10002
    assert texts(client.sandbox, "Alice") == []


async def test_a_body_over_128_kib_is_refused(client: Client, alice: str) -> None:
    """131,072 bytes are the limit, counted over the JSON."""
    spare = 131_072 - len(json.dumps([item(alice, ALICE, "")]))
    fits = json.dumps([item(alice, ALICE, data_base64="A" * (spare // 4 * 4))]).encode()
    fits += b" " * (131_072 - len(fits))
    assert (await client.call("POST", "/messages", fits)).code == 0
    assert (await client.call("POST", "/messages", fits + b" ")).code == 10002


async def test_one_bad_item_fails_the_whole_batch(client: Client, alice: str) -> None:
    """All of it or nothing."""
    assert (await client.send(item(alice, ALICE), item(alice, ALICE, category="NONSENSE"))).code == 10002
    assert texts(client.sandbox, "Alice") == []


async def test_a_missing_conversation_is_403_until_it_is_made(client: Client) -> None:
    """Somebody who never wrote is reached by POST /conversations first, then with the same message."""
    zoe = (await client.control("POST", "/people", name="Zoë", contact=False))["user_id"]
    conversation_id = contact_id(zoe, client.sandbox.bot_id)
    sent = item(conversation_id, zoe)
    assert (await client.send(sent)).code == 403
    made = {"category": "CONTACT", "conversation_id": conversation_id, "participants": [{"user_id": zoe}]}
    assert (await client.call("POST", "/conversations", made)).code == 0
    assert (await client.send(sent)).code == 0
    assert texts(client.sandbox, zoe) == ["pong"]


async def test_a_contact_conversation_is_that_of_sender_and_recipient(client: Client, alice: str) -> None:
    """Another recipient's id with Alice's conversation is 10002; no recipient at all as well, over HTTP."""
    refused = await client.send(item(alice, BOB))
    assert (refused.code, refused.body["error"]["extra"]["field"]) == (10002, "conversation_id")
    assert (await client.send(item(alice, ""))).body["error"]["extra"]["field"] == "recipient_id"


async def test_who_is_not_in_a_conversation_cannot_speak_there(client: Client) -> None:
    """A group without the bot is 403; a recipient who is not in the group too."""
    group = await client.control("POST", "/groups", **{"name": "Secret", "as": "Alice", "members": ["Bob"]})
    assert (await client.send(item(group["conversation_id"], ""))).code == 403
    assert (await client.send(item(GROUP_ID, NOOR))).code == 403
    assert (await client.send(item(GROUP_ID, ""), item(GROUP_ID, BOB))).code == 0


async def test_F32_a_person_who_blocked_the_bot_is_not_reached(client: Client, alice: str) -> None:
    """403 as long as the block lasts."""
    await client.control("POST", f"/people/{ALICE}", blocked=True)
    assert (await client.send(item(alice, ALICE))).code == 403
    await client.control("POST", f"/people/{ALICE}", blocked=False)
    assert (await client.send(item(alice, ALICE))).code == 0


async def test_receipts_follow_a_message(client: Client, alice: str) -> None:
    """DELIVERED when the person's phone has it, READ when they look; as documented, and once each."""
    sent = item(alice, ALICE)
    async with client.blaze() as line:
        await client.send(sent)
        first = await line.frame()
        await client.control("POST", "/read", **{"as": "Alice", "conversation_id": alice})
        second = await line.frame()
        await client.control("POST", "/read", **{"as": "Alice", "conversation_id": alice})
        assert await line.quiet()
    assert (first["action"], first["data"]["status"]) == ("ACKNOWLEDGE_MESSAGE_RECEIPT", "DELIVERED")
    data = second["data"]
    assert (data["status"], data["message_id"]) == ("READ", sent["message_id"])
    assert data | {"status": "", "message_id": "", "updated_at": ""} == {
        "type": "message", "representative_id": "", "quote_message_id": "", "conversation_id": "", "user_id": "",
        "session_id": "", "message_id": "", "category": "", "data": "", "status": "",
        "source": "ACKNOWLEDGE_MESSAGE_RECEIPT", "created_at": "0001-01-01T00:00:00Z", "updated_at": "",
    }  # fmt: skip


async def test_a_phone_that_is_off_gets_it_later(client: Client, alice: str) -> None:
    """SENT while the person is away, DELIVERED when they are back."""
    await client.control("POST", f"/people/{ALICE}", away=True)
    await client.send(item(alice, ALICE))
    assert [one.status for one in client.sandbox.history("Alice")] == ["SENT"]
    await client.control("POST", f"/people/{ALICE}", away=False)
    assert [one.status for one in client.sandbox.history("Alice")] == ["DELIVERED"]
    async with client.blaze() as line:
        assert (await line.frame())["data"]["status"] == "DELIVERED"


async def test_an_acknowledgement_never_takes_a_tick_back(client: Client) -> None:
    """DELIVERED after READ changes nothing for the person."""
    said = client.sandbox.say("Alice", "hello")
    await client.acknowledge(said.message_id, status="READ")
    await client.acknowledge(said.message_id, status="DELIVERED")
    assert client.sandbox.history("Alice")[0].status == "READ"


async def test_acknowledging_what_nobody_sent_does_no_harm(client: Client) -> None:
    """Unknown ids are success; a status that there is not is 10002."""
    assert (await client.acknowledge(str(uuid.uuid4()))).code == 0
    assert (await client.acknowledge(str(uuid.uuid4()), status="SEEN")).code == 10002
    assert (await client.acknowledge(*[str(uuid.uuid4())] * 101)).code == 10002


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (f"@{BOT_NUMBER} /help", True),
        (f"@{BOT_NUMBER}", True),
        (f"@{BOT_NUMBER}1 /help", False),
        (f"hi @{BOT_NUMBER}", False),
        ("/help", False),
    ],
)
async def test_in_a_group_a_bot_hears_only_what_is_meant_for_it(client: Client, text: str, heard: Any) -> None:
    """As in the real client, a message must begin with the bot's number."""
    client.sandbox.say("Bob", text, conversation_id=GROUP_ID)
    assert client.sandbox.queue.waiting(client.sandbox.bot_id) == heard


async def test_a_person_takes_back_what_they_said(client: Client) -> None:
    """The bot gets MESSAGE_RECALL; the words are gone from the history."""
    said = client.sandbox.say("Alice", "oops")
    payload = json.dumps({"message_id": said.message_id}).encode()
    client.sandbox.say("Alice", category="MESSAGE_RECALL", data=payload)
    async with client.blaze() as line:
        await line.pushed()
        pushed = await line.pushed()
    assert (pushed["category"], pushed["data_base64"]) == ("MESSAGE_RECALL", b64(payload))
    assert [(one.recalled, one.data) for one in client.sandbox.history("Alice")] == [(True, b"")]


async def test_a_bot_takes_back_only_its_own(client: Client, alice: str) -> None:
    """Its own message, yes, also twice; a person's, 403; one that nobody knows, success and nothing."""
    said, sent = client.sandbox.say("Alice", "keep me"), item(alice, ALICE)
    await client.send(sent)
    assert (await client.send(recall(alice, said.message_id))).code == 403
    assert (await client.send(recall(alice, sent["message_id"]))).code == 0
    assert (await client.send(recall(alice, sent["message_id"]))).code == 0
    assert (await client.send(recall(alice, str(uuid.uuid4())))).code == 0
    assert texts(client.sandbox, "Alice") == ["keep me", ""]


async def test_who_runs_a_group_may_take_back_what_others_said(sandbox: Sandbox) -> None:
    """Owner and admins, nobody else."""
    said = sandbox.say("Bob", "hello all", conversation_id=GROUP_ID)
    payload = json.dumps({"message_id": said.message_id}).encode()
    with pytest.raises(ApiError):
        sandbox.say("王芳", category="MESSAGE_RECALL", data=payload, conversation_id=GROUP_ID)
    sandbox.say(OLIVIA, category="MESSAGE_RECALL", data=payload, conversation_id=GROUP_ID)
    assert sandbox.history(conversation_id=GROUP_ID)[0].recalled


async def test_nobody_speaks_where_they_are_not(sandbox: Sandbox) -> None:
    """Noor is not in the group."""
    with pytest.raises(ApiError) as caught:
        sandbox.say("Noor", "hello", conversation_id=GROUP_ID)
    assert caught.value.code == 403


async def test_speaking_for_somebody_needs_their_consent(client: Client, alice: str) -> None:
    """representative_id is 403 without MESSAGES:REPRESENT, and never allowed in a recall."""
    sent = item(alice, ALICE, representative_id=ALICE)
    assert (await client.send(sent)).code == 403
    grant = Grant(str(uuid.uuid4()), client.sandbox.bot_id, ALICE, "PROFILE:READ MESSAGES:REPRESENT", "")
    client.sandbox.authorize(grant)
    assert (await client.send(sent)).code == 0
    assert (await client.send(recall(alice, sent["message_id"]) | {"representative_id": ALICE})).code == 10002


async def test_pins_and_quotes_are_kept(client: Client, alice: str) -> None:
    """A pin is a message of its own; a quote names what it answers."""
    said = client.sandbox.say("Alice", "question")
    pin = b64(json.dumps({"action": "PIN", "message_ids": [said.message_id]}).encode())
    await client.send(
        item(alice, ALICE, quote_message_id=said.message_id),
        item(alice, ALICE, category="MESSAGE_PIN", data_base64=pin),
    )
    _, answer, pinned = client.sandbox.history("Alice")
    assert (answer.quote_message_id, pinned.category) == (said.message_id, "MESSAGE_PIN")


async def test_nothing_of_a_failed_batch_is_told_to_anybody(client: Client, alice: str) -> None:
    """Pages hear of messages only once they are kept."""
    before = client.sandbox.events.seq
    await client.send(item(alice, ALICE), item(str(uuid.uuid4()), ALICE))
    assert client.sandbox.events.seq == before
