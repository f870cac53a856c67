"""What people do, and what the bot hears of it: nandbox.md 8 and 9.4."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Sandbox, open_sandbox
from tests.bot.sandbox.nandbox.client import Client, logged_in

NADIA = "90089584000000899"
GROUP = "90090684000002188"
MENUS = [
    {
        "menu_ref": "M1",
        "rows": [
            {
                "row_order": 1,
                "buttons": [
                    {"button_callback": "go", "button_label": "Go", "next_menu": "M2"},
                    {"button_callback": "web", "button_url": "https://example.test/", "chat": ""},
                    {"button_callback": "talk", "button_url": "https://example.test/", "chat": GROUP},
                ],
            }
        ],
    },
    {
        "menu_ref": "M2",
        "rows": [{"row_order": 1, "buttons": [{"button_callback": "where", "button_query": "location"}]}],
    },
]
UNSOLICITED = {
    one["frame"]["json"].get("method"): one["frame"]["json"]
    for one in json.loads(
        (Path(__file__).parents[3] / "vectors" / "nandbox" / "unsolicited_frames.json").read_text()
    )["vectors"]
}  # fmt: skip


def shape(value: Any) -> Any:
    return {name: shape(one) for name, one in value.items()} if isinstance(value, dict) else type(value)


async def test_who_writes_for_the_first_time_joins_the_bot(sandbox: Sandbox, bot: Client) -> None:
    """Then they start, stop and leave it; each is told in the recorded form."""
    sandbox.nandbox.say("Bob", "hello")
    joined, message = await bot.get(), await bot.get()
    sandbox.nandbox.stop("Bob")
    sandbox.nandbox.start("Bob")
    sandbox.nandbox.stop("Bob", leave=True)
    told = [joined, *[await bot.get() for _ in range(3)]]

    assert [one["method"] for one in told] == ["userJoinedBot", "userStoppedBot", "userStartedBot", "userLeftBot"]
    assert all(one["user"] == {"id": "90089584000040002"} for one in told)
    assert message["message"]["text"] == "hello"


async def test_nothing_is_kept_for_a_bot_that_is_away(sandbox: Sandbox) -> None:
    """What is said meanwhile is lost to it; people see it all the same."""
    sandbox.nandbox.say("Nadia Farouk", "anybody there?")
    async with logged_in(sandbox) as bot:
        sandbox.nandbox.say("Nadia Farouk", "and now?")
        assert (await bot.get())["message"]["text"] == "and now?"
        assert await bot.ask("PING") == {"method": "PONG"}
    assert [one.body["text"] for one in sandbox.nandbox.history("nadia")] == ["anybody there?", "and now?"]


async def test_a_long_text_arrives_as_a_file(sandbox: Sandbox, bot: Client) -> None:
    """1800 characters are a text, one more is a file that can be had."""
    sandbox.nandbox.say("nadia", "ж" * 1800)
    sandbox.nandbox.say("nadia", "ж" * 1801)
    text, file = (await bot.get())["message"], (await bot.get())["message"]

    assert (text["type"], len(text["text"])) == ("text", 1800)
    assert (file["type"], "text" in file, file["text_file"]["size"]) == ("text_file", False, 3602)
    kept = sandbox.nandbox.files.get(file["text_file"]["id"])
    assert kept is not None
    assert kept.content.decode() == "ж" * 1801


async def test_a_reply_names_what_it_answers(sandbox: Sandbox, bot: Client) -> None:
    """And the owner of a group speaks as its admin."""
    first = sandbox.nandbox.say("Bob", "?", GROUP)
    sandbox.nandbox.say("nadia", "!", GROUP, reply_to=first.message_id)
    question, answer = (await bot.get())["message"], (await bot.get())["message"]

    assert (answer["reply_to_message_id"], answer["from_admin"]) == (first.message_id, 1)
    assert "from_admin" not in question
    assert (question["gmid"], answer["gmid"]) == ("1", "2")


async def test_a_button_below_a_message_is_told_with_the_message(sandbox: Sandbox, bot: Client) -> None:
    """In the recorded form; what it opens is for the page, a chat before an address."""
    ack = await bot.ask("sendMessage", chat_id=NADIA, reference=77, text="menu?", inline_menu=MENUS, menu_ref="M1")
    sandbox.nandbox.settings.receipt_s = 60.0
    message_id = ack["ack"]["message_id"]
    opened = [sandbox.nandbox.press("nadia", message_id, one, "M1") for one in ("go", "web", "talk")]
    sandbox.nandbox.press("nadia", message_id, "where", "M2", {"latitude": "30.0", "longitude": "31.2"})
    told: list[dict[str, Any]] = []
    while len(told) < 4:
        frame = await bot.get()
        if frame["method"] == "inlineMessageCallback":
            told.append(frame["inlineMessageCallback"])

    wanted = UNSOLICITED["inlineMessageCallback"]["inlineMessageCallback"]
    assert wanted.keys() <= told[3].keys()
    assert shape(told[3]["chat"]) == shape(wanted["chat"])
    assert opened == [{"next_menu": "M2"}, {"button_url": "https://example.test/"}, {"chat": GROUP}]
    assert [one["button_callback"] for one in told] == ["go", "web", "talk", "where"]
    assert all((one["message_id"], one["reference"]) == (message_id, 77) for one in told)
    assert "button_query_result" not in told[0]
    assert told[3]["button_query_result"] == {"latitude": "30.0", "longitude": "31.2"}
    with pytest.raises(KeyError):
        sandbox.nandbox.press("nadia", message_id, "where", "M1")
    with pytest.raises(KeyError):
        sandbox.nandbox.press("Bob", message_id, "go")


async def test_a_button_of_the_keypad_is_told_without_a_message(sandbox: Sandbox, bot: Client) -> None:
    """SetChatMenu replaces the keypad, setNavigationButton says nothing and chooses the first menu."""
    assert await bot.ask("setChatMenu", chat_id=NADIA, menus=MENUS, reference=1) == {
        "method": "setChatMenu_ack", "app_id": sandbox.nandbox.app_id, "chat": {"id": NADIA}, "reference": 1,
    }  # fmt: skip
    assert await bot.is_silent_after(
        {"method": "setNavigationButton", "chat_id": NADIA, "navigation_button": "M1", "menu_open": 1}
    )
    sandbox.nandbox.press_keypad("nadia", "", "go", "M1")
    told = await bot.get()
    keypad = sandbox.nandbox.keypad(f"{NADIA}|{sandbox.nandbox.bot.id}")

    wanted = UNSOLICITED["chatMenuCallback"]["chatMenuCallback"]
    assert wanted.keys() - {"button_query_result"} <= told["chatMenuCallback"].keys()
    assert (keypad["first"], keypad["open"], len(keypad["menus"])) == ("M1", 1, 2)
    with pytest.raises(KeyError):
        sandbox.nandbox.press_keypad("nadia", "", "nothing")


async def test_an_inline_search_is_answered_to_the_page(sandbox: Sandbox, bot: Client) -> None:
    """Under the number that the bot was given."""
    listener = sandbox.events.listen(NADIA, None)
    search_id = sandbox.nandbox.search("nadia", "rope")
    told = (await bot.get())["inlineSearch"]
    result = {"id": "1", "type": "text", "title": "Rope"}
    assert await bot.is_silent_after(
        {"method": "inlineSearchAnswer", "to_user_id": NADIA, "search_id": search_id, "results": [result]}
    )

    assert (told["keywords"], told["search_id"], told["from"]["id"]) == ("rope", search_id, NADIA)
    (event,) = [one for one in await listener.get() if one["kind"] == "nandbox_results"]
    assert (event["search_id"], event["results"]) == (search_id, [result])


async def test_pages_hear_only_what_concerns_them(sandbox: Sandbox, bot: Client) -> None:
    """A direct talk is nobody else's business."""
    listener = sandbox.events.listen("90089584000040001", None)
    sandbox.nandbox.say("nadia", "secret")
    sandbox.nandbox.say("nadia", "for all", GROUP)
    await bot.get()
    await bot.get()

    heard = [one["message"]["text"] for one in await listener.get() if one["kind"] == "nandbox_message"]
    assert heard == ["for all"]


