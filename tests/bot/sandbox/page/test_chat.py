"""Chatting in a real browser with a bot on real sockets."""

import pytest
from playwright.async_api import expect

from bot.sandbox import Sandbox
from tests.bot.sandbox.page.conftest import Messenger, Opener
from tests.bot.sandbox.page.fake_bot import APP_ID, FakeBot, running, script

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
WATCH_SETTLED = """() => {
  const freed = new Set();
  new MutationObserver((changes) => {
    for (const { target } of changes) if (target.matches(".row:not(.settled)")) freed.add(target);
    document.body.dataset.freed = String(freed.size);
  }).observe(document.querySelector("#log"), { subtree: true, attributeFilter: ["class"] });
}"""


async def test_check_3_say_hi_brings_a_welcome_and_buttons(bot: FakeBot, chat: Messenger) -> None:
    """The first visit offers Say Hi; pressing it brings a welcome, a post and three buttons, and HTML stays text."""
    await expect(chat.page.get_by_text("You are Alice. Demo Bot is already in your contacts.")).to_be_visible()

    await chat.page.get_by_role("button", name="Say Hi").click()

    await expect(chat.row("Welcome <b>you</b>")).to_be_visible()
    await expect(chat.log.get_by_role("group", name="Buttons").locator(".chat-button")).to_have_count(3)
    await expect(chat.log.get_by_role("heading", name="Welcome")).to_be_visible()
    await expect(chat.page.locator(".stranger")).to_have_count(0)
    await expect(chat.page.locator("#draft")).to_be_focused()


async def test_a_button_says_its_text_as_the_person(bot: FakeBot, chat: Messenger) -> None:
    """`input:` sends the trimmed text; https is a link to a new tab; other links say where they would lead."""
    await chat.say("Hi")

    await chat.log.get_by_role("button", name="Ping").click()
    own = chat.log.locator('.row[data-own="true"]', has_text="/ping")
    await expect(own).to_be_visible()
    await expect(chat.row("echo /ping")).to_be_visible()
    assert await own.locator(".text").text_content() == "/ping"

    docs = chat.log.get_by_role("link", name="Docs")
    assert await docs.get_attribute("href") == "https://docs.example/"
    assert await docs.get_attribute("target") == "_blank"
    assert "noopener" in (await docs.get_attribute("rel") or "")

    await chat.log.get_by_role("button", name="Profile").click()
    await expect(chat.page.get_by_role("dialog", name="Profile")).to_contain_text("Bob")


async def test_ticks_go_from_sent_to_read(sandbox: Sandbox, chat: Messenger) -> None:
    """A message to an absent bot stays at one tick, with a notice; it is read once the bot is back."""
    await chat.say("wait for me")

    await expect(chat.row("wait for me").get_by_role("img", name="sent")).to_be_visible()
    await expect(chat.page.locator("#bot-away")).to_contain_text("bot is not connected — messages wait up to 7 days")
    async with running(FakeBot(sandbox.url, sandbox.keystore, script)):
        await expect(chat.row("wait for me").first.get_by_role("img", name="read", exact=True)).to_be_visible()
        await expect(chat.page.locator("#bot-away")).to_be_hidden()
        await expect(chat.row("echo wait for me")).to_be_visible()


async def test_another_person_is_one_press_away(bot: FakeBot, chat: Messenger) -> None:
    """The rail and Alt+digit change who speaks; conversations, drafts and history are that person's own."""
    await chat.say("from Alice")
    await expect(chat.row("echo from Alice")).to_be_visible()
    await chat.page.locator("#draft").fill("half a thought")

    await chat.page.get_by_role("button", name="Become Bob").click()
    await expect(chat.page.get_by_text("You are Bob. Demo Bot is already in your contacts.")).to_be_visible()
    await expect(chat.page.locator("#draft")).to_have_value("")
    await chat.say("from Bob")
    await expect(chat.row("echo from Bob")).to_be_visible()
    await expect(chat.row("from Alice")).to_have_count(0)

    await chat.page.keyboard.press("Alt+1")
    await expect(chat.row("echo from Alice")).to_be_visible()
    await expect(chat.page.locator("#draft")).to_have_value("half a thought")


