"""For everybody: axe finds nothing serious, keys alone are enough, narrow and enlarged pages stay in their width."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, expect

from bot.sandbox import Sandbox
from tests.bot.sandbox.page.conftest import Messenger, Opener
from tests.bot.sandbox.page.fake_bot import FakeBot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
DESKTOP, PHONE = {"width": 1360, "height": 860}, {"width": 390, "height": 844}
BAD = ("serious", "critical")
STRANGE = "mixed 中文 العربية 👩‍👩‍👧 " + "https://long.example/" + "x" * 300
TABLE = "# 标题\n\n| " + " | ".join("column" for _ in range(9)) + " |\n" + "|-" * 9 + "|\n\n```\n" + "y" * 200 + "\n```"
DIALOGS = ("#attach", "#sticker", "#info-open", "#weather-open", "#reset-open")


async def faults(page: Page) -> list[Any]:
    """What axe has to say that is serious or critical."""
    found = await Axe().run(page)
    return [
        (one["id"], one["help"], [node["target"] for node in one["nodes"]][:3])
        for one in found.response["violations"]
        if one["impact"] in BAD
    ]


async def widest(page: Page) -> int:
    """How far the page, its log and any open dialog would have to scroll sideways."""
    return int(
        await page.evaluate(
            """() => Math.max(...[document.documentElement, document.getElementById("log"),
                ...document.querySelectorAll(".dialog-body")].map((one) => one.scrollWidth - one.clientWidth))"""
        )
    )


async def fill(bot: FakeBot, sandbox: Sandbox) -> None:
    """One of each kind that a bot sends."""
    conversation, alice = sandbox.talk("Alice").conversation_id, sandbox.person("Alice").user_id
    for text in ("Hi", "/cards"):
        for category, content in bot.answer(text):
            await bot.send(conversation, alice, category, content)
    await bot.send(conversation, alice, "PLAIN_TEXT", STRANGE)
    await bot.send(conversation, alice, "PLAIN_POST", TABLE)
    sandbox.say("Alice", "what I said")
    sandbox.say("Alice", category="PLAIN_HOLOGRAM", data=b"{}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_check_39_axe_finds_nothing_serious(
    bot: FakeBot, opener: Opener, sandbox: Sandbox, scheme: str, screen: dict[str, int], locale: str
) -> None:
    """Neither on the first visit, nor in a full chat, nor in the dialogs."""
    async with opener(viewport=screen, color_scheme=scheme, locale=locale) as chat:
        assert await faults(chat.page) == []
        if screen is PHONE:
            await chat.page.locator(".conversation").first.click()
        await expect(chat.page.locator("#say-hi")).to_be_visible()
        await fill(bot, sandbox)
        await expect(chat.log.locator(".unknown")).to_be_visible()
        assert await faults(chat.page) == []
        for opens in DIALOGS:
            await chat.page.locator(opens).click()
            assert await faults(chat.page) == [], opens
            await chat.page.keyboard.press("Escape")


async def test_check_39_axe_finds_nothing_serious_in_what_is_rarely_open(
    bot: FakeBot, opener: Opener, sandbox: Sandbox
) -> None:
    """High contrast, the forms, the settings, the jump, the search, a blocked bot."""
    async with opener() as chat:
        page = chat.page
        await fill(bot, sandbox)
        await page.get_by_role("button", name="Settings").click()
        await page.get_by_label("High contrast").check()
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        for name in ("New person", "New group"):
            await page.get_by_role("button", name="Somebody new").click()
            await page.get_by_role("button", name=name).click()
            assert await faults(page) == [], name
            await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Send something else").click()
        await page.get_by_role("button", name="Send raw…").click()
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        await page.keyboard.press("Control+k")
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        await page.locator("#find-open").click()
        await page.keyboard.type("o")
        await page.locator("#info-open").click()
        await page.get_by_role("button", name="Block Demo Bot").click()
        await expect(page.get_by_role("button", name="Unblock")).to_be_visible()
        assert await faults(page) == []


async def focus_on(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")


async def test_check_39_a_chat_by_keys_alone(bot: FakeBot, chat: Messenger) -> None:
    """From the first link to an answer read: skip link, Say Hi, a button, a quote, another person, without a mouse."""
    page = chat.page
    skip = page.get_by_role("link", name="Skip to the message box")
    await skip.focus()
    await expect(skip).to_be_in_viewport(ratio=1)
    await page.keyboard.press("Enter")
    await expect(page.locator("#draft")).to_be_focused()

    await page.locator("#log").focus()
    await focus_on(page, "#say-hi")
    await page.keyboard.press("Enter")
    await expect(chat.log.locator(".chat-button")).to_have_count(3)
    await expect(page.locator("#draft")).to_be_focused()
    await page.locator("#log").focus()
    await focus_on(page, ".chat-button[title^='input:']")
    await page.keyboard.press("Enter")
    await expect(chat.row("echo /ping")).to_be_visible()

    await page.locator("#log").focus()
    await focus_on(page, ".row[data-own='false'] .bubble-tools button")
    await page.keyboard.press("Enter")
    await expect(page.locator("#answering")).to_be_visible()
    await expect(page.locator("#draft")).to_be_focused()
    await page.keyboard.type("by keys")
    await page.keyboard.press("Enter")
    await expect(chat.row("echo by keys")).to_be_visible()

    await page.locator("#rail [data-person]").first.focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#you")).to_have_text("You are Bob 40002")
    await page.keyboard.press("Control+ArrowDown")
    await expect(page.locator("#chat-head")).to_contain_text("Luma Lounge")


@pytest.mark.parametrize(
    "screen",
    [{"width": 320, "height": 568}, PHONE, {"width": 680, "height": 430}, {"width": 800, "height": 600}],
    ids=["320px", "390px", "200-percent", "800px"],
)
async def test_check_39_nothing_scrolls_sideways(
    bot: FakeBot, opener: Opener, sandbox: Sandbox, screen: dict[str, int]
) -> None:
    """At 320 px, on a phone, at 200 % of 1360 px and between: not page, log or dialog; and the box is in view."""
    async with opener(viewport=screen) as chat:
        page = chat.page
        assert await widest(page) <= 0
        if screen["width"] < 760:
            await page.locator(".conversation").first.click()
        await fill(bot, sandbox)
        await expect(chat.log.locator(".unknown")).to_be_visible()
        assert await widest(page) <= 0
        await expect(page.locator("#draft")).to_be_in_viewport(ratio=1)
        for opens in DIALOGS:
            await page.locator(opens).click()
            assert await widest(page) <= 0, opens
            await expect(page.get_by_role("dialog").get_by_role("button").first).to_be_in_viewport()
            await page.keyboard.press("Escape")


async def test_what_moves_can_be_stilled(opener: Opener) -> None:
    """With reduced motion asked for, no element of the page animates or slides."""
    async with opener(reduced_motion="reduce") as chat:
        moving = await chat.page.evaluate(
            """() => [...document.querySelectorAll("*")].filter((one) => {
                const style = getComputedStyle(one), after = getComputedStyle(one, "::after");
                return [style, after].some((each) => each.animationName !== "none"
                  || each.transitionDuration.split(",").some((text) => parseFloat(text) > 0));
            }).map((one) => one.className)"""
        )
        assert moving == []


async def test_more_contrast_is_given_when_asked_for(bot: FakeBot, opener: Opener) -> None:
    """The system's wish for more contrast gives buttons a border and the colour of text."""
    async with opener(contrast="more") as chat:
        await chat.say("Hi")
        button = chat.log.locator(".chat-button").first
        await expect(button).to_have_css("border-top-width", "1px")
        await expect(button).to_have_css("color", await chat.page.evaluate("getComputedStyle(document.body).color"))


async def test_what_one_touches_is_large_enough(bot: FakeBot, opener: Opener) -> None:
    """Buttons of the chat are at least 44 px high, everything else that can be pressed at least 24 px both ways."""
    async with opener(viewport=PHONE, has_touch=True) as chat:
        await chat.page.locator(".conversation").first.click()
        await chat.say("Hi")
        await expect(chat.log.locator(".chat-button")).to_have_count(3)
        small = await chat.page.evaluate(
            """() => [...document.querySelectorAll("button, input, select, .chat-button")].filter((one) => {
                const box = one.getBoundingClientRect();
                const least = one.matches(".chat-button, .composer button") ? 44 : 24;
                return box.width && (box.height < least || box.width < 24);
            }).map((one) => one.outerHTML.slice(0, 90))"""
        )
        assert small == []