async def test_who_joins_and_who_leaves_a_group_is_told(sandbox: Sandbox, bot: Client) -> None:
    """As a chatMember that nobody asked for; whoever was banned stays out."""
    sandbox.nandbox.enter("wangfang", GROUP)
    sandbox.nandbox.enter("wangfang", GROUP, leave=True)
    told = [await bot.get(), await bot.get()]

    assert [(one["method"], one["chatMember"]["status"], "reference" in one) for one in told] == [
        ("chatMember", "Active", False), ("chatMember", "Left", False),
    ]  # fmt: skip
    await bot.ask("banChatMember", chat_id=GROUP, user_id="90089584000040003")
    with pytest.raises(KeyError):
        sandbox.nandbox.enter("wangfang", GROUP)


async def test_what_was_to_be_sent_later_is_sent_after_a_restart(tmp_path: Path) -> None:
    """Though its time came while the sandbox was off."""
    path = tmp_path / "sandbox.db"
    async with open_sandbox(path=path) as sandbox, logged_in(sandbox) as bot:
        due = sandbox.nandbox.now_ms() + 3_600_000
        await bot.ask("sendMessage", chat_id=NADIA, text="later", schedule_date=due)
    later = time.time() + 7200
    async with open_sandbox(path=path, clock=lambda: later) as sandbox:
        listener = sandbox.events.listen(NADIA, 0)
        (event,) = [one for one in await listener.get() if one["kind"] == "nandbox_message"]
    assert event["message"]["text"] == "later"