async def test_long_posts_are_cut_and_open_whole(bot: FakeBot, chat: Messenger) -> None:
    """A post shows at most 400 px; the whole opens in a dialog that gives the focus back."""
    await chat.say("Hi")
    show_all = chat.log.get_by_role("button", name="Show all")
    await expect(show_all).to_be_visible()
    height = await chat.log.locator(".post-body").evaluate("post => post.getBoundingClientRect().height")
    assert 0 < height <= 400

    await show_all.click()
    dialog = chat.page.get_by_role("dialog", name="Post")
    await expect(dialog.get_by_text("Paragraph 39")).to_be_attached()
    await chat.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(show_all).to_be_focused()


async def test_cards_of_both_styles(bot: FakeBot, chat: Messenger) -> None:
    """The old style is one link with the first line; the new one has the whole text and buttons that work."""
    await chat.say("/cards")

    old = chat.log.get_by_role("link", name="Old card")
    await expect(old).to_be_visible()
    assert await old.get_attribute("href") == "https://docs.example/old"
    assert "Second" not in await old.inner_text()
    assert "First\nSecond" in await chat.log.locator(".card.new").inner_text()
    await chat.log.get_by_role("button", name="Again").click()
    await expect(chat.row("echo again")).to_be_visible()


async def test_enter_sends_but_not_while_composing(chat: Messenger) -> None:
    """Shift+Enter breaks the line, an input method's Enter is left to it, a plain Enter sends and keeps the focus."""
    box = chat.page.locator("#draft")
    await box.fill("one")
    await box.press("Shift+Enter")
    await box.press_sequentially("two")
    await box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True})
    assert await box.input_value() == "one\ntwo"
    await expect(chat.log.locator(".row")).to_have_count(0)

    await box.press("Enter")
    await expect(chat.log.locator(".row")).to_have_count(1)
    await expect(box).to_be_focused()
    assert await chat.log.locator(".text").text_content() == "one\ntwo"


