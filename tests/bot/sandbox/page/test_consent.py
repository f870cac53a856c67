"""The consent screen in a browser: unticked, declined, wrong PIN, another person or device; readable by everybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from aiohttp import web
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from bot.sandbox import Sandbox
from bot.sandbox.world import ALICE, BOB, GROUP_ID
from tests.bot.sandbox.page.conftest import COLLECT_REPORTS, Opener
from tests.bot.sandbox.page.fake_bot import FakeBot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SCOPES = "PROFILE:READ PHONE:READ CONTACTS:READ ASSETS:READ SNAPSHOTS:READ MESSAGES:REPRESENT"
GRAVE = ("serious", "critical")
PHONE = {"viewport": {"width": 320, "height": 800}}


class App:
    """The page at the app's OAuth URL; tells with what people came back."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.came: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    def link(self, **more: str) -> str:
        facts = {"client_id": self.sandbox.bot_id, "scope": SCOPES, "response_type": "code", "state": "s1"} | more
        return f"{self.sandbox.url}/oauth/authorize?{urlencode(facts)}"

    async def callback(self, request: web.Request) -> web.Response:
        self.came.put_nowait(dict(request.query))
        return web.Response(
            text="<!doctype html><html lang=en><title>Back</title><h1>Back at the app</h1>", content_type="text/html"
        )

    async def told(self) -> dict[str, str]:
        async with asyncio.timeout(30):
            return await self.came.get()


@pytest_asyncio.fixture(loop_scope="module")
async def app(sandbox: Sandbox) -> AsyncIterator[App]:
    made = App(sandbox)
    served = web.Application()
    served.router.add_get("/oauth/callback", made.callback)
    served.router.add_get("/favicon.ico", no_content)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sandbox.settle_bot(f"http://localhost:{runner.addresses[0][1]}")
    yield made
    await runner.cleanup()


async def no_content(request: web.Request) -> web.Response:
    return web.Response(status=204)


class Visit(Protocol):
    """Opens the page that an app sends people to; keyword arguments are those of a browser context."""

    def __call__(self, link: str, **context: Any) -> Any: ...


