"""nandbox as a platform: people there are served by the same commands, once each, whatever becomes of the line."""

from typing import Any

import pytest

from bot.errors import Forbidden
from bot.message import Outgoing, Text
from bot.nandbox.codec import decode_frame
from bot.nandbox.platform import open_nandbox
from bot.wire import encode
from tests.bot.nandbox.conftest import OpenService
from tests.bot.nandbox.server import APP, BOT, EVENTS, FAST, GROUP, NADIA, FakeNandbox, Request, Visit, user
from tests.bot.nandbox.server import open_nandbox as open_server
from tests.bot.nandbox.speech import message, press


def texts(nandbox: FakeNandbox) -> list[str]:
    return [request["text"] for request in nandbox.said]


async def met(nandbox: FakeNandbox) -> None:
    """Nadia has met the bot."""
    await nandbox.until(lambda: bool(nandbox.visits))
    await nandbox.push({"method": "userJoinedBot", "user": {"id": NADIA}})
    await nandbox.until(lambda: len(nandbox.said) == 1)
    nandbox.said.clear()


async def test_somebody_who_starts_the_bot_is_greeted(open_service: OpenService) -> None:
    """The welcome, and buttons below it whose press runs the command."""
    async with open_server() as nandbox, open_service(nandbox):
        await nandbox.until(lambda: bool(nandbox.visits))
        await nandbox.push({"method": "userStartedBot", "user": {"id": NADIA}, "app_id": APP})
        await nandbox.until(lambda: len(nandbox.said) == 1)
        (welcome,) = nandbox.said
        await nandbox.push(press(welcome["inline_menu"][0]["rows"][0]["buttons"][1]["button_callback"]))
        await nandbox.until(lambda: len(nandbox.said) == 2)

    assert welcome["text"].startswith("Hello, I am Harbour Helper.")
    assert (welcome["chat_id"], welcome["app_id"]) == (NADIA, APP)
    assert [button["button_label"] for button in welcome["inline_menu"][0]["rows"][0]["buttons"]] == [
        "Help", "My ids", "Language",
    ]  # fmt: skip
    assert nandbox.said[1]["text"].startswith(f"You: {NADIA}\nConversation: {NADIA}")


async def test_a_group_is_answered_where_it_calls_the_bot(open_service: OpenService) -> None:
    """Only what begins with a slash or names the bot is for it, and the answer quotes the message."""
    async with open_server() as nandbox, open_service(nandbox):
        await met(nandbox)
        asked = message("/ping one", group=True)
        for frame in (
            message("hi", group=True),
            message("ping", group=True),
            message("", group=True, type="photo"),
            asked,
            message(f"@{BOT} ping two", group=True),
            press(f"input:@{BOT} /ping three", group=True),
        ):
            await nandbox.push(frame)
        await nandbox.until(lambda: len(nandbox.said) == 3)

    assert texts(nandbox) == ["pong one", "pong two", "pong three"]
    first, _, pressed = nandbox.said
    assert (first["chat_id"], first["reply_to_message_id"]) == (GROUP, asked["message"]["message_id"])
    assert "reply_to_message_id" not in pressed


async def test_what_only_mixin_can_serve_is_not_offered(open_service: OpenService) -> None:
    """Such commands are in no list, and calling one is like calling what does not exist."""
    async with open_server() as nandbox, open_service(nandbox):
        await met(nandbox)
        await nandbox.push(message("/help"))
        await nandbox.push(message("/conversation here"))
        await nandbox.until(lambda: len(nandbox.said) == 2)

    assert "/getuser" in texts(nandbox)[0]
    assert "/conversation" not in texts(nandbox)[0]
    assert texts(nandbox)[1].startswith("I don't know “conversation”")


SILENT: dict[str, dict[str, Any]] = {
    "echo": message("echo", sender={"id": BOT, "type": "Bot", "terminal": "API"}),
    "another bot": message("bot", sender={"id": "90091783000000999", "type": "Bot"}),
    "changed": message("changed", status="updated"),
    "recalled": message("", status="deleted"),
    "nobody": message("nobody", sender=None),
    "foreign button": press("goCB"),
    "link": press("open:1"),
    "empty button": press(""),
    "leaving": {"method": "userStoppedBot", "user": {"id": NADIA}},
    "scheduled": {"method": "scheduledMessage", "message": message("later")["message"]},
}


@pytest.mark.parametrize("silent", SILENT.values(), ids=SILENT)
async def test_nobody_spoke_to_the_bot(open_service: OpenService, silent: dict[str, Any]) -> None:
    """Our own words, other bots, changed and recalled messages and foreign buttons are not answered."""
    async with open_server() as nandbox, open_service(nandbox):
        await met(nandbox)
        await nandbox.push(silent)
        await nandbox.push(message("/ping after"))
        await nandbox.until(lambda: bool(nandbox.said))

    assert texts(nandbox) == ["pong after"]


