"""Messages of bots: nandbox.md 7.3, 7.4 and 13."""

import re
from typing import Any

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.nandbox.accounts import DELETE_MESSAGE, REPLY_TO_MESSAGE, SEND_MESSAGE
from tests.bot.sandbox.nandbox.client import Client, logged_in

NADIA = "90089584000000899"
BOB = "90089584000040002"
GROUP = "90090684000002188"
CHANNEL = "90090684000002199"
MENU = [{"menu_ref": "M1", "rows": [{"row_order": 1, "buttons": [{"button_callback": "go", "button_label": "Go"}]}]}]


async def test_a_send_is_acknowledged_with_its_reference_and_shown(sandbox: Sandbox, bot: Client) -> None:
    """Every key of the ack, and no other; the reference beyond 2^53 is unharmed, and the next login shows it."""
    answer = await bot.ask("sendMessage", chat_id=NADIA, reference=48913256797508938, text="Good morning")
    (said,) = sandbox.nandbox.history("Nadia Farouk")

    assert answer == {
        "method": "messageAck",
        "ack": {"reference": 48913256797508938, "date": said.date, "gmid": None, "message_id": said.message_id},
    }
    assert re.fullmatch(r"d1_\w{8}\d+", said.message_id)
    async with logged_in(sandbox) as again:
        assert (await again.log_in(sandbox.nandbox.token))["localId"] == 48913256797508938


async def test_the_same_reference_is_acknowledged_again_and_shown_once(sandbox: Sandbox, bot: Client) -> None:
    """So that a bot may repeat itself after a cut."""
    first = await bot.ask("sendMessage", chat_id=GROUP, reference=7, text="once")
    again = await bot.ask("sendMessage", chat_id=GROUP, reference=7, text="twice?")

    assert again == first
    assert [one.body["text"] for one in sandbox.nandbox.history("Bob", GROUP)] == ["once"]


@pytest.mark.parametrize(("reference", "kept"), [("17", 17), ("r1", 0), (None, 0)])
async def test_references_of_every_kind(sandbox: Sandbox, bot: Client, reference: Any, kept: int) -> None:
    """A text of digits counts as the last reference, as Java's SDK writes it; none is answered with null."""
    fields = {} if reference is None else {"reference": reference}
    answer = await bot.ask("sendMessage", chat_id=GROUP, text="x", **fields)

    assert answer["ack"]["reference"] == reference
    assert sandbox.nandbox.bot.local_id == kept


async def test_messages_of_a_group_are_numbered(bot: Client) -> None:
    """A number in the ack."""
    numbers = [
        (await bot.ask("sendMessage", chat_id=GROUP, reference=one, text="x"))["ack"]["gmid"] for one in (1, 2, 3)
    ]
    assert numbers == [1, 2, 3]


async def test_delivery_and_sight_follow_where_the_phone_is_on(sandbox: Sandbox, bot: Client) -> None:
    """Off: neither, until it is on again."""
    sandbox.nandbox.settings.receipt_s = 0.001
    sandbox.nandbox.switch_phone("Nadia Farouk", online=False)
    ack = (await bot.ask("sendMessage", chat_id=NADIA, reference=5, text="x"))["ack"]
    assert await bot.ask("PING") == {"method": "PONG"}
    sandbox.nandbox.switch_phone("Nadia Farouk", online=True)

    assert await bot.get() == {"reference": 5, "method": "messageDelivered", "message_id": ack["message_id"]}
    assert await bot.get() == {"method": "messageSeen", "message_ids": [ack["message_id"]]}


async def test_an_echo_comes_behind_the_ack(bot: Client) -> None:
    """From the bot itself, with the bot's reference."""
    ack = await bot.ask("sendMessage", chat_id=NADIA, reference=9, text="x", echo=1)
    echo = (await bot.get())["message"]

    assert echo["message_id"] == ack["ack"]["message_id"]
    assert (echo["from"]["type"], echo["from"]["terminal"], echo["reference"]) == ("Bot", "API", 9)
    assert (echo["chat"]["id"], echo["sent_to"]) == (NADIA, {"id": NADIA})