@pytest.fixture
def visit(browser: Browser) -> Visit:
    """No page may complain in its console or report a breach of its policy."""

    @asynccontextmanager
    async def open_page(link: str, **context: Any) -> AsyncIterator[Page]:
        settings = {"viewport": {"width": 1000, "height": 900}, "locale": "en-US", "color_scheme": "light"} | context
        complaints: list[str] = []

        def hear(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                complaints.append(message.text)

        opened = await browser.new_context(**settings)
        page = await opened.new_page()
        await page.add_init_script(COLLECT_REPORTS)
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(link)
        yield page
        if context.get("java_script_enabled", True):
            assert await page.evaluate("window.reports") == []
        await opened.close()
        assert complaints == []

    return open_page


async def test_check_05_two_presses_authorize(app: App, visit: Visit) -> None:
    """From the QR code: "I am on the phone", "Authorize", and one is back at the app with a code."""
    async with visit(app.link()) as page:
        await expect(page.get_by_role("heading", name="Request Authorization")).to_be_visible()
        await expect(page.get_by_alt_text("QR code")).to_be_visible()
        await page.get_by_role("link", name="I am on the phone: continue").click()
        await page.get_by_role("button", name="Authorize").click()
        await expect(page.get_by_role("heading", name="Back at the app")).to_be_visible()
    told = await app.told()
    assert (told["state"], len(told["code"]) > 16) == ("s1", True)


async def test_check_05_an_unticked_scope_is_not_granted(app: App, visit: Visit) -> None:
    """The profile cannot be unticked; whatever else is unticked the app does not get."""
    async with visit(app.link()) as page:
        await page.get_by_role("link", name="I am on the phone: continue").click()
        await expect(page.get_by_label("Read your public profile")).to_be_disabled()
        await page.get_by_label("Read your assets").uncheck()
        await page.get_by_role("button", name="Authorize").click()
        await expect(page.get_by_role("heading", name="Back at the app")).to_be_visible()
    code = (await app.told())["code"]
    consent = next(one for one in app.sandbox.consents if one.code == code)
    assert set(consent.granted) == set(SCOPES.split()) - {"ASSETS:READ"}


async def test_check_05_decline(app: App, visit: Visit) -> None:
    """`error=access_denied`, with the state and without a code."""
    async with visit(app.link()) as page:
        await page.get_by_role("link", name="I am on the phone: continue").click()
        await page.get_by_role("button", name="Decline").click()
        await expect(page.get_by_role("heading", name="Back at the app")).to_be_visible()
    assert await app.told() == {"error": "access_denied", "state": "s1"}


async def test_a_wrong_pin_is_said_and_can_be_mended(app: App, visit: Visit) -> None:
    """000000 is the drill; what was chosen stays, and Enter in the field sends the form."""
    async with visit(app.link()) as page:
        await page.get_by_role("link", name="I am on the phone: continue").click()
        await page.get_by_label("You are").select_option(BOB)
        await page.get_by_label("Read your contacts").uncheck()
        await page.get_by_label("PIN").fill("000000")
        await page.get_by_role("button", name="Authorize").click()
        await expect(page.get_by_role("alert")).to_contain_text("Wrong PIN")
        await expect(page.get_by_label("You are")).to_have_value(BOB)
        await expect(page.get_by_label("Read your contacts")).not_to_be_checked()
        await page.get_by_label("PIN").fill("135790")
        await page.get_by_label("PIN").press("Enter")
        await expect(page.get_by_role("heading", name="Back at the app")).to_be_visible()
    code = (await app.told())["code"]
    assert next(one.user_id for one in app.sandbox.consents if one.code == code) == BOB


async def test_it_knows_who_one_is_in_the_messenger(app: App, visit: Visit) -> None:
    """The person and the language of the messenger page are those of the sheet."""
    async with visit(app.link()) as page:
        await page.evaluate(f"localStorage.setItem('sandbox.me', '{BOB}')")
        await page.evaluate("localStorage.setItem('sandbox.language', 'zh')")
        await page.goto(app.link())
        await page.get_by_role("link", name="我正在使用手机：继续").click()
        await expect(page.get_by_label("当前用户")).to_have_value(BOB)


async def test_the_waiting_page_goes_on_when_another_device_has_decided(app: App, visit: Visit) -> None:
    """By itself, a second later."""
    async with visit(app.link()) as page:
        code_id = page.url.rpartition("/")[2]
        consent = app.sandbox.consents.by_code_id(code_id)
        assert consent is not None
        await expect(page.get_by_role("status")).to_have_text("Waiting for the phone…")
        app.sandbox.consents.refuse(consent, BOB)
        await expect(page.get_by_role("heading", name="Back at the app")).to_be_visible()
    assert (await app.told())["error"] == "access_denied"


async def test_it_works_without_script(app: App, visit: Visit) -> None:
    """Every step is a link or a form."""
    async with visit(app.link(), java_script_enabled=False) as page:
        await page.get_by_role("link", name="I am on the phone: continue").click()
        await page.get_by_role("button", name="Authorize").click()
        await expect(page.get_by_role("heading", name="Back at the app")).to_be_visible()
    assert "code" in await app.told()


async def test_check_39_the_keyboard_is_enough(app: App, visit: Visit) -> None:
    """Tab, space and Enter lead through the whole of it, each step with the focus to be seen."""
    async with visit(app.link()) as page:
        await page.get_by_role("link", name="I am on the phone: continue").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("You are")).to_be_visible()
        wanted = ["as", "scope-PHONE:READ", "scope-CONTACTS:READ", "scope-ASSETS:READ", "scope-SNAPSHOTS:READ"]
        for name in wanted:
            await page.keyboard.press("Tab")
            await expect(page.locator(":focus")).to_have_id(name)
            assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        await page.keyboard.press("Space")
        await expect(page.get_by_label("Read your transfer records")).not_to_be_checked()
        for _ in ("MESSAGES:REPRESENT", "pin"):
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Back at the app")).to_be_visible()
    assert "code" in await app.told()


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
async def test_check_39_axe_finds_nothing_grave(
    app: App, visit: Visit, size: Any, scheme: str, language: str, tmp_path: Path
) -> None:
    """On each of the pages, in each look; nothing is cut off at 320 px."""
    async with visit(app.link(), locale=language, color_scheme=scheme, **size) as page:
        waiting = page.url
        for address in (waiting, f"{waiting}/phone?back=1", app.link(client_id="nobody")):
            await page.goto(address)
            found = (await Axe().run(page)).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE] == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_code_opens_as_if_it_were_scanned(
    opener: Opener, sandbox: Sandbox, bot: FakeBot, app: App, visit: Visit
) -> None:
    """A link to a request opens the sheet, and the page that waits goes on; one to a group joins it."""
    async with visit(app.link()) as waiting, opener() as messenger:
        code_id = waiting.url.rpartition("/")[2]
        group = sandbox.conversations.get(GROUP_ID)
        assert group is not None
        del group.members[ALICE]
        actions = [f"mixin://codes/{code_id}", f"https://mixin.one/codes/{group.code_id}"]
        buttons = [{"label": str(at), "color": "#5979F0", "action": one} for at, one in enumerate(actions)]
        await bot.send(sandbox.talk("Alice").conversation_id, ALICE, "APP_BUTTON_GROUP", buttons)
        async with messenger.page.context.expect_page() as opened:
            await messenger.log.get_by_role("button", name="0", exact=True).click()
        sheet = await opened.value
        await sheet.get_by_role("button", name="Authorize").click()
        await expect(sheet.get_by_role("status")).to_contain_text("goes on by itself")
        await expect(waiting.get_by_role("heading", name="Back at the app")).to_be_visible()
        await messenger.log.get_by_role("button", name="1", exact=True).click()
        await expect(messenger.page.locator("#chat-head")).to_contain_text("Luma Lounge")
    assert "code" in await app.told()
    assert ALICE in group.members