@pytest.mark.parametrize("event", EVENTS)
async def test_F46_one_answer_wherever_the_line_is_cut(open_service: OpenService, event: str) -> None:
    """Cut at every event of the protocol in turn, and then at the same one again: each message has one answer."""
    async with open_server(cuts=[event, event]) as nandbox, open_service(nandbox):
        nandbox.people |= {str(number): user(str(number)) for number in range(4)}
        await nandbox.until(lambda: bool(nandbox.visits))
        for number in range(4):
            await nandbox.push(message(f"/ping {number}"))
            await nandbox.push(message(f"/getuser {number}"))
        await nandbox.until(lambda: len([text for text in texts(nandbox) if text.startswith("pong")]) == 4)
        await nandbox.until(lambda: len([text for text in texts(nandbox) if text.startswith("Nadia")]) == 4)
        await nandbox.push(message("/ping last"))
        await nandbox.until(lambda: "pong last" in texts(nandbox))

    answers = [text for text in texts(nandbox) if text.startswith("pong")]
    assert answers == [f"pong {number}" for number in (0, 1, 2, 3, "last")]
    assert len([text for text in texts(nandbox) if text.startswith("Nadia")]) == 4
    assert nandbox.cuts == []


async def test_F46_a_send_that_the_server_will_not_take_is_given_up(open_service: OpenService) -> None:
    """Over one reply the server cuts the line each time: that one is given up, and everybody else is answered."""

    async def refuse(visit: Visit, request: Request) -> None:
        if request["text"] == "pong poison":
            await visit.fail(199999, cut=True)
        await nandbox.take(visit, request)

    async with open_server(serve={"sendMessage": refuse}) as nandbox, open_service(nandbox):
        await met(nandbox)
        await nandbox.push(message("/ping poison"))
        for number in range(5):
            await nandbox.push(message(f"/ping {number}", user_id=str(100 + number)))
        await nandbox.until(lambda: len([text for text in texts(nandbox) if text.startswith("pong")]) == 5)

    assert len([each for each in nandbox.asked("sendMessage") if each["text"] == "pong poison"]) <= 3


async def test_long_texts_come_in_parts_and_each_part_once() -> None:
    """A text longer than nandbox takes is several messages, in order; what arrived before a cut is not repeated."""
    words = " ".join(f"word{number}" for number in range(1000))
    async with open_server(cuts=["ack", "stored", "send"]) as server, open_nandbox(server.account, FAST) as nandbox:
        packed = nandbox.pack(Outgoing("7" * 32, NADIA, NADIA, Text(words)))
        for _ in range(2):
            await nandbox.send([packed])
        said = [request["text"] for request in server.said]

    assert " ".join(said) == words
    assert len(said) == 5
    assert max(map(len, said)) <= 1800
    assert len({request["reference"] for request in server.said}) == 5


async def test_references_grow_past_what_the_server_knows() -> None:
    """Also where this machine's clock was put back: the server takes a repeated reference for a repetition."""
    known = (1 << 53) - 1000
    async with open_server(last_reference=known) as server, open_nandbox(server.account, FAST) as nandbox:
        await server.until(lambda: bool(server.logins))
        await nandbox.directory.user(NADIA)
        packed = nandbox.pack(Outgoing("7" * 32, NADIA, NADIA, Text("x")))
        await nandbox.send([packed])

        assert known < server.said[0]["reference"] < 1 << 53


async def test_T30_what_people_say_is_bounded() -> None:
    """Where nobody listens, what is beyond the bound is dropped and counted, and answers are still read."""
    async with open_server() as server, open_nandbox(server.account, FAST) as nandbox:
        await server.until(lambda: bool(server.visits))
        for _ in range(4100):
            nandbox._hear(decode_frame(encode(message("x"))))  # type: ignore[arg-type]  # an Event
        assert nandbox.dropped == 100
        assert (await nandbox.directory.user(NADIA)).name == "Nadia Farouk"


async def test_people_are_known_by_what_they_said() -> None:
    """Names come from messages, profiles from getUser; nobody can be written to first."""
    async with open_server() as server, open_nandbox(server.account, FAST) as nandbox:
        await server.until(lambda: bool(server.visits))
        await server.push(message("x"))
        listening = nandbox.listen()
        said = await anext(listening)

        assert (said.user_id, said.conversation_id, said.direct) == (NADIA, NADIA, True)
        assert [user.name for user in await nandbox.users([NADIA, "1"])] == ["Nadia Farouk"]
        assert (await nandbox.user(NADIA)).biography == "At sea"
        assert nandbox.connected
        with pytest.raises(Forbidden):
            await nandbox.reach(Outgoing("7" * 32, NADIA, NADIA, Text("x")))
