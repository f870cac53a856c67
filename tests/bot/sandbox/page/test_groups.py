"""Groups: mentions, members, roles; and searching what was said."""

import pytest
from playwright.async_api import expect

from bot.sandbox import Sandbox
from bot.sandbox.world import BOT_NUMBER, GROUP_ID
from tests.bot.sandbox.page.conftest import Messenger, Opener
from tests.bot.sandbox.page.fake_bot import FakeBot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_the_bot_is_mentioned_by_its_number_and_shown_by_its_name(
    bot: FakeBot, chat: Messenger, sandbox: Sandbox
) -> None:
    """`@` offers the members, Enter takes one, the number goes over the wire, and the bot hears it."""
    page, box = chat.page, chat.page.locator("#draft")
    await page.locator(".conversation", has_text="Luma Lounge").click()
    await box.press_sequentially("@dem")
    await expect(page.get_by_role("option", name="Demo Bot")).to_be_visible()
    await box.press("Enter")
    await expect(box).to_have_value(f"@{BOT_NUMBER} ")
    await box.press_sequentially("ping")
    await box.press("Enter")

    own = chat.log.locator('.row[data-own="true"]')
    await expect(own.locator(".text")).to_have_text("@Demo Bot ping")
    await expect(chat.row("echo @Demo Bot ping")).to_be_visible()
    assert sandbox.history("Alice", GROUP_ID)[0].data == f"@{BOT_NUMBER} ping".encode()


async def test_mentions_are_offered_in_groups_only(chat: Messenger) -> None:
    """In a conversation of two, `@` is a character; in a group, Esc puts the list away and the text stays."""
    box = chat.page.locator("#draft")
    await box.press_sequentially("@")
    await expect(chat.page.get_by_role("option")).to_have_count(0)
    await chat.page.locator(".conversation", has_text="Luma Lounge").click()
    await box.press_sequentially("hi @b")
    await expect(chat.page.get_by_role("option")).to_have_count(2)
    await box.press("Escape")
    await expect(chat.page.get_by_role("option")).to_have_count(0)
    await expect(box).to_have_value("hi @b")


async def test_members_come_and_go(opener: Opener, sandbox: Sandbox) -> None:
    """Who runs the group adds and removes people, which the log tells; who leaves no longer sees the group."""
    group = sandbox.conversations.get(GROUP_ID)
    assert group is not None
    async with opener(may_fail=True) as chat:
        page = chat.page
        await page.keyboard.press("Alt+6")
        await page.locator(".conversation", has_text="Luma Lounge").click()
        await page.get_by_role("button", name="Profile").click()
        await page.get_by_role("button", name="Add somebody").click()
        await page.get_by_role("option", name="Noor").click()
        await expect(chat.log.get_by_text("Olivia added Noor")).to_be_visible()
        await page.get_by_role("button", name="Profile").click()
        await page.get_by_role("dialog").get_by_role("option", name="Bob").click()
        await page.get_by_role("button", name="Remove from the group").click()
        await expect(chat.log.get_by_text("Olivia removed Bob")).to_be_visible()
        assert [sandbox.person("Noor").user_id in group.members, sandbox.person("Bob").user_id in group.members] == [
            True, False,
        ]  # fmt: skip

        await page.keyboard.press("Alt+1")
        await page.locator(".conversation", has_text="Luma Lounge").click()
        await page.get_by_role("button", name="Profile").click()
        await page.get_by_role("button", name="Leave the group").click()
        await expect(page.locator(".conversation", has_text="Luma Lounge")).to_have_count(0)
        await expect(page.locator("#chat-head")).to_contain_text("Demo Bot")


async def test_what_was_said_long_ago_is_found(chat: Messenger, sandbox: Sandbox) -> None:
    """The search looks through all of a conversation and shows the place; the number of rows stays bounded."""
    for number in range(2500):
        sandbox.say("Alice", f"needle {number}" if number in (7, 1200) else f"hay {number}")
    await chat.page.reload()
    await expect(chat.row("hay 2499")).to_be_visible()

    await chat.page.get_by_role("button", name="Search this chat").click()
    await chat.page.get_by_role("searchbox", name="Search this chat").fill("NEEDLE")
    await expect(chat.page.get_by_text("1 of 2")).to_be_visible()
    await expect(chat.row("needle 1200")).to_be_in_viewport()
    await chat.page.keyboard.press("Enter")
    await expect(chat.row("needle 7")).to_be_in_viewport()
    assert await chat.log.locator(".row").count() <= 600
    await chat.page.keyboard.press("Escape")
    await expect(chat.page.locator("#draft")).to_be_focused()

    await chat.page.get_by_role("button", name="To the newest message").click()
    await expect(chat.row("hay 2499")).to_be_in_viewport()
    await chat.say("new")
    await expect(chat.row("new")).to_be_in_viewport()


async def test_what_comes_does_not_disturb_who_reads(chat: Messenger, sandbox: Sandbox) -> None:
    """While one reads further up, new messages move nothing; at the end the top is cut and the end stays in view."""
    for number in range(200):
        sandbox.say("Alice", f"line {number:03d}")
    await expect(chat.row("line 199")).to_be_in_viewport()
    await chat.log.evaluate("log => { log.scrollTop = 400; }")
    await expect(chat.page.get_by_role("button", name="To the newest message")).to_be_visible()
    seen = "document.querySelectorAll('#log .row')[20].getBoundingClientRect().top"
    before = await chat.page.evaluate(seen)
    for number in range(150):
        sandbox.say("Alice", f"more {number:03d}")
    await expect(chat.row("more 149")).to_be_attached()
    assert abs(await chat.page.evaluate(seen) - before) < 1

    await chat.page.get_by_role("button", name="To the newest message").click()
    await expect(chat.row("more 149")).to_be_in_viewport()
    for number in range(120):
        sandbox.say("Alice", f"last {number:03d}")
    await expect(chat.row("last 119")).to_be_in_viewport()
    assert await chat.log.locator(".row").count() <= 300


async def test_the_number_of_rows_is_bounded(chat: Messenger, sandbox: Sandbox) -> None:
    """However often earlier messages are asked for, at most 600 are drawn, and the way down leads back to the end."""
    for number in range(1100):
        sandbox.say("Alice", f"line {number:04d}")
    await chat.page.reload()
    await expect(chat.row("line 1099")).to_be_visible()
    for drawn in (400, 600, 600, 600):
        await chat.log.evaluate("log => { log.scrollTop = 0; }")
        first = await chat.log.locator(".row").first.get_attribute("id")
        await chat.page.get_by_role("button", name="Load earlier").click()
        await expect(chat.log.locator(".row").first).not_to_have_id(first or "")
        await expect(chat.log.locator(".row")).to_have_count(drawn)
    await expect(chat.row("line 0100")).to_be_attached()

    await chat.log.evaluate("log => { log.scrollTop = log.scrollHeight; }")
    await expect(chat.row("line 0899")).to_be_attached()
    await expect(chat.log.locator(".row")).to_have_count(600)
    await chat.page.get_by_role("button", name="To the newest message").click()
    await expect(chat.row("line 1099")).to_be_in_viewport()
