"""The parts around the chat: inspector, weather, languages, theme, the line, and the two pure functions of buttons."""

import asyncio
import json
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.sandbox import Sandbox, open_sandbox
from bot.sandbox.faults import DEFAULT_VALUES, KINDS
from bot.sandbox.page.assets import load_assets
from bot.sandbox.world import ALICE, BTC
from tests.bot.sandbox.page.conftest import Messenger, Opener
from tests.bot.sandbox.page.fake_bot import FakeBot
from tests.bot.sandbox.page.test_looks import faults as serious
from tests.ports import free_port

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
BASE = load_assets().base


async def test_the_inspector_shows_frames_and_calls(bot: FakeBot, chat: Messenger) -> None:
    """What was said is there as a frame to the bot and as the bot's call: raw first, laid out on request, filtered."""
    page = chat.page
    await chat.say("look at me")
    await expect(chat.row("echo look at me")).to_be_visible()
    rows = page.locator("#frame-rows")
    await expect(rows.get_by_text("CREATE_MESSAGE").first).to_be_visible()
    await expect(rows.get_by_text("POST /messages").first).to_be_visible()

    await page.get_by_role("tab", name="HTTP").click()
    await expect(rows.get_by_text("CREATE_MESSAGE")).to_have_count(0)
    await rows.get_by_text("POST /messages").first.click()
    await expect(rows.locator("pre")).to_contain_text("POST /messages HTTP/1.1")
    await expect(rows.locator("pre")).to_contain_text("Authorization: Bearer {")
    await expect(rows.locator("pre")).not_to_contain_text("eyJ")
    await rows.get_by_role("button", name="pretty").click()
    await expect(rows.locator("pre")).to_contain_text('says)": "echo look at me"')

    await page.get_by_role("tab", name="HTTP").press("ArrowLeft")
    await expect(page.get_by_role("tab", name="Frames")).to_be_focused()
    await expect(rows.get_by_text("POST /messages")).to_have_count(0)
    await page.locator("#inspector").get_by_role("searchbox").fill("list_pending")
    await expect(rows.locator(".frame-row")).to_have_count(2)
    await page.get_by_label("errors only").check()
    await expect(rows).to_contain_text("Nothing here matches the filter.")


