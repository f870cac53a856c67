"""A real chromium in front of a real sandbox; without chromium these tests are skipped, except in CI."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, async_playwright, expect

from bot.sandbox import Sandbox, open_sandbox
from tests.bot.sandbox.page.fake_bot import FakeBot, running, script

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), "")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
COLLECT_REPORTS = """
window.reports = [];
document.addEventListener("securitypolicyviolation", (event) => reports.push(event.violatedDirective));
"""
expect.set_options(timeout=30_000)


@dataclass(frozen=True)
class Messenger:
    """One open page."""

    page: Page

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def own(self) -> Locator:
        """What the person said."""
        return self.log.locator('.row[data-own="true"]')

    async def say(self, text: str) -> None:
        await self.page.locator("#draft").fill(text)
        await self.page.locator("#draft").press("Enter")

    async def arrived(self) -> None:
        """What the person said last is shown at once; from here on the sandbox has it, too."""
        await expect(self.own.last.locator(".tick[data-status]")).to_be_visible()

    def row(self, text: str) -> Locator:
        """The messages in which a text stands."""
        return self.log.locator(".row", has_text=text)


class Opener(Protocol):
    """Opens a page of the sandbox; keyword arguments are those of a browser context."""

    def __call__(self, *, may_fail: bool = False, **context: Any) -> AbstractAsyncContextManager[Messenger]: ...


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM:
        reason = f"no chromium here (looked for {', '.join(NAMES)}); on Debian: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def bot(sandbox: Sandbox) -> AsyncIterator[FakeBot]:
    async with running(FakeBot(sandbox.url, sandbox.keystore, script)) as connected:
        yield connected


@pytest.fixture
def opener(browser: Browser, sandbox: Sandbox) -> Opener:
    """Every page must end without an error in its console and without a report of its policy; `may_fail`: calls may."""

    @asynccontextmanager
    async def open_page(*, may_fail: bool = False, **context: Any) -> AsyncIterator[Messenger]:
        settings = {"viewport": {"width": 1360, "height": 900}, "locale": "en-US", "color_scheme": "light"} | context
        complaints: list[str] = []

        def hear(message: ConsoleMessage) -> None:
            failed_call = message.text.startswith("Failed to load resource")
            if message.type in ("error", "warning") and not (may_fail and failed_call):
                complaints.append(message.text)

        opened = await browser.new_context(**settings)
        page = await opened.new_page()
        await page.add_init_script(COLLECT_REPORTS)
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(sandbox.page_url)
        await page.locator("body[data-ready]").wait_for()
        yield Messenger(page)
        reports = await page.evaluate("window.reports")
        await opened.close()
        assert (complaints, reports) == ([], [])

    return open_page


@pytest_asyncio.fixture(loop_scope="module")
async def chat(opener: Opener) -> AsyncIterator[Messenger]:
    """The page on a wide screen, as Alice, with the bot's conversation open."""
    async with opener() as messenger:
        yield messenger
