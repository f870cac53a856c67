"""Fixtures for all tests: a store in a file, a bot at work on a messenger in memory, and a chat with it."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog

from bot.command import Command, Commands, discover
from bot.dispatch import Dispatcher, DispatchOptions, open_dispatcher
from bot.flood import Flood
from bot.message import Buttons, Content, Message, Post, Text
from bot.outbox import Outbox, OutboxOptions, open_outbox
from bot.people import People, PeopleOptions
from bot.records import Store
from bot.runner import Runner, RunnerOptions
from bot.services import Services
from bot.store import open_store
from bot.texts import Texts, load_texts
from bot.users import Role, User
from bot.vitals import Vitals
from tests.fakes import ANN, BEN, BOT_ID, FakeAccount, FakeAttachments, FakeGrants, FakePlatform, said

LOCALES = Path(__file__).parent.parent / "config" / "locales"

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Tests start thousands of programs: what the first has compiled the others need not."""

FAST = OutboxOptions(linger_s=0.0, ack_linger_s=0.0, retry_s=0.001, retry_cap_s=0.01)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker for each core; none for a single file, which would wait longer for its worker than for its tests."""
    named = {argument.partition("::")[0] for argument in config.args}
    return 0 if len(named) == 1 and named.pop().endswith(".py") else min(4, os.cpu_count() or 1)


SLOW = ("tests/house/", "tests/e2e/", "tests/bot/sandbox/page/", "tests/bot/web/console/", "tests/bot/cli/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start processes and browsers begin, so that at the end no worker waits for another's long one.

    The demos of the house and those of the command line want the same ports, and lie as far apart as can be.
    """
    items.sort(key=lambda item: [not item.nodeid.startswith(folder) for folder in SLOW])


@pytest.fixture(autouse=True, scope="session")
def plain_logs() -> None:
    """Log lines without the values of local variables, which would bury the failure they belong to."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.format_exc_info,
                    structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback, colors=False)],
    )  # fmt: skip


@pytest.fixture(scope="session")
def texts() -> Texts:
    return load_texts(LOCALES)


@pytest.fixture(scope="session")
def handlers() -> Sequence[Command]:
    return discover("handlers")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as database:
        yield database.bot(BOT_ID)


@dataclass
class Bot:
    """A bot at work on a messenger in memory."""

    platform: FakePlatform
    dispatcher: Dispatcher
    outbox: Outbox
    services: Services
    people: People
    store: Store

    async def hear(self, *messages: Message) -> None:
        """Give messages to the bot and wait until all are acknowledged."""
        before = len(self.platform.acked)
        for message in messages:
            await self.dispatcher.submit(message)
        await self.platform.until_acked(before + len(messages))


@dataclass
class Setting:
    """What a test may choose before the bot starts."""

    platform: FakePlatform = field(default_factory=FakePlatform)
    account: FakeAccount = field(default_factory=FakeAccount)
    grants: FakeGrants | None = field(default_factory=FakeGrants)
    attachments: FakeAttachments = field(default_factory=FakeAttachments)
    dispatch: DispatchOptions = field(default_factory=DispatchOptions)
    runner: RunnerOptions = field(default_factory=RunnerOptions)
    outbox: OutboxOptions = FAST
    flood: Flood = field(default_factory=lambda: Flood(0, 1))


OpenBot = Callable[..., AbstractAsyncContextManager[Bot]]


@pytest.fixture
def open_bot(store: Store, texts: Texts, handlers: Sequence[Command]) -> OpenBot:
    """Start a bot with the given commands, the project's own if none are given."""

    @asynccontextmanager
    async def opened(*commands: Command, setting: Setting | None = None, store: Store = store) -> AsyncIterator[Bot]:
        setting = setting or Setting()
        platform, vitals = setting.platform, Vitals()
        known = Commands(commands or handlers, texts, platform.name)
        services = Services(texts, known, platform, store, vitals, setting.account, "7000999001", "Demo Bot", "0")
        services.grants, services.attachments = setting.grants, setting.attachments
        people = People(store, platform, texts, vitals, PeopleOptions())
        async with open_outbox(platform, vitals, setting.outbox) as outbox:
            runner = Runner(services, people, outbox, setting.runner)
            async with open_dispatcher(runner, outbox, setting.flood, vitals, setting.dispatch) as dispatcher:
                yield Bot(platform, dispatcher, outbox, services, people, store)
        await runner.books.idle()

    return opened


class Chat:
    """Somebody the bot knows talks to it. Calling it says texts one after the other and gives the texts answered."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self.platform = bot.platform
        self.buttons: list[str] = []
        """Actions of the buttons below the last answers."""

    async def __call__(self, *texts: str | Content, user_id: str = ANN) -> list[str]:
        answers: list[str] = []
        self.buttons = []
        for text in texts:
            before = len(self.platform.sent)
            await self._bot.hear(said(text, user_id=user_id))
            for outgoing in list(self.platform.sent.values())[before:]:
                content = outgoing.content
                if isinstance(content, Text | Post):
                    answers.append(content.text if isinstance(content, Text) else content.markdown)
                if isinstance(content, Buttons):
                    self.buttons += [button.action for button in content.buttons]
        return answers

    async def make_admin(self, user_id: str = ANN) -> None:
        await self._bot.store.set_role(user_id, Role.OWNER)
        self._bot.people.forget(user_id)


@pytest.fixture
async def chat(open_bot: OpenBot) -> AsyncIterator[Chat]:
    """A chat with the project's own commands; Ann and Ben have met the bot before."""
    setting = Setting()
    for user in (
        User("773e5e77-4107-45c2-b648-8fc722ed77f5", "7000", "Team Mixin", is_bot=True),
        User(ANN, "40001", "Ann"),
        User(BEN, "40002", "Ben"),
    ):
        setting.platform.people[user.id] = user
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi", user_id=ANN), said("hi", user_id=BEN))
        yield Chat(bot)
