"""What one can send besides text, and what stands in place of the composer."""

import json
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect

from bot.sandbox import Sandbox
from bot.sandbox.people import BLOCKING
from bot.sandbox.tables import transaction
from bot.sandbox.world import GROUP_ID
from tests.bot.sandbox.page.conftest import Messenger
from tests.bot.sandbox.page.fake_bot import NEW_CARD, OLD_CARD, FakeBot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


async def menu(chat: Messenger, name: str) -> None:
    await chat.page.get_by_role("button", name="Send something else").click()
    await chat.page.get_by_role("dialog").get_by_role("button", name=name).click()


async def test_what_else_one_can_send_is_shown_as_it_is(chat: Messenger) -> None:
    """Every entry of the menu appears as its own kind, an unknown one as not supported, a recall as taken back."""
    shown = {
        "Picture": ".picture .whole", "File": "strong:text('notes.txt')", "Voice": ".audio", "Location": ".place",
        "Live": ".live", "Unknown kind": ".unknown",
    }  # fmt: skip
    for name, selector in shown.items():
        await menu(chat, name)
        await expect(chat.log.locator(selector)).to_have_count(1)
    await menu(chat, "Contact")
    await chat.page.get_by_role("option", name="Noor").click()
    await expect(chat.log.locator(".contact")).to_contain_text("Noor")
    await menu(chat, "Sticker")
    await chat.page.get_by_role("group", name="Stickers").get_by_role("button", name="heart").click()
    await expect(chat.log.get_by_role("img", name="Sticker: heart")).to_be_visible()
    await chat.arrived()

    await menu(chat, "Take my last message back")
    await expect(chat.row("Alice took this message back")).to_be_visible()
    await expect(chat.log.get_by_role("img", name="Sticker: heart")).to_have_count(0)


