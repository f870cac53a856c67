"""The console of a bot at work, over real sockets: plain requests, or a real chromium with somebody logged in."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page

from bot.entrance import Entrance
from bot.records import Store
from bot.store import open_store
from bot.users import Role, User
from bot.web import WebOptions, open_web
from tests.bot.sandbox.page.conftest import COLLECT_REPORTS, browser
from tests.conftest import Bot, OpenBot
from tests.fakes import ANN, BEN, BOT_ID, said
from tests.ports import free_port

__all__ = ["browser"]

OLIVIA = "9f0a0001-0000-4000-8000-0000000000f1"
VICTOR = "9f0a0001-0000-4000-8000-0000000000f2"
OSCAR = "9f0a0001-0000-4000-8000-0000000000f3"
CHAT = "https://mixin.example/users/bot"


@dataclass
class FakeGate:
    """Implements bot.oauth.Gate: Mixin says that whoever comes with a code is of this id."""

    user_id: str = OLIVIA
    origin: str = "https://mixin.example"
    asked: list[tuple[str, str]] = field(default_factory=list)

    def address(self, state: str, verifier: str) -> str:
        return f"{self.origin}/oauth/authorize?state={state}"

    async def who(self, code: str, verifier: str) -> str:
        self.asked.append((code, verifier))
        return self.user_id


@dataclass
class Console:
    """A served console. Olivia is an owner, Oscar an operator, Victor a viewer; Ann and Ben wrote to the bot."""

    bot: Bot
    entrance: Entrance
    gate: FakeGate
    url: str

    @property
    def store(self) -> Store:
        return self.bot.store

    async def link(self, user_id: str = OLIVIA) -> str:
        """A fresh link that logs somebody in."""
        return await self.entrance.link(user_id)


@dataclass
class Client:
    """A browser without a screen: cookies, forms, and no script."""

    url: str
    http: aiohttp.ClientSession
    csrf: str = ""

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(self.url + path, headers=headers) as answer:
            text = await answer.text()
            if found := re.search(r'name="csrf" value="(\w+)"', text):
                self.csrf = found[1]
            return answer.status, text

    async def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> tuple[int, str]:
        """Send a form as the page itself would; follows to where it leads."""
        given = {"Origin": self.url} if headers is None else headers
        async with self.http.post(self.url + path, data={"csrf": self.csrf} | fields, headers=given) as answer:
            return answer.status, await answer.text()


LogIn = Callable[..., AbstractAsyncContextManager[Client]]


@pytest_asyncio.fixture(loop_scope="module")
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """As everywhere, in the loop that the browser runs in."""
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as database:
        yield database.bot(BOT_ID)


@pytest_asyncio.fixture(loop_scope="module")
async def console(open_bot: OpenBot) -> AsyncIterator[Console]:
    async with open_bot() as bot:
        for user_id, number, name in (
            (OLIVIA, "31001", "Olivia"), (VICTOR, "31002", "Victor"), (OSCAR, "31003", "Oscar"),
            (ANN, "40001", "Ann"), (BEN, "40002", "Ben"),
        ):  # fmt: skip
            bot.platform.people[user_id] = User(user_id, number, name)
            await bot.hear(said("hi", user_id=user_id))
        await bot.people.flush()
        await bot.store.set_profiles(list(bot.platform.people.values()))
        await bot.store.set_role(OLIVIA, Role.OWNER)
        await bot.store.set_role(OSCAR, Role.OPERATOR)
        await bot.store.set_role(VICTOR, Role.VIEWER)
        port = free_port()
        url = f"http://localhost:{port}"
        bot.services.entrance = Entrance(bot.store.logins, url)
        bot.services.gate = gate = FakeGate()
        options = WebOptions(port=port, public_url=url, chat_url=CHAT)
        async with open_web(bot.services, bot.dispatcher.observe, options):
            yield Console(bot, bot.services.entrance, gate, url)


@pytest.fixture
def log_in(console: Console) -> LogIn:
    """Plain requests as somebody; as nobody with an empty id."""

    @asynccontextmanager
    async def logged_in(user_id: str = OLIVIA) -> AsyncIterator[Client]:
        async with aiohttp.ClientSession() as http:
            client = Client(console.url, http)
            if user_id:
                token = (await console.link(user_id)).partition("?t=")[2]
                assert (await client.post("/console/login", t=token))[0] == 200
                await client.get("/console/")
            yield client

    return logged_in


class Opener(Protocol):
    """Opens a browser with somebody logged in; keyword arguments are those of a browser context."""

    def __call__(
        self, user_id: str = OLIVIA, *, may_fail: bool = False, **context: Any
    ) -> AbstractAsyncContextManager[Page]: ...


@pytest.fixture
def opener(browser: Browser, console: Console) -> Opener:
    """Every page must end without an error in its console and without a report of its policy; `may_fail`: calls may."""

    @asynccontextmanager
    async def open_page(user_id: str = OLIVIA, *, may_fail: bool = False, **context: Any) -> AsyncIterator[Page]:
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
        if user_id:
            await page.goto(await console.link(user_id))
            if settings.get("java_script_enabled") is False:
                await page.locator("form[data-at-once] button").click()
            await page.wait_for_url(f"{console.url}/console/")
        yield page
        scripts = settings.get("java_script_enabled") is not False
        reports = await page.evaluate("window.reports") if scripts else []
        await opened.close()
        assert (complaints, reports) == ([], [])

    return open_page