@pytest.mark.parametrize(
    ("method", "fields", "kind"),
    [
        ("sendMessage", {"text": "x" * 1801}, "text_file"),
        ("sendPhoto", {"photo": "f00d.jpg", "caption": "c"}, "photo"),
        ("sendPhoto", {"photo": "f00d.gif"}, "gif"),
        ("sendVideo", {"video": "f00d.mp4"}, "video"),
        ("sendAudio", {"audio": "f00d.mp3", "title": "t", "performer": "p"}, "audio"),
        ("sendVoice", {"voice": "f00d.ogg", "size": "700"}, "voice"),
        ("sendDocument", {"document": "f00d.pdf", "name": "Rota.pdf", "size": 1024}, "document"),
        ("sendLocation", {"latitude": 30.04, "longitude": "31.23", "name": "Cairo"}, "location"),
        ("sendLocation", {}, "location"),
        ("sendContact", {"phone_number": "+20", "name": "Ali"}, "contact"),
        ("sendArticle", {"url": "https://example.test/a", "title": "T", "photo": "p.jpg"}, "article"),
    ],
)
async def test_every_kind_of_message_is_kept(
    sandbox: Sandbox, bot: Client, method: str, fields: dict[str, Any], kind: str
) -> None:
    """Under its type, with a media object of that name."""
    assert (await bot.ask(method, chat_id=GROUP, reference=1, **fields))["method"] == "messageAck"
    (said,) = sandbox.nandbox.history("Bob", GROUP)

    assert said.type == kind
    assert kind in said.body
    assert said.body.get("caption") == fields.get("caption")


@pytest.mark.parametrize(
    "frame",
    [
        {"method": "sendMessage", "chat_id": GROUP}, {"method": "sendMessage", "text": "x"},
        {"method": "sendMessage", "chat_id": GROUP, "text": ""}, {"method": "sendMessage", "chat_id": [], "text": "x"},
        {"method": "sendMessage", "chat_id": "90090684000000001", "text": "x"},
        {"method": "sendMessage", "chat_id": GROUP, "text": "x", "inline_menu": "M"},
        {"method": "sendMessage", "chat_id": GROUP, "text": "x", "inline_menu": [{"menu_ref": "M"}]},
        {"method": "sendMessage", "chat_id": GROUP, "text": "x", "schedule_date": "soon"},
        {"method": "sendPhoto", "chat_id": GROUP}, {"method": "sendContact", "chat_id": GROUP, "name": "x"},
        {"method": "sendLocation", "chat_id": GROUP, "latitude": {}}, {"method": "updateMessage", "text": "x"},
    ],
)  # fmt: skip
async def test_a_send_of_the_wrong_form_ends_the_connection(
    sandbox: Sandbox, bot: Client, frame: dict[str, Any]
) -> None:
    """And nothing of it is kept."""
    await bot.send(frame)
    assert await bot.rest() == [{"error": 199999}]
    assert sandbox.nandbox.history("Bob", GROUP) == []


async def test_nobody_gets_what_they_did_not_ask_for(sandbox: Sandbox, bot: Client) -> None:
    """Who has not started the bot, or stopped it, cannot be written to; the connection stays."""
    sandbox.nandbox.settings.receipt_s = 60.0
    assert await bot.ask("sendMessage", chat_id=BOB, text="x") == {"error": 160017}
    sandbox.nandbox.start("Bob")
    assert (await bot.get())["method"] == "userJoinedBot"
    assert (await bot.ask("sendMessage", chat_id=BOB, text="x"))["method"] == "messageAck"
    sandbox.nandbox.stop("Bob")
    assert (await bot.get())["method"] == "userStoppedBot"
    assert await bot.ask("sendMessage", chat_id=BOB, text="x") == {"error": 160017}


async def test_permissions_are_looked_at(sandbox: Sandbox, bot: Client) -> None:
    """Each has its own; without it the answer is a code, and the connection stays."""
    message_id = (await bot.ask("sendMessage", chat_id=GROUP, text="x"))["ack"]["message_id"]
    for permission in (SEND_MESSAGE, REPLY_TO_MESSAGE, DELETE_MESSAGE):
        sandbox.nandbox.permit(permission, False)
        refused = {
            SEND_MESSAGE: {"method": "sendMessage", "chat_id": GROUP, "text": "x"},
            REPLY_TO_MESSAGE: {
                "method": "sendMessage", "chat_id": GROUP, "text": "x", "reply_to_message_id": message_id,
            },
            DELETE_MESSAGE: {"method": "recallMessage", "chat_id": GROUP, "message_id": message_id},
        }[permission]  # fmt: skip
        await bot.send(refused)
        assert await bot.get() == {"error": 160017}
        sandbox.nandbox.permit(permission, True)
        await bot.send(refused)
        assert (await bot.get())["method"] == "messageAck"