async def test_an_entry_is_copied_and_as_curl_it_works(bot: FakeBot, opener: Opener) -> None:
    """The clipboard has what is shown; the command does the call again."""
    async with opener(permissions=["clipboard-read", "clipboard-write"]) as chat:
        page = chat.page
        await chat.say("again please")
        await expect(chat.row("echo again please")).to_have_count(1)
        row = page.locator(".frame-row", has_text="CREATE_MESSAGE")
        await row.locator(".frame-head").click()
        await row.get_by_role("button", name="Copy", exact=True).click()
        await expect(page.get_by_text("Copied.", exact=True)).to_be_visible()
        assert '"action":"CREATE_MESSAGE"' in await page.evaluate("navigator.clipboard.readText()")

        await row.get_by_role("button", name="Copy as curl").click()
        await expect(page.get_by_text("Copied: a command")).to_be_visible()
        process = await asyncio.create_subprocess_shell(
            await page.evaluate("navigator.clipboard.readText()"), stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0
        await expect(chat.row("echo again please")).to_have_count(2)


async def test_the_inspector_keeps_200_entries_and_the_place_of_who_reads(chat: Messenger, sandbox: Sandbox) -> None:
    """Only the newest 200 stay in the page; a row that stays keeps its focus; held still, nothing moves."""
    rows = chat.page.locator(".frame-row")
    for number in range(260):
        sandbox.inspector.note(f"entry {number}")
    await expect(rows.last).to_contain_text("entry 259")
    await expect(rows).to_have_count(200)
    await rows.last.locator(".frame-head").click()
    sandbox.inspector.note("one more")
    await expect(rows.last).to_contain_text("one more")
    await expect(rows.nth(-2).locator(".frame-head")).to_be_focused()
    await expect(rows.nth(-2).locator("pre")).to_have_text("entry 259")

    await chat.page.get_by_role("button", name="Live").click()
    sandbox.inspector.note("unseen")
    await expect(chat.page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "false")
    await expect(rows.last).to_contain_text("one more")
    await chat.page.get_by_role("button", name="Live").click()
    await expect(rows.last).to_contain_text("unseen")


async def test_a_crash_of_the_bot_is_a_red_line(chat: Messenger, sandbox: Sandbox) -> None:
    """Handler, error and place in the row, the traceback in it; the chat shows what the person would see."""
    said = sandbox.say("Alice", "/whois")
    trace = 'Traceback (most recent call last):\n  File "/srv/handlers/whois.py", line 12, in whois\nZeroDivisionError'
    sandbox.bot_log.hear(
        {"event": "handler.crashed", "command": "whois", "message_id": said.message_id, "exception": trace}
    )
    row = chat.page.locator(".frame-row.bad")
    await expect(row).to_contain_text("whois crashed: ZeroDivisionError (handlers/whois.py:12)")
    await row.locator(".frame-head").click()
    await expect(row.locator("pre")).to_have_text(trace)
    await chat.page.get_by_role("tab", name="State").click()
    await expect(chat.page.locator("#bot-state")).to_contain_text("1 · whois crashed")
    await expect(chat.page.locator("#bot-state")).to_contain_text("not acknowledged")


async def test_the_state_of_the_bot_for_the_current_person(bot: FakeBot, chat: Messenger) -> None:
    """It follows what happens, and who one is."""
    state = chat.page.locator("#bot-state")
    await chat.page.get_by_role("tab", name="State").click()
    await expect(state).to_contain_text("The bot and Alice")
    await chat.say("how are you")
    await expect(state).to_contain_text("“how are you” · acknowledged")
    await expect(state).to_contain_text("“echo how are you”")
    await chat.page.keyboard.press("Alt+2")
    await expect(state).to_contain_text("The bot and Bob")
    await expect(state).not_to_contain_text("how are you")


async def test_somebody_is_forgotten_by_the_bot_and_here(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """Forget this user asks the bot in its own words, tells what it said, and leaves the first visit; others stay."""
    sandbox.say("Bob", "remember me")
    await chat.say("I was here")
    await expect(chat.row("echo I was here")).to_be_visible()
    await chat.page.get_by_role("tab", name="State").click()
    await chat.page.get_by_role("button", name="Forget this user…").click()
    dialog = chat.page.get_by_role("dialog", name="Forget Alice")
    await expect(dialog.get_by_label("First ask the bot, too: /forget confirm")).to_be_checked()
    await dialog.get_by_role("button", name="Forget", exact=True).click()

    await expect(chat.page.get_by_text("Alice is forgotten. The bot said: “echo /forget confirm”")).to_be_visible()
    await expect(chat.page.get_by_role("button", name="Say Hi")).to_be_visible()
    assert sandbox.history("Alice") == []
    assert sandbox.history("Bob")[0].data == b"remember me"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_check_39_axe_finds_nothing_serious_in_the_inspector(
    bot: FakeBot, opener: Opener, sandbox: Sandbox, scheme: str, locale: str
) -> None:
    """Neither in an open entry, nor in a crash, nor in the state, nor with weather in force."""
    async with opener(color_scheme=scheme, locale=locale) as chat:
        await chat.say("hello")
        await expect(chat.row("echo hello")).to_be_visible()
        sandbox.inspector.crash("whois crashed", exception="Traceback")
        sandbox.faults.add("html", path="/nowhere", seconds=600, probability=0.5)
        await chat.page.locator(".frame-row.bad .frame-head").click()
        await chat.page.locator(".frame-row", has_text="POST /messages").locator(".frame-head").click()
        assert await serious(chat.page) == []
        await chat.page.locator("#tab-state").click()
        await expect(chat.page.locator("#bot-state dl")).to_be_visible()
        assert await serious(chat.page) == []
        await chat.page.locator("#weather-open").click()
        assert await serious(chat.page) == []


async def test_weather_is_added_and_cleared(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """A fault added in the menu is in force, shown with its time, and gone after its cross or Clear all."""
    page = chat.page
    listed, now = page.locator("#weather-list"), page.locator("#weather-now")
    add = page.get_by_role("button", name="Add", exact=True)
    await page.get_by_role("button", name="Weather").click()
    await expect(listed).to_contain_text("the weather is clear")
    await page.get_by_label("For how many seconds").fill("600")
    await add.click()

    await expect(listed).to_contain_text("429 too many requests on /messages")
    await expect(now).to_contain_text("s left")
    assert [(one["kind"], one["path"]) for one in sandbox.faults.view()] == [("rate_limited", "/messages")]
    await page.get_by_label("Fault").select_option("clock_skew")
    await page.get_by_label("By how many seconds").fill("-600")
    await page.get_by_label("Probability in %").fill("50")
    await page.get_by_label("For how many seconds").fill("")
    await add.click()
    await expect(listed).to_contain_text("clock off, by -600 s, 50 % of the time")
    await expect(now).to_contain_text("+1")
    assert [(one["value"], one["probability"], one["seconds_left"]) for one in sandbox.faults.view()[1:]] == [
        (-600.0, 0.5, None)
    ]
    await page.get_by_role("button", name="End: 429 too many requests").click()
    await expect(listed.locator("li")).to_have_count(1)
    await expect(now).to_contain_text("clock off")
    await page.get_by_role("button", name="Clear all").click()
    await expect(now).to_have_text("Weather: clear")
    assert sandbox.faults.view() == []


async def test_every_fault_can_be_added_in_the_page(chat: Messenger, sandbox: Sandbox) -> None:
    """The page knows the kinds that the sandbox knows, each by a name, and what their values are at first."""
    known = f"(await import('{BASE}weather_kinds.js')).KINDS"
    kinds = await chat.page.evaluate(f"async () => {known}.map((one) => [one.kind, one.value ?? 0])")
    assert dict(kinds) == {kind: DEFAULT_VALUES.get(kind, 0) for kind in KINDS}
    names = set(json.loads(load_assets().files["locales/en.json"]))
    assert {f"weather.kind.{kind}" for kind in KINDS} <= names


async def test_a_fault_that_makes_no_sense_is_told_in_the_dialog(opener: Opener) -> None:
    """What the sandbox refuses stands beside the button."""
    async with opener(may_fail=True) as chat:
        await chat.page.get_by_role("button", name="Weather").click()
        await chat.page.get_by_label("How often at most").evaluate("(box) => { box.min = ''; box.value = '-1'; }")
        await chat.page.get_by_role("button", name="Add", exact=True).click()
        await expect(chat.page.get_by_role("alert")).to_contain_text("must be positive")


async def test_check_09_the_reset_menu_forgets_what_is_chosen(bot: FakeBot, chat: Messenger, sandbox: Sandbox) -> None:
    """Frames, weather, conversations or everything; the page follows."""
    page = chat.page
    await chat.say("remember me")
    await expect(chat.row("echo remember me")).to_be_visible()
    sandbox.faults.add("html", path="/nowhere")
    await expect(page.locator("#weather-now")).to_contain_text("an HTML page")

    async def forget(what: str) -> None:
        await page.get_by_role("button", name="Reset").click()
        await page.locator(f'[data-what="{what}"]').click()
        await expect(page.locator("dialog")).to_have_count(0)

    await forget("frames")
    await expect(page.locator("#frame-rows")).to_contain_text("every frame appears here")
    await expect(page.locator("#weather-now")).to_contain_text("an HTML page")
    await forget("weather")
    await expect(page.locator("#weather-now")).to_have_text("Weather: clear")
    await expect(chat.row("echo remember me")).to_be_visible()
    sandbox.wallet.receive(ALICE, BTC, "1")
    await forget("messages")
    await expect(chat.row("remember me")).to_have_count(0)
    assert sandbox.history("Alice") == []
    assert sandbox.wallet.balances(ALICE)[BTC] != "0"
    coins = sandbox.wallet.balances(ALICE)
    await forget("all")
    await expect(page.locator("#toast")).to_contain_text("Everything is forgotten.")
    assert sandbox.wallet.balances(ALICE) != coins


async def test_both_languages_and_every_theme(chat: Messenger, opener: Opener) -> None:
    """The switch changes every word in place; the theme goes round auto, light, dark, and both outlive a reload."""
    await chat.page.get_by_role("button", name="Switch the page to Chinese").click()
    await expect(chat.page.get_by_role("button", name="打招呼")).to_be_visible()
    await expect(chat.page.locator("html")).to_have_attribute("lang", "zh-CN")
    await chat.page.reload()
    await expect(chat.page.get_by_text("非官方沙盒，与 Mixin 无关").first).to_be_visible()
    await expect(chat.page.get_by_role("button", name="打招呼")).to_be_visible()

    background = "background-color"
    await expect(chat.page.locator(".list")).to_have_css(background, "rgb(255, 255, 255)")
    await chat.page.locator("#theme").click()
    await chat.page.locator("#theme").click()
    await expect(chat.page.locator(".list")).to_have_css(background, "rgb(44, 49, 54)")
    async with opener(locale="zh-CN", color_scheme="dark") as other:
        await expect(other.page.get_by_role("button", name="打招呼")).to_be_visible()
        await expect(other.page.locator(".list")).to_have_css(background, "rgb(44, 49, 54)")


async def test_a_lost_line_comes_back(tmp_path: Path, browser: Browser) -> None:
    """While the sandbox is away the page says so and keeps the draft; afterwards it shows what it missed."""
    page = await browser.new_page()
    port = free_port()
    async with open_sandbox(path=tmp_path / "world.db", port=port) as first:
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
        await expect(page.locator("#draft")).to_have_value("half a thought")
        await page.locator("#draft").press("Enter")
        await expect(page.locator(".row", has_text="half a thought").get_by_role("img", name="sent")).to_be_visible()
        await page.close()


async def test_T20_a_page_of_another_run_says_so_and_recovers(browser: Browser) -> None:
    """Without the key of this run nothing is shown; opened anew in any tab of the browser, the old one works again."""
    context = await browser.new_context(locale="en-US")
    page, other = await context.new_page(), await context.new_page()
    port = free_port()
    async with open_sandbox(port=port) as first:
        await page.goto(first.url)
        await expect(page.get_by_text("This page lacks the key of this run")).to_be_visible()
        await expect(page.locator(".conversation")).to_have_count(0)
        await other.goto(first.page_url)
        await expect(other.locator("body[data-ready]")).to_be_visible()
        assert first.token not in other.url
        await expect(page.locator("body[data-ready]")).to_be_visible()
        await other.close()
    async with open_sandbox(port=port) as second:
        await expect(page.get_by_text("This page lacks the key of this run")).to_be_visible()
        other = await context.new_page()
        await other.goto(second.page_url)
        await expect(page.get_by_text("This page lacks the key of this run")).to_be_hidden()
        await context.close()


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