async def test_emoji_go_where_the_cursor_is(chat: Messenger) -> None:
    """Picked with the mouse or with arrow keys, into the text and over what is selected; the last ones come first."""
    page, box = chat.page, chat.page.locator("#draft")
    await box.fill("go home")
    await box.evaluate("box => box.setSelectionRange(3, 3)")
    await page.get_by_role("button", name="Emoji and stickers").click()
    await page.get_by_role("button", name="rocket").click()
    await expect(box).to_be_focused()
    await expect(box).to_have_value("go 🚀home")

    await page.get_by_role("button", name="Emoji and stickers").click()
    grid = page.get_by_role("group", name="Emoji")
    await expect(grid.get_by_role("button").first).to_have_attribute("data-emoji", "rocket")
    await grid.get_by_role("button").first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(grid.get_by_role("button", name="grinning")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("go 🚀😀home")
    await box.press("Enter")
    await expect(chat.log.locator(".text")).to_have_text("go 🚀😀home")


async def test_a_card_is_passed_on_where_it_may_be(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """Share stands beside a card that allows it: one looks at it first and chooses to whom; beside others it is not."""
    conversation, alice = sandbox.talk("Alice").conversation_id, sandbox.person("Alice").user_id
    for card in (OLD_CARD, NEW_CARD | {"shareable": True}):
        await bot.send(conversation, alice, "APP_CARD", card)
    await expect(chat.row("New card")).to_be_visible()
    await expect(chat.page.get_by_role("button", name="Share “Old card”")).to_have_count(0)

    await chat.page.get_by_role("button", name="Share “New card”").click()
    dialog = chat.page.get_by_role("dialog", name="Send")
    await expect(dialog).to_contain_text("APP_CARD")
    await dialog.get_by_role("option", name="Luma Lounge").click()
    await expect(chat.own.locator(".card", has_text="New card")).to_be_visible()
    await chat.arrived()
    said = sandbox.history(conversation_id=GROUP_ID)[-1]
    assert (said.user_id, said.category, json.loads(said.data)["title"]) == (alice, "APP_CARD", "New card")


async def test_a_picture_of_ones_own_reaches_the_bot(chat: Messenger, sandbox: Sandbox) -> None:
    """A chosen file is uploaded to the sandbox, shown in the chat, and its data names what lies there."""
    async with chat.page.expect_file_chooser() as chosen:
        await menu(chat, "From this computer…")
    chooser = await chosen.value
    await chooser.set_files(FilePayload(name="dot.png", mimeType="image/png", buffer=PIXEL))

    await expect(chat.log.get_by_role("img", name="Picture")).to_be_visible()
    await chat.arrived()
    (said,) = sandbox.history("Alice")
    data = json.loads(said.data)
    assert (said.category, data["width"], data["height"], data["size"]) == ("PLAIN_IMAGE", 1, 1, len(PIXEL))
    (content,) = sandbox.db.execute("SELECT content FROM attachments WHERE attachment_id = ?", (data["attachment_id"],))
    assert content == (PIXEL,)


async def test_a_file_comes_back_as_it_was(chat: Messenger, tmp_path: Path) -> None:
    """A press on a file saves the very bytes that were sent."""
    await menu(chat, "File")
    async with chat.page.expect_download() as started:
        await chat.log.get_by_role("button", name="notes.txt").click()
    saved = await started.value
    await saved.save_as(tmp_path / "notes")
    assert saved.suggested_filename == "notes.txt"
    assert (tmp_path / "notes").read_text() == "Notes of nobody in particular.\n"


async def test_a_burst_is_twenty_messages(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """What stands in the box goes twenty times at once, and every one is answered."""
    await chat.page.locator("#draft").fill("again")
    await menu(chat, "Say as burst")

    await expect(chat.row("echo again")).to_have_count(20)
    assert sum(one.data == b"again" for one in sandbox.history("Alice")) == 20


async def test_anything_can_be_sent_raw(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """Any category with any bytes goes out as it is, under a chosen id; the same id again changes nothing."""
    page = chat.page
    for _ in range(2):
        await menu(chat, "Send raw…")
        dialog = page.get_by_role("dialog", name="Send raw…")
        await dialog.get_by_label("Category").fill("SIGNAL_TEXT")
        await dialog.get_by_label("base64").check()
        await dialog.get_by_label("Data", exact=True).fill("AAEC/w==")
        await dialog.get_by_label("Message id", exact=True).fill("11111111-1111-4111-8111-111111111111")
        await dialog.get_by_role("button", name="Send").click()
        await expect(dialog).to_have_count(0)

    await expect(chat.log.locator(".unknown")).to_have_count(1)
    (said,) = sandbox.history("Alice")
    assert (said.category, said.data) == ("SIGNAL_TEXT", b"\x00\x01\x02\xff")
    await chat.log.locator(".unknown").get_by_role("button", name="Show frames").click()
    await expect(page.locator("#frame-rows .frame-row").first).to_contain_text("CREATE_MESSAGE")


async def test_a_blocked_bot_is_one_press_from_unblocked(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """Blocking puts a sentence and Unblock where the box was; unblocking brings the box and the draft back."""
    page = chat.page
    await page.locator("#draft").fill("half a thought")
    await page.get_by_role("button", name="Profile").click()
    await page.get_by_role("button", name="Block Demo Bot").click()

    await expect(page.get_by_text("You have blocked Demo Bot. It cannot write to you.")).to_be_visible()
    await expect(page.locator("#draft")).to_be_hidden()
    assert sandbox.people.relation(sandbox.person("Alice").user_id, sandbox.bot_id) == BLOCKING
    await page.get_by_role("button", name="Unblock").click()
    await expect(page.locator("#draft")).to_be_focused()
    await expect(page.locator("#draft")).to_have_value("half a thought")
    await chat.say("again friends")
    await expect(chat.row("echo again friends")).to_be_visible()


async def test_a_removed_bot_can_be_added_again(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """Removing the bot puts Add bot where the box was, also when it happened elsewhere; adding it greets it."""
    page, alice = chat.page, sandbox.person("Alice").user_id
    with transaction(sandbox.db):
        sandbox.people.relate(alice, sandbox.bot_id, "")
    sandbox.events.publish("people")

    await expect(page.get_by_text("Demo Bot is not in your contacts any more.")).to_be_visible()
    await page.get_by_role("button", name="Add bot").click()
    await expect(page.locator("#draft")).to_be_visible()
    await expect(chat.row("Welcome <b>you</b>")).to_be_visible()
    assert sandbox.people.relation(alice, sandbox.bot_id) == "FRIEND"
    assert [one.data for one in sandbox.history("Alice") if one.user_id == alice] == [b"Hi"]


async def test_an_input_method_keeps_its_enter(chat: Messenger) -> None:
    """Keys that an input method is still working on send nothing; its result is sent as it is."""
    box = chat.page.locator("#draft")
    await box.focus()
    client = await chat.page.context.new_cdp_session(chat.page)
    await client.send("Input.imeSetComposition", {"text": "ni hao", "selectionStart": 6, "selectionEnd": 6})
    await box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True, "cancelable": True})
    await expect(chat.log.locator(".row")).to_have_count(0)
    await client.send("Input.insertText", {"text": "你好 👋🏽"})
    await box.press("Enter")

    await expect(chat.log.locator(".text")).to_have_text("你好 👋🏽")
