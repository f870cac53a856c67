"""Where buttons and links lead: inside Mixin, to the bot's own pages, and to where the apps would warn."""

import base64
import json
from urllib.parse import quote

import pytest
from playwright.async_api import expect

from bot.sandbox import Sandbox
from bot.sandbox.ids import contact_id
from bot.sandbox.world import BOB, GROUP_ID, NOOR
from tests.bot.sandbox.page.conftest import Messenger
from tests.bot.sandbox.page.fake_bot import FakeBot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def offer(bot: FakeBot, sandbox: Sandbox, *actions: str) -> None:
    """The bot sends Alice buttons called 1, 2 and so on."""
    buttons = [{"label": str(at + 1), "color": "#5979F0", "action": action} for at, action in enumerate(actions)]
    await bot.send(sandbox.talk("Alice").conversation_id, sandbox.person("Alice").user_id, "APP_BUTTON_GROUP", buttons)


async def press(chat: Messenger, name: str) -> None:
    await chat.log.get_by_role("button", name=name, exact=True).click()


async def test_places_inside_mixin_open_here(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """Profiles and conversations open in the page, also by their twins on mixin.one; the rest say where they lead."""
    page = chat.page
    await offer(
        bot, sandbox, f"mixin://users/{NOOR}", f"https://mixin.one/users/{BOB}", f"mixin://conversations/{GROUP_ID}",
        "mixin://codes/c0ffee", "mixin://users/nobody",
    )  # fmt: skip
    dialog = page.get_by_role("dialog", name="Profile")
    await press(chat, "1")
    await expect(dialog).to_contain_text("Noor")
    await page.keyboard.press("Escape")
    await press(chat, "2")
    await expect(dialog).to_contain_text("Bob")
    await page.keyboard.press("Escape")
    await press(chat, "4")
    await expect(page.locator("#toast")).to_have_text("Would open mixin://codes/c0ffee in Mixin")
    await press(chat, "5")
    await expect(page.locator("#toast")).to_have_text("Nobody here has that id.")
    await press(chat, "3")
    await expect(page.locator("#chat-head")).to_contain_text("Luma Lounge")


async def test_a_conversation_with_somebody_is_made_where_there_was_none(
    bot: FakeBot, chat: Messenger, sandbox: Sandbox
) -> None:
    """`mixin://conversations/ID?user=ID` opens the two people's conversation, and words reach the other side."""
    alice = sandbox.person("Alice").user_id
    made = contact_id(alice, BOB)
    await offer(bot, sandbox, f"mixin://conversations/{made}?user={BOB}")
    await press(chat, "1")
    await expect(chat.page.locator("#chat-head")).to_contain_text("Bob")
    await chat.say("hello Bob")
    await expect(chat.row("hello Bob")).to_be_visible()

    await chat.page.keyboard.press("Alt+2")
    await expect(chat.page.locator("#you")).to_contain_text("Bob")
    await chat.page.locator(".conversation", has_text="hello Bob").click()
    await expect(chat.row("hello Bob")).to_be_visible()


async def test_what_is_to_be_sent_is_shown_first(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """`mixin://send` shows what it would send and asks to whom; the chosen conversation gets it."""
    post = quote(base64.b64encode("# 公告".encode()).decode(), safe="")
    contact = quote(base64.b64encode(json.dumps({"user_id": NOOR}).encode()).decode(), safe="")
    here = sandbox.talk("Alice").conversation_id
    await offer(
        bot, sandbox, f"mixin://send?category=post&data={post}",
        f"mixin://send?category=contact&data={contact}&conversation={here}", "mixin://send?category=text&data=%%%",
    )  # fmt: skip
    page, dialog = chat.page, chat.page.get_by_role("dialog", name="Send")
    await press(chat, "2")
    await expect(dialog).to_contain_text("PLAIN_CONTACT")
    await dialog.get_by_role("button", name="Send to Demo Bot").click()
    await expect(chat.log.locator(".contact")).to_contain_text("Noor")
    await press(chat, "3")
    await expect(page.locator("#toast")).to_have_text("That link has nothing in it that can be sent.")
    await press(chat, "1")
    await expect(dialog).to_contain_text("# 公告")
    await dialog.get_by_role("option", name="Luma Lounge").click()
    await expect(page.locator("#chat-head")).to_contain_text("Luma Lounge")
    await expect(chat.log.get_by_role("heading", name="公告")).to_be_visible()


async def test_pages_of_the_bot_open_in_a_phone_sized_window(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """The home page and `apps?action=open` open in a window of 390 by 844 at the bot's own address."""
    page = chat.page
    await page.context.route("http://localhost:7002/**", lambda route: route.fulfill(body="home"))
    async with page.expect_popup() as opened:
        await page.locator("#chat-head").get_by_role("link", name="Open Homepage").click()
    home = await opened.value
    assert home.url == "http://localhost:7002/"
    assert await home.evaluate("window.opener === null && innerWidth < 500")
    await home.close()

    await offer(bot, sandbox, f"mixin://apps/{sandbox.bot_id}?action=open&from=chat")
    async with page.expect_popup() as opened:
        await press(chat, "1")
    assert (await opened.value).url == "http://localhost:7002/?from=chat"


async def test_links_that_the_apps_would_warn_of_are_marked(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """A link outside home page and patterns bears a mark, and MB207 stands in the inspector; one inside bears none."""
    await offer(bot, sandbox, "http://localhost:7002/oauth/start", "https://elsewhere.example/x")

    own = chat.log.get_by_role("link", name="1", exact=False)
    stray = chat.log.get_by_role("link", name="2", exact=False)
    await expect(stray.get_by_role("img", name="MB207")).to_be_visible()
    await expect(own.get_by_role("img")).to_have_count(0)
    await expect(chat.page.locator("#frame-rows")).to_contain_text("MB207")


async def test_addresses_in_texts_are_links(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """Web addresses and mixin:// in plain text can be pressed; the full stop after them is not part of them."""
    alice = sandbox.person("Alice").user_id
    text = f"See https://docs.example/a?b=1. Or mixin://users/{NOOR}, and javascript:alert(1)"
    await bot.send(sandbox.talk("Alice").conversation_id, alice, "PLAIN_TEXT", text)

    link = chat.log.get_by_role("link", name="https://docs.example/a?b=1", exact=True)
    assert await link.get_attribute("href") == "https://docs.example/a?b=1"
    await chat.log.get_by_role("button", name=f"mixin://users/{NOOR}").click()
    await expect(chat.page.get_by_role("dialog", name="Profile")).to_contain_text("Noor")
    assert await chat.log.locator("a").count() == 1
