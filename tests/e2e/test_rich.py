"""Groups, every kind of message and Message Encryption: the real service, with the sandbox as Mixin."""

import base64
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.sandbox import groups
from bot.sandbox.messages import Message
from bot.sandbox.world import ALICE, BOB, BOT_ID, BOT_NUMBER, GROUP_ID, NOOR, OLIVIA
from tests.e2e.asking import Asker, asking
from tests.e2e.connecting import Rig, open_rig

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

UNHURRIED = {
    "MIXBOT_ADMINS": OLIVIA,
    "MIXBOT_BROADCAST_UNDO_SECONDS": "0",
    "MIXBOT_PER_USER_PER_MINUTE": "100000",
    "MIXBOT_PER_USER_BURST": "100000",
}
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)
SOMETHING = "11111111-2222-4333-8444-555555555555"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path_factory.mktemp("rich") / "home", **UNHURRIED) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def alice(rig: Rig) -> AsyncIterator[Asker]:
    async with asking(rig, ALICE) as asker:
        await asker.ask("Hi")
        yield asker


def said_by_bot(rig: Rig, conversation_id: str) -> list[Message]:
    return [one for one in rig.sandbox.history(conversation_id=conversation_id) if one.user_id == BOT_ID]


async def done(alice: Asker, message_id: str) -> None:
    """Wait until the bot has done with a message."""
    await alice.settled(message_id)


async def test_in_a_group_the_bot_answers_who_names_it(rig: Rig, alice: Asker) -> None:
    """With a quotation, in the group; what does not name it never reaches it."""
    rig.sandbox.say(ALICE, "/ping quiet", conversation_id=GROUP_ID)
    asked = rig.sandbox.say(ALICE, f"@{BOT_NUMBER} /ping aloud", conversation_id=GROUP_ID)
    await done(alice, asked.message_id)
    answers = said_by_bot(rig, GROUP_ID)
    assert [(one.data, one.quote_message_id) for one in answers] == [(b"pong aloud", asked.message_id)]


async def test_the_bot_comes_into_a_group_and_an_admin_makes_it_leave(rig: Rig, alice: Asker) -> None:
    """It greets once; the list of groups names it; after leaving it is no member any more."""
    made = groups.make(rig.sandbox, NOOR, "Den", [ALICE, BOB])
    groups.add(rig.sandbox, made, NOOR, [BOT_ID])
    told = rig.sandbox.messages.newest(made.conversation_id, 1)[0]
    await done(alice, told.message_id)
    hello = said_by_bot(rig, made.conversation_id)
    assert f"@{BOT_NUMBER} /help" in hello[0].data.decode()
    assert [one.category for one in hello] == ["PLAIN_TEXT", "APP_BUTTON_GROUP"]

    async with asking(rig, OLIVIA) as olivia:
        listed = await olivia.ask("/groups")
        assert "Den: 4 members" in listed.text
        assert f"input:/leave {made.conversation_id}" in listed.actions
        asked = await olivia.ask(f"/leave {made.conversation_id}")
        (sure,) = [action for action in asked.actions if "--yes" in action]
        assert "left" in (await olivia.ask(sure.removeprefix("input:"))).text
    assert BOT_ID not in made.members
    assert "Den" not in (await alice.ask("/groups")).text


async def test_who_is_removed_from_a_group_says_nothing_there(rig: Rig, alice: Asker) -> None:
    """The bot hears that it is out, and the group is no longer listed."""
    made = groups.make(rig.sandbox, NOOR, "Short", [ALICE, BOT_ID])
    await done(alice, rig.sandbox.messages.newest(made.conversation_id, 1)[0].message_id)
    before = len(said_by_bot(rig, made.conversation_id))
    groups.remove(rig.sandbox, made, NOOR, [BOT_ID])
    await done(alice, rig.sandbox.messages.newest(made.conversation_id, 1)[0].message_id)
    async with asking(rig, OLIVIA) as olivia:
        assert "Short" not in (await olivia.ask("/groups")).text
    assert len(said_by_bot(rig, made.conversation_id)) == before == 2


