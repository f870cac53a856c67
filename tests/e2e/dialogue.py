"""A short dialogue in two conversations: two people meet the bot, ask, and change what it remembers of them."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.service import Nursery, Service
from tests.e2e.views import ANN, BEN, WELCOME, Said, ping
from tests.e2e.wire import Wire, open_wire

Steps = Sequence[Sequence[Said]]


def dialogue() -> Steps:
    """What is said in each step; the next step begins when all of one is acknowledged."""
    return (
        (Said("Hi", WELCOME, ANN),),
        (ping("one", BEN), Said("/notify off", "No more news from me", ANN)),
        (Said("/lang zh", "现在我和你说中文", BEN), ping("two", BEN), ping("three", ANN)),
        (Said("/notify", "You get no news", ANN), Said("/notify", "你会收到我的公告", BEN)),
    )


async def new_database(nursery: Nursery, home: Path) -> Path:
    """A database as the service makes it, for others to begin with: that saves each of them a second."""
    async with open_wire() as wire:
        service = Service(nursery, wire, home)
        await service.start()
        await service.stop()
    return service.database


def begin_with(service: Service, database: Path) -> None:
    service.database.parent.mkdir(mode=0o700)
    shutil.copy(database, service.database)


async def hold(wire: Wire, steps: Steps) -> None:
    for step in steps:
        await wire.say(*step)
        await wire.until_done()
