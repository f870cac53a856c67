"""For everybody: axe finds nothing serious, nothing scrolls sideways, and all of it works without a script.

MIXBOT_EVERY_LOOK=1 looks at every page in both colours, on both screens, in both languages, not only in two of these.
"""

import os
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, expect

from bot.backstage import Backstage, Look, SettingLine
from bot.broadcast import Audience
from bot.message import Text
from bot.records import DeadLetter
from bot.said import Said
from bot.steering import Steering
from tests.bot.web.console.conftest import OLIVIA, Console, Opener
from tests.fakes import ANN, BEN, said

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
DESKTOP, PHONE, NARROW = {"width": 1360, "height": 900}, {"width": 390, "height": 844}, {"width": 320, "height": 640}
BAD = ("serious", "critical")
ALL = [
    (scheme, screen, locale)
    for scheme in ("light", "dark")
    for screen in (DESKTOP, PHONE)
    for locale in ("en-US", "zh-CN")
]
LOOKED_AT = ALL if os.environ.get("MIXBOT_EVERY_LOOK") else [ALL[0], ALL[-1]]
PAGES = ("/", "/users", f"/users/{ANN}", "/users?q=nobody", "/delivery", "/delivery/k7q2", "/health", "/audit",
         "/settings", "/broadcasts", "/broadcasts/new", "/broadcasts/1/people", "/login", "/nowhere")  # fmt: skip
LOOKS = [
    Look("clock", "system", "failed", "4 min behind " + "x" * 200, "MB120", "timedatectl set-ntp true"),
    Look("backup", "data", "warning", "newest backup is 9 days old", "MB230", "mixbot db backup"),
    Look("python", "system", "ok", "3.11.7"),
    Look("nandbox", "nandbox", "skipped", "no token"),
]


async def fill(console: Console) -> None:
    """Something to show on every page."""
    services = console.bot.services

    async def looks() -> list[Look]:
        return LOOKS

    services.backstage = Backstage(
        looks, [SettingLine("web.port", "7002", "default", "MIXBOT_PORT", "Where to listen" + " long" * 40)]
    )
    await services.backstage.looks()
    services.vitals.minutes.extend([3, 0, 9, 12])
    services.vitals.throttles.append((0.0, 3.0))
    message = said("word for word", user_id=ANN)
    await console.store.quarantine(
        DeadLetter("k7q2", message, "whois", "RuntimeError: " + "y" * 300, 3, message.created_at)
    )
    steering = Steering(console.store.ledger, OLIVIA, message.created_at)
    await steering.draft({"": (Text("News"),)}, Audience())
    await console.store.set_subscribed(BEN, subscribed=False)
    await console.store.history.keep_said([Said(ANN, "m1", message.created_at, False, "text", "<b>z</b>" + "z" * 300)])


async def faults(page: Page) -> list[Any]:
    """What axe has to say that is serious or critical."""
    found = await Axe().run(page)
    return [
        (one["id"], one["help"], [node["target"] for node in one["nodes"]][:3])
        for one in found.response["violations"]
        if one["impact"] in BAD
    ]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("scheme", "screen", "locale"), LOOKED_AT, ids=lambda one: one if isinstance(one, str) else "")
async def test_check_39_axe_finds_nothing_serious_in_the_console(
    console: Console, opener: Opener, scheme: str, screen: dict[str, int], locale: str
) -> None:
    """On any page, in both colours, on both screens, in both languages; with the menu open as well."""
    await fill(console)
    async with opener(may_fail=True, viewport=screen, color_scheme=scheme, locale=locale) as page:
        for path in PAGES:
            await page.goto(f"{console.url}/console{path}")
            assert await faults(page) == [], path
        await page.goto(f"{console.url}/console/")
        await page.locator("details.menu summary").click()
        assert await faults(page) == []


async def test_check_39_the_console_does_not_scroll_sideways(console: Console, opener: Opener) -> None:
    """At 320 pixels, which is also what an enlarged page has."""
    await fill(console)
    async with opener(may_fail=True, viewport=NARROW) as page:
        for path in PAGES:
            await page.goto(f"{console.url}/console{path}")
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, path


async def test_check_39_the_console_by_keys_alone(console: Console, opener: Opener) -> None:
    """From the skip link to the menu and to a deed, by Tab, Enter and Escape."""
    async with opener() as page:
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Log out", exact=True)).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Log out", exact=True)).to_be_hidden()
        await expect(page.locator("details.menu summary")).to_be_focused()
        await page.goto(f"{console.url}/console/users/{ANN}")
        await page.get_by_role("button", name="Block", exact=True).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Blocked: the bot answers them no more")).to_be_visible()
    assert await console.store.roster.blocked() == {ANN}


async def test_everything_works_without_a_script(console: Console, opener: Opener) -> None:
    """Coming in takes one click more; language, colours and deeds are forms."""
    async with opener(java_script_enabled=False) as page:
        await page.locator("details.menu summary").click()
        await page.get_by_label("Language").select_option("zh")
        await page.get_by_label("Colours").select_option("dark")
        await page.get_by_role("button", name="Apply").click()
        await expect(page.locator("html[lang=zh-CN][data-theme=dark]")).to_be_visible()
        await page.goto(f"{console.url}/console/users/{ANN}")
        await page.get_by_role("button", name="退订").click()
        await expect(page.get_by_text("此人不再接收公告。")).to_be_visible()


async def test_numbers_follow_the_service(console: Console, opener: Opener) -> None:
    """While somebody looks at a page its numbers go on, and a lost line is told and found again."""
    async with opener(OLIVIA, may_fail=True) as page:
        await page.goto(f"{console.url}/console/delivery")
        await console.bot.hear(said("hi again", user_id=ANN))
        sent = str(console.bot.services.vitals.accepted)
        await expect(page.locator("[data-live=accepted]")).to_have_text(sent)
        console.bot.platform.connected = False
        await expect(page.locator("[data-line]")).to_contain_text("Blaze not connected")