async def test_a_broadcast_to_groups_is_said_once_in_each(rig: Rig, alice: Asker) -> None:
    """From the chat, by an admin; the conversations of two hear nothing."""
    async with asking(rig, OLIVIA) as olivia:
        made = groups.make(rig.sandbox, NOOR, "News room", [ALICE, BOT_ID])
        await done(alice, rig.sandbox.messages.newest(made.conversation_id, 1)[0].message_id)
        shown = await olivia.ask("/broadcast new --to=groups All groups, listen")
        (start,) = [action for action in shown.actions if " send " in action]
        async with olivia.hearing("is finished"):
            await olivia.ask(start.removeprefix("input:"))
    heard = [one.data for one in said_by_bot(rig, made.conversation_id)]
    assert heard.count(b"All groups, listen") == 1
    assert b"All groups, listen" not in [one.data for one in rig.sandbox.history(ALICE)]


KINDS = {
    "PLAIN_POST": b"# A post",
    "PLAIN_STICKER": {"sticker_id": SOMETHING},
    "PLAIN_IMAGE": {"attachment_id": "", "mime_type": "image/png", "width": 4, "height": 3, "size": len(PICTURE)},
    "PLAIN_VIDEO": {
        "attachment_id": "", "mime_type": "video/mp4", "width": 4, "height": 3, "size": 9, "duration": 1000,
    },
    "PLAIN_AUDIO": {"attachment_id": "", "mime_type": "audio/ogg", "size": 9, "duration": 1000, "waveform": "AAEC"},
    "PLAIN_DATA": {"attachment_id": "", "mime_type": "text/plain", "size": 9, "name": "a.txt"},
    "PLAIN_CONTACT": {"user_id": BOB},
    "PLAIN_LIVE": {"url": "https://x.example/s", "thumb_url": "https://x.example/t", "width": 16, "height": 9},
    "PLAIN_LOCATION": {"latitude": 1.5, "longitude": 2.5},
    "PLAIN_TRANSCRIPT": [{"category": "PLAIN_TEXT", "content": "hi", "user_full_name": "Bob"}],
    "APP_CARD": {"app_id": BOT_ID, "title": "T", "description": "D", "action": "https://x.example"},
}  # fmt: skip


@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "sealed"])
async def test_every_kind_of_message_is_understood(rig: Rig, alice: Asker, sealed: bool) -> None:
    """In clear and under seal it is the same to the bot: each kind is thanked for by its name."""
    rig.sandbox.switch_encryption(sealed)
    uploaded = await alice.http.post(
        f"{rig.sandbox.url}/_sandbox/attachments", headers={"X-Sandbox-Token": rig.sandbox.token},
        json={"as": ALICE, "data_base64": base64.b64encode(PICTURE).decode()},
    )  # fmt: skip
    attachment_id = (await uploaded.json())["attachment_id"]
    thanks = []
    for category, content in KINDS.items():
        if isinstance(content, dict) and "attachment_id" in content:
            content = content | {"attachment_id": attachment_id}
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        reply = await alice.ask("", category=category, data=data)
        texts = [one.data.decode() for one in reply.messages if one.category.endswith("_TEXT")]
        thanks.append(texts[0].split(". ")[0])
        assert not any(one.trouble for one in reply.messages)
    rig.sandbox.switch_encryption(False)
    names = ("post", "sticker", "picture", "video", "voice message", "file", "contact", "live stream", "location")
    assert thanks == [f"Thank you for the {name}" for name in (*names, "forwarded messages", "card")]


@pytest.mark.parametrize("category", ["MESSAGE_RECALL", "MESSAGE_PIN"])
async def test_what_only_happens_is_not_answered(rig: Rig, alice: Asker, category: str) -> None:
    """A recall and a pin are taken note of, and acknowledged."""
    said = rig.sandbox.say(ALICE, "/id")
    await done(alice, said.message_id)
    pin = {"action": "PIN", "message_ids": [said.message_id]}
    content = pin if category == "MESSAGE_PIN" else {"message_id": said.message_id}
    assert (await alice.ask("", category=category, data=json.dumps(content).encode())).messages == []
