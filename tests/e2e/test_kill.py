"""F27: SIGKILL at every step of a dialogue in turn; still every command has exactly one answer, in order.

The same with Message Encryption on, and people who change their devices in between; also on PostgreSQL. A few steps of
that dialogue are enough for the daily run; MIXBOT_E2E_SEALED=1 python -m pytest tests/e2e/test_kill.py takes each.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import make_url

from bot.store import upgrade_schema
from tests.e2e.conftest import MakeService
from tests.e2e.dialogue import begin_with, dialogue, hold, new_database
from tests.e2e.journal import Event, verdict
from tests.e2e.phones import Phones
from tests.e2e.service import Nursery, Service
from tests.e2e.sockets import Gone
from tests.e2e.wire import Wire, open_wire
from tests.postgres import new_database as new_on_postgres
from tests.postgres import postgres_server

__all__ = ["postgres_server"]

SIDE_BY_SIDE = 2
EVERY = int(os.environ.get("MIXBOT_E2E_SEALED", "8"))
EVERY_ON_POSTGRES = int(os.environ.get("MIXBOT_E2E_SEALED", "23"))
CHANGING = 0.3
"""How likely somebody has another device when a message comes for them."""
STEPS = {
    "push": "before a message is received",
    "pushed": "after it is received",
    "post": "after it is handled, before the reply is posted",
    "accepted": "after the reply is posted, before the answer to that",
    "answered": "after that answer",
    "ack": "before the acknowledgement is received",
    "acked": "after it, before the answer to that",
    "ack answered": "after that answer",
}


Ready = Callable[[], AbstractContextManager[dict[str, str]]]
"""Settings of a service with a database of its own, which is there until the end of the block."""


class Point(NamedTuple):
    """The process is killed when an event of this kind happens for the nth time, from 1."""

    kind: str
    nth: int


class Killer:
    """Kills the service once, and starts it again."""

    def __init__(self, service: Service, point: Point) -> None:
        self.done = False
        self._service = service
        self._point = point
        self._seen: Counter[str] = Counter()
        self._killed = asyncio.Event()

    async def __call__(self, event: Event) -> None:
        self._seen[event.kind] += 1
        if self.done or self._point != (event.kind, self._seen[event.kind]):
            return
        self.done = True
        await self._service.kill()
        self._killed.set()
        raise Gone

    async def revive(self) -> None:
        """Start the service again as soon as it is killed."""
        await self._killed.wait()
        await self._service.start()


async def _clean_run(wire: Wire, service: Service) -> Iterator[Point]:
    """Every point that there is in an undisturbed dialogue."""
    await service.start()
    await hold(wire, dialogue())
    assert verdict(wire.journal) == []
    await service.stop()
    counts = Counter(event.kind for event in wire.journal.events)
    return (Point(kind, nth) for kind in STEPS for nth in range(1, counts[kind] + 1))


@pytest.mark.timeout(180)
async def test_F27_kill_at_every_protocol_event(nursery: Nursery, make_service: MakeService, tmp_path: Path) -> None:
    """Received, handled, posted, acknowledged: killed before and after each, nothing is lost, doubled or reordered."""
    done = await _kill_at_each(nursery, make_service, tmp_path)
    assert all(done[kind] >= len(dialogue()) for kind in STEPS), done


@pytest.mark.timeout(90 + 900 // EVERY)
async def test_F27_F34_kill_at_protocol_events_of_sealed_messages(
    nursery: Nursery, make_service: MakeService, tmp_path: Path
) -> None:
    """The same holds for messages that are sealed, while people change their devices in the middle of it all."""
    done = await _kill_at_each(nursery, make_service, tmp_path, every=EVERY, changing=CHANGING)
    assert done.total() > len(STEPS) // 2, done


@pytest.mark.postgres
@pytest.mark.timeout(120 + 1500 // EVERY_ON_POSTGRES)
async def test_F27_F34_kill_at_protocol_events_of_sealed_messages_on_postgresql(
    nursery: Nursery, make_service: MakeService, tmp_path: Path, postgres_server: str
) -> None:
    """And the same where the database is a PostgreSQL server."""
    with new_on_postgres(postgres_server) as template:
        upgrade_schema(template)
        done = await _kill_at_each(
            nursery,
            make_service,
            tmp_path,
            every=EVERY_ON_POSTGRES,
            changing=CHANGING,
            ready=partial(_copied, postgres_server, make_url(template).database or ""),
        )
    assert done.total() > 0, done


@contextmanager
def _copied(server: str, template: str) -> Iterator[dict[str, str]]:
    with new_on_postgres(server, template) as url:
        yield {"MIXBOT_DB_URL": url}


@contextmanager
def _no_settings() -> Iterator[dict[str, str]]:
    yield {}


async def _kill_at_each(
    nursery: Nursery,
    make_service: MakeService,
    tmp_path: Path,
    *,
    every: int = 1,
    changing: float | None = None,
    ready: Ready | None = None,
) -> Counter[str]:
    """Gives how often it was killed at which kind of event; `changing` stands for Message Encryption, `ready` for
    another database than a file.
    """
    (tmp_path / "first").mkdir()
    database = await new_database(nursery, tmp_path / "first") if ready is None else None
    ready = ready or _no_settings
    async with open_wire() as wire:
        with ready() as settings:
            service = make_service(wire, **settings)
            if changing is not None:
                wire.phones = Phones(service.home)
            points = islice(await _clean_run(wire, service), 0, None, every)
    wrong: list[str] = []
    changes = 0
    done: Counter[str] = Counter()

    async def work() -> None:
        for point in points:
            async with open_wire() as wire:
                with ready() as settings:
                    service = make_service(wire, **settings)
                    if database is not None:
                        begin_with(service, database)
                    if changing is not None:
                        wire.phones = Phones(service.home, point.nth, changing)
                    await service.start()
                    killer = wire.hook = Killer(service, point)
                    revival = asyncio.create_task(killer.revive())
                    await hold(wire, dialogue())
                    if killer.done:
                        await revival
                    revival.cancel()
                    await service.stop()
            done[point.kind] += killer.done
            if wire.phones is not None:
                nonlocal changes
                assert wire.phones.sealed > 0
                changes += wire.phones.changes
            wrong.extend(f"{point}: {each}" for each in verdict(wire.journal))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(SIDE_BY_SIDE):
            tasks.create_task(work())

    assert wrong == []
    assert (changes > 0) == bool(changing)
    return done
