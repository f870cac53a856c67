"""A bot at work on nandbox: the project's own commands, a real store, a real line."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from bot.command import Commands, discover
from bot.dispatch import DispatchOptions, open_dispatcher
from bot.flood import Flood
from bot.lifetime import beside
from bot.nandbox.platform import Nandbox, open_nandbox
from bot.outbox import open_outbox
from bot.people import People, PeopleOptions
from bot.records import Store
from bot.runner import Runner, RunnerOptions
from bot.services import Services
from bot.texts import Texts
from bot.vitals import Vitals
from tests.bot.nandbox.server import FAST, FakeNandbox
from tests.conftest import FAST as FAST_OUTBOX

OpenService = Callable[[FakeNandbox], AbstractAsyncContextManager[Nandbox]]


@pytest.fixture
def open_service(store: Store, texts: Texts) -> OpenService:
    """Serve the people of a nandbox until the block ends."""

    @asynccontextmanager
    async def opened(server: FakeNandbox) -> AsyncIterator[Nandbox]:
        vitals = Vitals()
        async with open_nandbox(server.account, FAST) as nandbox:
            commands = Commands(discover("handlers"), texts, nandbox.name)
            services = Services(texts, commands, nandbox, store, vitals, number=nandbox.bot_id, name="Harbour Helper")
            services.directory = nandbox.directory
            people = People(store, nandbox, texts, vitals, PeopleOptions())
            async with open_outbox(nandbox, vitals, FAST_OUTBOX) as outbox:
                runner = Runner(services, people, outbox, RunnerOptions())
                async with open_dispatcher(runner, outbox, Flood(0, 1), vitals, DispatchOptions()) as dispatcher:

                    async def listen() -> None:
                        async for message in nandbox.listen():
                            await dispatcher.submit(message)

                    async with beside(listen()):
                        yield nandbox
                        nandbox.stop()
            await runner.books.idle()

    return opened
