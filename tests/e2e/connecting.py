"""A person in front of the whole thing: the sandbox's chat, the real service as a process, a browser between them."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Locator, Page, Request

from bot.cli.control import Control
from bot.cli.demo_bot import BotProcess
from bot.cli.demo_run import keyring_file
from bot.cli.sandbox import write_keystore
from bot.sandbox import Sandbox, open_sandbox
from tests.ports import free_port

KEYSTORE = "keystore-7000999001.json"
READY_S = 90.0


@dataclass
class Rig:
    """The sandbox, the service towards it, and where the service keeps everything."""

    sandbox: Sandbox
    service: BotProcess
    home: Path
    environ: Mapping[str, str]
    """What the service is told."""

    @property
    def url(self) -> str:
        return self.service.url

    @property
    def log(self) -> str:
        return self.service.log_path.read_text(encoding="utf-8")


@asynccontextmanager
async def open_rig(home: Path, **variables: str) -> AsyncIterator[Rig]:
    """`variables` are settings of the service beside those that it needs here."""
    home.mkdir(mode=0o700, exist_ok=True)
    async with open_sandbox() as sandbox:
        write_keystore(home, sandbox.keystore)
        port = free_port()
        url = f"http://localhost:{port}"
        sandbox.settle_bot(url)
        environ = {
            "MIXIN_KEYSTORE_PATH": str(home / KEYSTORE),
            "MIXIN_API_URL": sandbox.url,
            "MIXIN_BLAZE_URL": sandbox.url.replace("http", "ws", 1) + "/",
            "MIXIN_OAUTH_URL": sandbox.url,
            "MIXBOT_DB_URL": f"sqlite:///{home}/data/bot.db",
            "MIXBOT_PORT": str(port),
            "MIXBOT_LOG_FORMAT": "json",
            "MIXBOT_LOG_LEVEL": "debug",
            "MIXBOT_PUBLIC_URL": url,
            "MIXBOT_SECRET_KEY_FILE": str(keyring_file(home)),
        } | variables
        service = BotProcess(home, environ, port, lambda event: None)
        await service.start()
        try:
            async with asyncio.timeout(READY_S):
                await service.ready.wait()
            yield Rig(sandbox, service, home, environ)
        finally:
            await service.stop()


@dataclass
class Somebody:
    """One browser, with the chat open. `clicks` counts what they had to press, `visited` every address of the bot."""

    rig: Rig
    user_id: str
    context: BrowserContext
    chat: Page
    clicks: int = 0
    visited: list[str] = field(default_factory=list)

    async def say(self, text: str) -> None:
        await self.chat.locator("#draft").fill(text)
        await self.chat.locator("#draft").press("Enter")

    def reply(self, text: str) -> Locator:
        """The messages in which a text stands."""
        return self.chat.get_by_role("log").locator(".row", has_text=text)

    def button(self, label: str) -> Locator:
        """The last button of that name, which is a link."""
        return self.chat.get_by_role("log").get_by_role("link", name=label).last

    async def press(self, what: Locator) -> None:
        self.clicks += 1
        await what.click()

    async def set_out(self, label: str = "Authorize") -> Page:
        """Tap the button in the chat and choose to be on the phone: the sheet that asks is open then."""
        async with self.context.expect_page() as opening:
            await self.press(self.button(label))
        page = await opening.value
        page.on("request", self._note)
        await self.press(page.get_by_role("link", name=re.compile("phone", re.IGNORECASE)))
        await page.get_by_role("button", name="Authorize").wait_for()
        return page

    async def decide(self, page: Page, answer: str = "Authorize", *without: str, who: str = "") -> str:
        """Untick what is not to be allowed and press a button; gives the path of the page where that ends."""
        for scope in without:
            await page.locator(f"#scope-{scope}".replace(":", "\\:")).uncheck()
        if who:
            await page.get_by_label("You are").select_option(who)
        await self.press(page.get_by_role("button", name=answer))
        await page.wait_for_url(f"{self.rig.url}/oauth/*")
        return page.url.removeprefix(self.rig.url)

    def _note(self, request: Request) -> None:
        if request.url.startswith(self.rig.url):
            self.visited.append(request.url)


@asynccontextmanager
async def somebody(rig: Rig, browser: Browser) -> AsyncIterator[Somebody]:
    """Somebody new, who has a bitcoin."""
    control = Control(rig.sandbox.page_url)
    facts = {"name": f"Person {len(list(rig.sandbox.people))}", "contact": True}
    user_id = (await asyncio.to_thread(control.post, "/people", facts))["user_id"]
    await asyncio.to_thread(control.post, "/wallet", {"as": user_id, "asset": "BTC", "amount": "1.5"})
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    await context.add_init_script(f"localStorage.setItem('sandbox.me', '{user_id}')")
    try:
        chat = await context.new_page()
        await chat.goto(rig.sandbox.page_url)
        await chat.locator("body[data-ready]").wait_for()
        yield Somebody(rig, user_id, context, chat)
    finally:
        await context.close()