async def test_an_update_is_acknowledged_and_comes_back_as_a_message(sandbox: Sandbox, bot: Client) -> None:
    """With the status "updated"; an empty menu_ref takes the menu away."""
    sent = await bot.ask("sendMessage", chat_id=GROUP, reference=1, text="old", inline_menu=MENU, menu_ref="M1")
    message_id = sent["ack"]["message_id"]
    ack = await bot.ask("updateMessage", chat_id=GROUP, message_id=message_id, text="new", menu_ref="")
    changed = (await bot.get())["message"]
    (kept,) = sandbox.nandbox.history("Bob", GROUP)

    assert (ack["ack"]["message_id"], ack["ack"]["reference"]) == (message_id, None)
    assert (changed["status"], changed["text"], changed["message_id"]) == ("updated", "new", message_id)
    assert (kept.body["text"], kept.menus) == ("new", [])


async def test_a_recall_leaves_an_empty_message(sandbox: Sandbox, bot: Client) -> None:
    """Own messages anywhere; those of others only in groups that the bot runs."""
    sandbox.nandbox.settings.receipt_s = 60.0
    own = (await bot.ask("sendMessage", chat_id=NADIA, text="x"))["ack"]["message_id"]
    theirs = sandbox.nandbox.say("Nadia Farouk", "private").message_id
    in_group = sandbox.nandbox.say("Nadia Farouk", "public", GROUP).message_id
    await bot.get()
    await bot.get()

    for message_id in (own, in_group):
        assert (await bot.ask("recallMessage", chat_id=GROUP, message_id=message_id, reference=3))["ack"][
            "reference"
        ] == 3
        gone = (await bot.get())["message"]
        assert (gone["status"], gone["text"]) == ("deleted", "")
    assert await bot.ask("recallMessage", chat_id=NADIA, message_id=theirs) == {"error": 160017}
    assert [one.status for one in sandbox.nandbox.history("Nadia Farouk")] == ["deleted", ""]


async def test_a_scheduled_message_waits_and_can_be_cancelled(sandbox: Sandbox, bot: Client) -> None:
    """Acknowledged and told at once, shown when its time has come; seconds are understood too."""
    sandbox.nandbox.switch_phone("Nadia Farouk", online=False)
    soon = sandbox.nandbox.now_ms() + 150
    ack = await bot.ask("sendMessage", chat_id=NADIA, reference=1, text="later", schedule_date=soon)
    stored = await bot.get()
    assert (ack["method"], stored["method"], stored["message"]["schedule_date"]) == (
        "messageAck", "scheduledMessage", soon,
    )  # fmt: skip
    assert sandbox.nandbox.history("Nadia Farouk") == []
    in_seconds = soon // 1000 + 3600
    await bot.ask("sendMessage", chat_id=NADIA, reference=2, text="never", schedule_date=in_seconds)
    cancelled = (await bot.get())["message"]
    assert cancelled["schedule_date"] == in_seconds * 1000
    await bot.send({"method": "cancelMessageSchedule", "chat_id": NADIA, "message_id": cancelled["message_id"]})

    assert (await bot.get())["method"] == "scheduledMessage"
    assert [one.body["text"] for one in sandbox.nandbox.history("Nadia Farouk")] == ["later"]
    assert sandbox.nandbox.messages.get(cancelled["message_id"]) is None


async def test_in_a_group_a_message_may_be_for_some_only(sandbox: Sandbox, bot: Client) -> None:
    """For one person, for those with a tag, for those who run the group; the others see nothing of it."""
    group = sandbox.nandbox.chats.get(GROUP)
    assert group is not None
    group.members[BOB].tags = ["4"]
    for text, fields in (
        ("to Bob", {"to_user_id": BOB}), ("to tag 4", {"tags": ["4", "5"]}), ("to tag 9", {"tags": [9]}),
        ("to admins", {"chat_settings": 1}), ("to all", {}),
    ):  # fmt: skip
        assert (await bot.ask("sendMessage", chat_id=GROUP, text=text, **fields))["method"] == "messageAck"

    assert [one.body["text"] for one in sandbox.nandbox.history("Bob", GROUP)] == ["to Bob", "to tag 4", "to all"]
    assert [one.body["text"] for one in sandbox.nandbox.history("nadia", GROUP)] == ["to admins", "to all"]
    assert await bot.ask("sendMessage", chat_id=GROUP, text="x", tags=[{}]) == {"error": 199999}
