"""The parts around the chat: inspector, weather, languages, theme, the line, and the two pure functions of buttons."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from yarl import URL

from bot.sandbox import Sandbox, open_sandbox
from bot.sandbox.page.assets import load_assets
from tests.bot.sandbox.page.conftest import Messenger, Opener
from tests.bot.sandbox.page.fake_bot import FakeBot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
BASE = load_assets().base


async def test_the_inspector_shows_frames_and_calls(bot: FakeBot, chat: Messenger) -> None:
    """What was said is there as a frame to the bot and as the bot's call; filters and raw text work."""
    await chat.say("look at me")
    await expect(chat.row("echo look at me")).to_be_visible()
    rows = chat.page.locator("#frame-rows")
    await expect(rows.get_by_text("CREATE_MESSAGE").first).to_be_visible()
    await expect(rows.get_by_text("POST /messages").first).to_be_visible()

    await chat.page.locator("#inspector").get_by_role("button", name="HTTP").click()
    await expect(rows.get_by_text("CREATE_MESSAGE")).to_have_count(0)
    await rows.get_by_text("POST /messages").first.click()
    await expect(rows.locator("pre")).to_contain_text('says)": "echo look at me"')
    await chat.page.get_by_label("pretty").uncheck()
    await expect(rows.locator("pre")).not_to_contain_text("says)")
    await chat.page.get_by_label("errors only").check()
    await expect(rows).to_contain_text("Nothing here matches the filter.")


async def test_the_inspector_keeps_200_entries(chat: Messenger, sandbox: Sandbox) -> None:
    """Only the newest 200 stay in the page."""
    for number in range(260):
        sandbox.inspector.note(f"entry {number}")
    await expect(chat.page.locator(".frame-row")).to_have_count(200)


async def test_weather_is_added_and_cleared(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """A fault added in the menu is in force, shown with its time, and gone after Clear all."""
    await chat.page.get_by_role("button", name="Weather").click()
    await expect(chat.page.locator("#weather-list")).to_contain_text("the weather is clear")
    await chat.page.get_by_role("button", name="Add", exact=True).click()

    await expect(chat.page.locator("#weather-list")).to_contain_text("429 too many requests on /messages")
    await expect(chat.page.locator("#weather-now")).to_contain_text("s left")
    assert [(one["kind"], one["path"]) for one in sandbox.faults.view()] == [("rate_limited", "/messages")]
    await chat.page.get_by_role("button", name="Clear all").click()
    await expect(chat.page.locator("#weather-now")).to_have_text("Weather: clear")
    assert sandbox.faults.view() == []


async def test_both_languages_and_every_theme(chat: Messenger, opener: Opener) -> None:
    """The switch changes every word in place; the theme goes round auto, light, dark, and both outlive a reload."""
    await chat.page.get_by_role("button", name="Switch the page to Chinese").click()
    await expect(chat.page.get_by_role("button", name="打招呼")).to_be_visible()
    assert await chat.page.evaluate("document.documentElement.lang") == "zh-CN"
    await chat.page.reload()
    await expect(chat.page.get_by_text("非官方沙盒，与 Mixin 无关").first).to_be_visible()
    await expect(chat.page.get_by_role("button", name="打招呼")).to_be_visible()

    background = "getComputedStyle(document.querySelector('.list')).backgroundColor"
    assert await chat.page.evaluate(background) == "rgb(255, 255, 255)"
    await chat.page.locator("#theme").click()
    await chat.page.locator("#theme").click()
    assert await chat.page.evaluate(background) == "rgb(44, 49, 54)"
    async with opener(locale="zh-CN", color_scheme="dark") as other:
        await expect(other.page.get_by_role("button", name="打招呼")).to_be_visible()
        assert await other.page.evaluate(background) == "rgb(44, 49, 54)"


async def test_a_lost_line_comes_back(tmp_path: Path, browser: Browser) -> None:
    """While the sandbox is away the page says so and keeps the draft; afterwards it shows what it missed."""
    page = await browser.new_page()
    async with open_sandbox(path=tmp_path / "world.db") as first:
        port = URL(first.url).port or 0
        first.say("Alice", "before")
        await page.goto(first.page_url)
        await expect(page.locator(".row", has_text="before")).to_be_visible()
        await page.locator("#draft").fill("half a thought")

    await expect(page.get_by_text("reconnecting…")).to_be_visible()
    async with open_sandbox(path=tmp_path / "world.db", port=port, token=first.token) as second:
        second.say("Alice", "after")
        await expect(page.locator(".row", has_text="after")).to_be_visible()
        await expect(page.get_by_text("reconnecting…")).to_be_hidden()
        await expect(page.locator(".row", has_text="before")).to_have_count(1)
        assert await page.locator("#draft").input_value() == "half a thought"
        await page.locator("#draft").press("Enter")
        await expect(page.locator(".row", has_text="half a thought").get_by_role("img", name="sent")).to_be_visible()
        await page.close()


async def test_buttons_share_rows_by_the_width_of_their_labels(chat: Messenger) -> None:
    """Three, two or one in a row of six units: as many as fit their equal share."""
    call = f"async ([widths, total]) => (await import('{BASE}buttons.js')).rows(widths, total)"
    for widths, total, expected in (
        ([100, 100, 100], 360, [3]),
        ([100, 150, 100], 360, [2, 1]),
        ([100, 100], 360, [2]),
        ([300, 100, 100, 100], 360, [1, 3]),
        ([999], 360, [1]),
        ([90] * 6, 360, [3, 3]),
        ([], 360, []),
    ):
        assert await chat.page.evaluate(call, [widths, total]) == expected


async def test_any_colour_of_a_bot_becomes_readable(chat: Messenger) -> None:
    """Every colour reaches 4.5 : 1 on both themes, one that does already stays, and nonsense has a default."""
    result = await chat.page.evaluate(
        f"""async () => {{
          const {{ readable, contrast, parseHex }} = await import('{BASE}colors.js');
          const low = [];
          for (const surface of ['#ffffff', '#2c3136'])
            for (let r = 0; r < 256; r += 51) for (let g = 0; g < 256; g += 51) for (let b = 0; b < 256; b += 51) {{
              const hex = '#' + [r, g, b].map((v) => v.toString(16).padStart(2, '0')).join('');
              if (contrast(parseHex(readable(hex, surface)), parseHex(surface)) < 4.5) low.push(hex);
            }}
          return [low, readable('#1f3f7a', '#ffffff'), readable('no colour', '#ffffff')];
        }}"""
    )
    assert result[:2] == [[], "#1f3f7a"]
    assert result[2].startswith("#")
