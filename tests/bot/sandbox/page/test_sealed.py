"""On the page: encryption and devices, pins, messages passed on as one, and what runs a group."""

import asyncio
import json

import pytest
from playwright.async_api import expect

from bot.sandbox import Sandbox
from bot.sandbox.world import ALICE, GROUP_ID
from tests.bot.sandbox.page.conftest import Messenger

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
FLASHED = """() => new Promise((done) => new MutationObserver((changes) => {
  for (const { target } of changes) if (target.matches(".row.flash")) done(target.textContent);
}).observe(document.querySelector("#log"), { subtree: true, attributeFilter: ["class"] }))"""


async def test_a_bot_is_written_to_encrypted_once_that_is_switched_on(chat: Messenger, sandbox: Sandbox) -> None:
    """The switch is in the bot's profile; what is encrypted has a lock; a device can be added, replaced, logged out."""
    page = chat.page
    await page.get_by_role("button", name="Profile").click()
    async with page.expect_response("**/_sandbox/encryption"):
        await page.get_by_label("Message Encryption").check()
    await page.keyboard.press("Escape")
    await chat.say("for your eyes")
    own = chat.row("for your eyes")
    await expect(own.get_by_role("img", name="encrypted")).to_be_visible()
    assert sandbox.history("Alice")[-1].category == "ENCRYPTED_TEXT"

    page = chat.page
    first = sandbox.people.session_id_of(ALICE)
    await page.locator(".conversation", has_text="Luma Lounge").click()
    await page.get_by_role("button", name="Profile").click()
    await page.get_by_role("dialog").get_by_role("option", name="Alice").click()
    await page.get_by_role("button", name="Devices").click()
    devices = page.locator("#devices li")
    await expect(devices).to_have_count(1)
    await page.get_by_role("button", name="Add a device").click()
    await expect(devices).to_have_count(2)
    await page.get_by_role("button", name="Install Android anew").click()
    await expect(devices.first).not_to_contain_text(first)
    await page.get_by_role("button", name="Log Desktop out").click()
    await expect(devices).to_have_count(1)
    assert sandbox.people.session_id_of(ALICE) != first


async def test_pins_stand_above_the_log(chat: Messenger, sandbox: Sandbox) -> None:
    """The newest with its words, and the way to it; taken back, it is pinned no more."""
    page = chat.page
    await chat.say("remember this")
    await chat.arrived()
    row = chat.row("remember this")
    await row.hover()
    await row.get_by_role("button", name="Pin or unpin").click()
    pins = page.get_by_role("region", name="Pinned")
    await expect(pins).to_contain_text("remember this")
    flashed = asyncio.ensure_future(page.evaluate(FLASHED))
    await pins.get_by_role("button", name="Go to the pinned message").click()
    assert "remember this" in await flashed
    await pins.get_by_role("button", name="Unpin").click()
    await expect(pins).to_be_hidden()


async def test_a_transcript_opens_whole(chat: Messenger, sandbox: Sandbox) -> None:
    """Four lines in the log, every message in the dialog."""
    said = [
        {
            "category": "PLAIN_TEXT",
            "content": f"line {number}",
            "user_full_name": "Bob",
            "created_at": "2026-01-02T03:04:05Z",
        }
        for number in range(6)
    ]
    said.append({"category": "PLAIN_LOCATION", "content": '{"latitude": 1, "longitude": 2}', "user_full_name": "Noor"})
    sandbox.say("Alice", json.dumps(said), category="PLAIN_TRANSCRIPT")
    row = chat.row("Chat history · 7 messages")
    await expect(row).not_to_contain_text("line 5")
    await row.get_by_role("button", name="Chat history").click()
    entries = chat.page.get_by_role("dialog").get_by_role("listitem")
    await expect(entries).to_have_count(7)
    await expect(entries.nth(5)).to_contain_text("line 5")
    await expect(entries.nth(6)).to_contain_text("1.0000, 2.0000")


async def test_what_was_said_is_passed_on(chat: Messenger, sandbox: Sandbox) -> None:
    """The last words of the conversation, as one message with who said each."""
    for text in ("first", "second"):
        await chat.say(text)
        await expect(chat.row(text)).to_be_visible()
        await chat.arrived()
    await chat.page.get_by_role("button", name="Send something else").click()
    await chat.page.get_by_role("button", name="Pass on what was said").click()
    await expect(chat.row("Chat history · 2 messages")).to_contain_text("Alice: second")
    await chat.arrived()
    entries = json.loads(sandbox.history("Alice")[-1].data)
    assert [(one["user_id"], one["content"]) for one in entries] == [(ALICE, "first"), (ALICE, "second")]


async def test_who_runs_a_group_changes_it_on_the_page(chat: Messenger, sandbox: Sandbox) -> None:
    """Name and announcement; a new code comes in the place of the old one."""
    page = chat.page
    group = sandbox.conversations.get(GROUP_ID)
    assert group is not None
    code = group.code_id
    await page.locator(".conversation", has_text="Luma Lounge").click()
    await page.get_by_role("button", name="Profile").click()
    await page.get_by_role("button", name="Change the group").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Make a new code").click()
    await expect(dialog).not_to_contain_text(code)
    await dialog.get_by_label("Name").fill("The Den")
    await dialog.get_by_label("Announcement").fill("Be kind")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.locator(".conversation", has_text="The Den")).to_be_visible()
    assert (group.name, group.announcement) == ("The Den", "Be kind")
