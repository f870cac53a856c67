"""The same promises on every foundation: one process on SQLite, one on PostgreSQL, and two that share a PostgreSQL; and
with Message Encryption on, where people change their devices.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from bot.store import upgrade_schema
from tests.e2e.conftest import MakeService
from tests.e2e.dialogue import dialogue, hold
from tests.e2e.journal import Event, verdict
from tests.e2e.phones import Phones
from tests.e2e.service import Service
from tests.e2e.sockets import Gone
from tests.e2e.views import ANN, BEN, Said, ping
from tests.e2e.wire import Wire
from tests.postgres import new_database, postgres_server

__all__ = ["postgres_server"]

pytestmark = pytest.mark.timeout(120)

CHANGING = 0.02
"""How likely somebody has another device when a message comes for them."""
SEALED = "sealed"
on_postgres = pytest.mark.postgres
Start = Callable[[], Sequence[Service]]


@pytest.fixture(
    params=["sqlite", SEALED, pytest.param("postgresql", marks=on_postgres), pytest.param("fleet", marks=on_postgres)]
)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the processes are told of the foundation."""
    if request.param in ("sqlite", SEALED):
        (tmp_path / "data").mkdir(mode=0o700)
        url = f"sqlite:///{tmp_path}/data/bot.db"
        upgrade_schema(url)
        yield {"MIXBOT_DB_URL": url}
        return
    with new_database(request.getfixturevalue("postgres_server")) as url:
        upgrade_schema(url)
        yield {"MIXBOT_DB_URL": url} | ({"MIXBOT_FLEET": "true"} if request.param == "fleet" else {})


@pytest.fixture
def services(
    make_service: MakeService, wire: Wire, settings: dict[str, str], request: pytest.FixtureRequest
) -> Sequence[Service]:
    """One process, or the two of a fleet; not yet started."""
    made = [make_service(wire, **settings) for _ in range(2 if "MIXBOT_FLEET" in settings else 1)]
    if request.node.callspec.params["settings"] == SEALED:
        wire.phones = Phones(made[0].home, changing=CHANGING)
    return made


class Killer:
    """Kills whoever serves when an event happens for the nth time."""

    def __init__(self, services: Sequence[Service], kind: str, nth: int) -> None:
        self.done = asyncio.Event()
        self._acting = False
        self._services = services
        self._point = kind, nth
        self._seen = 0

    async def __call__(self, event: Event) -> None:
        self._seen += event.kind == self._point[0]
        if self._acting or self._seen < self._point[1]:
            return
        self._acting = True
        for service in [service for service in self._services if service.lines("bot.started")]:
            await service.kill()
        self.done.set()
        raise Gone


@pytest.mark.parametrize(("kind", "nth"), [("accepted", 4)])
async def test_F27_killed_in_the_middle_every_answer_is_there_once(
    wire: Wire, services: Sequence[Service], kind: str, nth: int
) -> None:
    """Whoever serves is killed in the middle of a dialogue, and somebody goes on: once each, in order, written once."""
    for service in services:
        service.launch()
    await wire.until_listening()
    killer = wire.hook = Killer(services, kind, nth)

    async def revive() -> None:
        await killer.done.wait()
        if len(services) == 1:  # in a fleet the other one goes on
            services[0].launch()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(revive())
        await hold(wire, dialogue())

    assert killer.done.is_set()
    assert verdict(wire.journal) == []


async def test_F40_asked_to_end_nothing_is_lost_or_doubled(wire: Wire, services: Sequence[Service]) -> None:
    """Everybody is asked to end while people talk, and started anew: each word is answered once, in order."""
    for service in services:
        service.launch()
    await wire.until_listening()
    await wire.say(Said("Hi", "Tap a button", ANN))
    await wire.until_done()
    await wire.say(
        *(ping(f"a{number}", ANN) for number in range(50)), *(ping(f"b{number}", BEN) for number in range(50))
    )
    for service in services:
        await service.stop()
    wire.keep(*(ping(f"c{number}", ANN) for number in range(20)))
    for service in services:
        service.launch()
    await wire.until_done()

    assert verdict(wire.journal) == []
    if wire.phones is None:  # a person whose devices change again and again is sent all of it anew, under the same ids
        assert wire.journal.repeated == 0