async def test_T19_hostile_text_is_inert(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """Markup, direction marks, NUL and astral characters from a bot appear as text and run nothing."""
    hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>\u202eabc\u200b\U0001f600 \x00'
    conversation = sandbox.talk("Alice").conversation_id
    alice = sandbox.person("Alice").user_id
    await bot.send(conversation, alice, "PLAIN_TEXT", hostile)
    await bot.send(conversation, alice, "PLAIN_POST", hostile + "\n\n[x](javascript:document.title=1)")
    card = {
        "app_id": APP_ID,
        "title": "<b>T</b>\u202e",
        "description": hostile,
        "action": "javascript:document.title=1",
        "icon_url": "https://cdn.example/i.png",
        "shareable": False,
    }
    await bot.send(conversation, alice, "APP_CARD", card)

    await expect(chat.log.locator(".row")).to_have_count(3)
    await expect(chat.log.get_by_text("<script>").first).to_be_visible()
    assert await chat.log.locator("img, script, a[href^=javascript]").count() == 0
    assert await chat.page.title() == "Mixin sandbox messenger"


async def test_older_messages_come_when_asked_for(chat: Messenger, sandbox: Sandbox) -> None:
    """Of 450 messages the newest 200 are drawn; Load earlier brings the rest without moving what one reads."""
    for number in range(450):
        sandbox.say("Alice", f"line {number:03d}")
    await expect(chat.row("line 449")).to_be_visible()
    await chat.page.reload()
    await expect(chat.row("line 449")).to_be_visible()
    await expect(chat.log.locator(".row")).to_have_count(200)

    await chat.log.evaluate("log => { log.scrollTop = 0; }")
    before = await chat.row("line 250").bounding_box()
    await chat.page.get_by_role("button", name="Load earlier").click()
    await expect(chat.log.locator(".row")).to_have_count(400)
    after = await chat.row("line 250").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 3
    await chat.page.get_by_role("button", name="Load earlier").click()
    await expect(chat.log.locator(".row")).to_have_count(450)
    await expect(chat.page.get_by_role("button", name="Load earlier")).to_have_count(0)


async def test_what_is_out_of_sight_keeps_its_height(chat: Messenger, sandbox: Sandbox) -> None:
    """Rows that cost nothing while nobody sees them are as high as if somebody did, also after another width."""
    for number in range(80):
        sandbox.say("Alice", "word " * (number * 7 % 50 + 1))
    settled = chat.log.locator(".row.settled")
    await expect(settled).to_have_count(80)
    await chat.page.evaluate(WATCH_SETTLED)
    await chat.page.set_viewport_size({"width": 820, "height": 900})
    await expect(chat.page.locator("body")).to_have_attribute("data-freed", "80")
    await expect(settled).to_have_count(80)

    kept, seen = await chat.log.evaluate(
        """(log) => {
          const kept = log.scrollHeight;
          for (const row of log.querySelectorAll(".row")) row.classList.remove("settled");
          return [kept, log.scrollHeight];
        }"""
    )
    assert kept == seen


async def test_on_a_phone_list_and_chat_are_pages(bot: FakeBot, opener: Opener) -> None:
    """At 390 and at 320 px: the list pushes the chat, nothing scrolls sideways, and the composer is on the screen."""
    for width in (390, 320):
        async with opener(viewport={"width": width, "height": 700}, has_touch=True) as phone:
            await expect(phone.page.locator("#draft")).to_be_hidden()
            await phone.page.locator(".conversation", has_text="Demo Bot").click()
            await phone.say("Hi")
            await expect(phone.row("Welcome").first).to_be_visible()
            box = await phone.page.locator("#draft").bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 700
            assert await phone.page.evaluate("document.documentElement.scrollWidth") <= width
            await phone.page.get_by_role("button", name="Back to conversations").click()
            await expect(phone.page.locator("#draft")).to_be_hidden()
            await phone.page.get_by_role("button", name="You are Alice").click()
            await phone.page.get_by_role("dialog").get_by_role("button", name="Become Bob").click()
            await expect(phone.page.get_by_role("button", name="You are Bob")).to_be_visible()


async def test_what_is_seen_is_read_and_nothing_else(bot: FakeBot, opener: Opener, sandbox: Sandbox) -> None:
    """A message is marked read once its chat is open on the screen, not while only the list shows it as unread."""
    alice, conversation = sandbox.person("Alice").user_id, sandbox.talk("Alice").conversation_id
    async with opener(viewport={"width": 390, "height": 700}) as phone:
        await bot.send(conversation, alice, "PLAIN_TEXT", "are you there?")
        row = phone.page.locator(".conversation", has_text="are you there?")
        await expect(row).to_contain_text("1 unread message")
        assert [one.status for one in sandbox.history("Alice")] == ["DELIVERED"]

        await row.click()
        await expect(phone.row("are you there?")).to_be_visible()
        await phone.page.get_by_role("button", name="Back to conversations").click()
        await expect(row).not_to_contain_text("unread")
        assert [one.status for one in sandbox.history("Alice")] == ["READ"]


async def test_an_answer_quotes_what_it_answers(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """Reply puts the message into the composer, the sent one carries its id and shows it, Esc lets go."""
    await chat.say("first")
    await expect(chat.row("echo first")).to_be_visible()
    await chat.row("echo first").hover()
    await chat.page.get_by_role("button", name="Reply to Demo Bot").click()
    await expect(chat.page.locator("#answering")).to_contain_text("echo first")
    await chat.say("my answer")
    await chat.arrived()

    await expect(chat.row("my answer").first.locator(".quote")).to_contain_text("echo first")
    await expect(chat.page.locator("#answering")).to_be_hidden()
    said = {one.message_id: one for one in sandbox.history("Alice")}
    answer = next(one for one in said.values() if one.data == b"my answer")
    assert said[answer.quote_message_id].data == b"echo first"
    await chat.row("echo first").first.hover()
    await chat.page.get_by_role("button", name="Reply to Demo Bot").first.click()
    await chat.page.keyboard.press("Escape")
    await expect(chat.page.locator("#answering")).to_be_hidden()


async def test_the_home_page_is_a_link(chat: Messenger, sandbox: Sandbox) -> None:
    """Open Homepage leads to the bot's own address in a new tab."""
    home = chat.page.locator(".stranger").get_by_role("link", name="Open Homepage")

    assert await home.get_attribute("href") == "http://localhost:7002/"
    assert "noopener" in (await home.get_attribute("rel") or "")
