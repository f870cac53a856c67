"""Whom one can be: the rail, new people and groups, ten thousand of them, and the ways to get about by keys."""

import pytest
from playwright.async_api import expect

from bot.sandbox import Sandbox
from bot.sandbox.crowd import fill
from tests.bot.sandbox.page.conftest import Messenger, Opener
from tests.bot.sandbox.page.fake_bot import FakeBot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
MANY = 10_000
MOST_NODES = 1500


async def test_somebody_new_is_one_at_once(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """A new person gets the next free number, is who one is from then on, and has greeted the bot if so wished."""
    page = chat.page
    await page.get_by_role("button", name="Somebody new").click()
    await page.get_by_role("button", name="New person").click()
    await page.get_by_label("Name").fill("Zoë")
    await page.get_by_label("Says Hi to the bot right away").check()
    await page.get_by_role("button", name="Create").click()

    await expect(page.locator("#you")).to_have_text("You are Zoë 40007")
    await expect(chat.row("Welcome").first).to_be_visible()
    assert sandbox.person("Zoë").identity_number == "40007"
    await expect(page.get_by_role("button", name="Become Zoë (40007)")).to_have_attribute("aria-current", "true")


async def test_a_number_that_is_taken_is_refused_in_the_form(opener: Opener) -> None:
    """The sandbox's words stand in the form, which stays open with what was typed."""
    async with opener(may_fail=True) as chat:
        page = chat.page
        await page.get_by_role("button", name="Somebody new").click()
        await page.get_by_role("button", name="New person").click()
        await page.get_by_label("Name").fill("Twin")
        await page.get_by_label("Mixin ID").fill("40001")
        await page.get_by_role("button", name="Create").click()

        await expect(page.get_by_role("alert")).to_contain_text("a number that nobody has")
        await expect(page.get_by_label("Name")).to_have_value("Twin")


async def test_a_new_group_has_who_was_chosen(chat: Messenger, sandbox: Sandbox) -> None:
    """Members are chosen from the list by keys alone, the bot comes along, and the group is open afterwards."""
    page = chat.page
    await page.get_by_role("button", name="Somebody new").click()
    await page.get_by_role("button", name="New group").click()
    await page.get_by_label("Group name").fill("茶话会")
    search = page.get_by_role("combobox", name="Name or Mixin ID")
    await search.fill("bob")
    await expect(page.get_by_role("option")).to_have_count(1)
    await search.press("Enter")
    await search.fill("noor")
    await expect(page.get_by_role("option", name="Noor")).to_be_visible()
    await search.press("Enter")
    await page.get_by_role("button", name="Remove Bob").click()
    await page.get_by_role("button", name="Create").click()

    await expect(page.locator("#chat-head")).to_contain_text("茶话会")
    await expect(page.locator("#chat-head")).to_contain_text("3 members")
    group = next(one for one in sandbox.conversations if one.name == "茶话会")
    alice, noor = sandbox.person("Alice").user_id, sandbox.person("Noor").user_id
    assert list(group.members) == [alice, noor, sandbox.bot_id]


async def test_ten_thousand_people_stay_a_short_page(opener: Opener, sandbox: Sandbox) -> None:
    """The rail has the first few, the list of all draws only what is on the screen, and the last one can be found."""
    fill(sandbox, MANY)
    async with opener() as chat:
        page = chat.page
        await expect(page.locator(".rail .person")).to_have_count(24)
        await page.get_by_role("button", name="All people (10,000)").click()
        options = page.get_by_role("option")
        await expect(page.get_by_text("10,000 found")).to_be_visible()
        await page.get_by_role("listbox").evaluate("list => { list.scrollTop = list.scrollHeight; }")
        last = list(sandbox.people)[-1]
        await expect(page.get_by_role("option", name=last.identity_number)).to_be_visible()
        assert await options.count() < 40
        assert await page.locator("*").count() < MOST_NODES

        found = sandbox.person("509123")
        await page.get_by_role("combobox").fill("509123")
        await expect(options).to_have_count(1)
        await page.get_by_role("combobox").press("Enter")
        await expect(page.locator("#you")).to_have_text(f"You are {found.full_name} 509123")
        await expect(page.get_by_role("button", name=f"Become {found.full_name}")).to_have_attribute(
            "aria-current", "true"
        )
        await page.reload()
        await expect(page.locator("#you")).to_have_text(f"You are {found.full_name} 509123")


async def test_ctrl_k_goes_to_conversations_and_people(chat: Messenger) -> None:
    """Ctrl+K opens a field; a few letters and Enter open a conversation, or make one somebody; Esc gives it up."""
    page = chat.page
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("luma")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("#chat-head")).to_contain_text("Luma Lounge")

    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("noor")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("#you")).to_have_text("You are Noor 40005")
    await page.keyboard.press("Control+k")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_single_keys_can_be_switched_off(chat: Messenger) -> None:
    """`/` goes to the box and `?` lists the keys while no field has the focus, unless the settings say no."""
    page = chat.page
    await page.locator("#log").focus()
    await page.keyboard.press("/")
    await expect(page.locator("#draft")).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.locator("#draft")).to_have_value("?")
    await page.locator("#log").focus()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("Alt+1…9")
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Settings").click()
    await page.get_by_label("single-key shortcuts").uncheck()
    await page.keyboard.press("Escape")
    await page.locator("#log").focus()
    await page.keyboard.press("/")
    await page.keyboard.press("?")
    await expect(page.locator("#log")).to_be_focused()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_settings_outlive_a_reload(chat: Messenger) -> None:
    """Theme, contrast and language are chosen in one dialog and are there before the first paint of the next visit."""
    page = chat.page
    await page.get_by_role("button", name="Settings").click()
    await page.get_by_label("dark").check()
    await page.get_by_label("High contrast").check()
    await page.get_by_role("radio", name="中文").click()
    await expect(page.get_by_role("dialog", name="设置")).to_be_visible()
    await page.reload()

    root = page.locator("html")
    await expect(root).to_have_attribute("data-theme", "dark")
    await expect(root).to_have_attribute("data-contrast", "more")
    await expect(page.get_by_role("button", name="设置")).to_be_visible()
    assert await page.locator("meta[name=theme-color]").get_attribute("content") == "#23272b"


async def test_who_is_gone_after_a_reset_is_nobody_to_be(opener: Opener, sandbox: Sandbox) -> None:
    """When the sandbox forgets the person one was, one is the first person again, and the page goes on."""
    async with opener(may_fail=True) as chat:
        page = chat.page
        await page.get_by_role("button", name="Somebody new").click()
        await page.get_by_role("button", name="New person").click()
        await page.get_by_label("Name").fill("Ephemera")
        await page.get_by_role("button", name="Create").click()
        await expect(page.locator("#you")).to_contain_text("Ephemera")
        await expect(page.get_by_role("dialog")).to_have_count(0)

        sandbox.reset()

        await expect(page.locator("#you")).to_have_text("You are Alice 40001")
        await chat.say("still here")
        await expect(chat.row("still here")).to_be_visible()
