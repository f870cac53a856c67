"""F27: SIGKILL at every step of a dialogue in turn; still every command has exactly one answer, in order."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.conftest import MakeService
from tests.e2e.dialogue import begin_with, dialogue, hold, new_database
from tests.e2e.journal import Event, verdict
from tests.e2e.service import Nursery, Service
from tests.e2e.sockets import Gone
from tests.e2e.wire import Wire, open_wire

SIDE_BY_SIDE = 2
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
    (tmp_path / "first").mkdir()
    database = await new_database(nursery, tmp_path / "first")
    async with open_wire() as wire:
        points = await _clean_run(wire, make_service(wire))
    wrong: list[str] = []
    done: Counter[str] = Counter()

    async def work() -> None:
        for point in points:
            async with open_wire() as wire:
                service = make_service(wire)
                begin_with(service, database)
                await service.start()
                killer = wire.hook = Killer(service, point)
                revival = asyncio.create_task(killer.revive())
                await hold(wire, dialogue())
                if killer.done:
                    await revival
                revival.cancel()
                await service.stop()
            done[point.kind] += killer.done
            wrong.extend(f"{point}: {each}" for each in verdict(wire.journal))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(SIDE_BY_SIDE):
            tasks.create_task(work())

    assert wrong == []
    assert all(done[kind] >= len(dialogue()) for kind in STEPS), done
