"""Misfortune of every kind to a fleet under load and during a broadcast: processes and databases killed, one replaced.

`make chaos`, or `MIXBOT_CHAOS=200:20 python -m pytest tests/e2e/test_fleet_chaos.py -s`, does it 200 times to processes
and 20 times to the database, with ten bots; without it a few of each have to do.
"""

import asyncio
import os
import random
import signal
import statistics
import time
from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.broadcast import Audience
from bot.message import Text
from bot.records import Sighting
from bot.steering import Steering
from bot.store import open_store, upgrade_schema
from tests.e2e.cluster import Cluster, open_cluster
from tests.e2e.fleet import Fleet, last_words, open_fleet
from tests.e2e.herd import Herd, open_herd
from tests.e2e.service import Nursery, Service
from tests.e2e.views import conversation_of_two, person
from tests.e2e.wire import Wire

FULL = os.environ.get("MIXBOT_CHAOS", "")
STROKES, DATABASE_KILLS = map(int, (FULL or "4:1").split(":"))
BOTS, PEOPLE, FREEZE_S = (10, 5_000, 8.0) if FULL else (4, 150, 1.0)
SEED = int(os.environ.get("MIXBOT_CHAOS_SEED", "7"))
PAUSE_S = 4.0 if FULL else 1.0
RATE = "600" if FULL else "1800"
SETTLE_S = 5.0 if FULL else 1.0
"""So long after the database is back nothing is measured that happens to processes."""
NEWS = "News of the day"
LAST_S = 300.0 if FULL else 60.0
BACKLOG = 150
"""With more unanswered than that, misfortune waits: somebody has to have time to answer, also on a slow machine."""


class Chaos:
    """What happens follows from the seed, as far as real processes let it."""

    def __init__(self, fleet: Fleet, cluster: Cluster, seed: int) -> None:
        self.chance = random.Random(seed)
        self.story: Counter[str] = Counter()
        self.back_s: dict[str, list[float]] = {"kill": [], "freeze": []}
        self._fleet = fleet
        self._cluster = cluster
        self._talking = True
        self._frozen: set[Service] = set()
        self._database = asyncio.Lock()
        self._probes = 0

    # People

    async def talk(self, wire: Wire, user_id: str) -> None:
        """Somebody says one thing after the other, and does not wait."""
        word = 0
        while self._talking:
            word += 1
            await wire.say(self._fleet.herd.ping(wire, f"{user_id[-4:]}.{word}", user_id))
            await asyncio.sleep(self.chance.uniform(0.2, 1.2))

    async def probe(self, wire: Wire, what: str) -> None:
        """How long an answer takes that is wanted right after something happened."""
        self._probes += 1
        said = self._fleet.herd.ping(wire, f"probe.{self._probes}", person(900 + self._probes))
        began = time.monotonic()
        await wire.say(said)
        try:
            await wire.until(lambda: said.id in wire.journal.acked, LAST_S)
        except TimeoutError:
            servers = [each.last_words() for each in (self._cluster.primary, self._cluster.standby)]
            raise AssertionError(f"no answer from {wire.bot_id} after a {what}: {dict(self.story)} {servers}") from None
        self.back_s[what].append(time.monotonic() - began)

    # Misfortune

    async def supervise(self, service: Service) -> None:
        """Start it again whenever it ends, as whatever runs services does."""
        while self._talking:
            await service.ended(within_s=3600.0)
            self._frozen.discard(service)
            if self._talking:
                await asyncio.sleep(self.chance.uniform(0.1, 1.0))
                service.launch()

    async def strike(self, tasks: asyncio.TaskGroup) -> None:
        """One process is killed, or stands still for a while."""
        ready = [service for service in self._fleet.alive if service not in self._frozen]
        if not ready:
            return
        service = self.chance.choice(ready)
        number = self._fleet.processes.index(service)
        bots = [self._fleet.herd.wires[bot] for bot, owner in self._fleet.owners().items() if owner == number]
        quiet = not self._database.locked()
        if self.chance.random() < 0.7:
            self.story["kill"] += 1
            service.signal(signal.SIGKILL)
            what = "kill"
        else:
            self.story["freeze"] += 1
            service.signal(signal.SIGSTOP)
            self._frozen.add(service)
            tasks.create_task(self._thaw(service, service.pid))
            what = "freeze"
        for wire in bots if quiet else ():
            tasks.create_task(self.probe(wire, what))

    async def _thaw(self, service: Service, pid: int) -> None:
        await asyncio.sleep(FREEZE_S)
        if service.pid == pid:
            service.signal(signal.SIGCONT)
            self._frozen.discard(service)

    async def kill_database(self) -> None:
        self.story["database"] += 1
        async with self._database:
            await self._cluster.restart(self.chance.uniform(0.0, 2.0))
            await asyncio.sleep(SETTLE_S)

    async def replace_database(self) -> None:
        self.story["promotion"] += 1
        async with self._database:
            await self._cluster.promote(1.0)
            await asyncio.sleep(SETTLE_S)

    async def run(self) -> None:
        """All of it: half of the database's kills before it is replaced, the rest after that."""
        async with asyncio.TaskGroup() as tasks:
            around = [tasks.create_task(work) for work in self._always()]
            steps: list[Coroutine[Any, Any, None]] = [self.strike(tasks) for _ in range(STROKES)]
            for number in range(DATABASE_KILLS):
                steps.insert((number + 1) * len(steps) // (DATABASE_KILLS + 1), self.kill_database())
            steps.insert(len(steps) // 2, self.replace_database())
            for step in steps:
                await asyncio.sleep(self.chance.uniform(0.2, PAUSE_S))
                while sum(len(wire.pending) for wire in self._fleet.herd.bots) > BACKLOG:
                    await asyncio.sleep(0.2)
                await step
            await asyncio.sleep(FREEZE_S)
            for wire in self._fleet.herd.bots[1:]:
                await wire.until(partial(few_wait, wire), LAST_S)
            self._talking = False
            for task in around:
                task.cancel()

    def _always(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on all the time; the first bot has its broadcast and nothing else."""
        talks = [self.talk(wire, person(number)) for wire in self._fleet.herd.bots[1:] for number in range(3)]
        return [*talks, *(self.supervise(service) for service in self._fleet.processes)]


async def broadcast(url: str, wire: Wire) -> None:
    """News for everybody, from the first bot."""
    now = datetime.now(UTC)
    async with open_store(url) as database:
        store = database.bot(wire.bot_id)
        await store.meet([Sighting(person(number), "c", f"m{number}", now) for number in range(PEOPLE)])
        steering = Steering(store.ledger, "cli", now)
        await steering.start(await steering.draft({"": (Text(NEWS),)}, Audience()), undo_s=0)


def copies(wire: Wire) -> Counter[int]:
    """How many people got how many copies."""
    told = Counter(each.conversation_id for each in wire.journal.visible.values() if each.text == NEWS)
    return Counter(told[conversation_of_two(wire.bot_id, person(number))] for number in range(PEOPLE))


def few_wait(wire: Wire) -> bool:
    return len(wire.pending) <= 3


async def until_everybody_has_news(wire: Wire) -> None:
    async with asyncio.timeout(LAST_S + PEOPLE / 10):
        while copies(wire)[0]:
            await asyncio.sleep(0.5)


def show(chaos: Chaos, herd: Herd) -> str:
    said = sum(len(wire.journal.said) for wire in herd.bots)
    back = {
        what: f"p50 {statistics.median(times):.1f} s, p95 {sorted(times)[-(-95 * len(times) // 100) - 1]:.1f} s"
        for what, times in chaos.back_s.items()
        if times
    }
    return f"{dict(chaos.story)}; {said} messages, {PEOPLE} recipients; answered again after {back}"


@pytest.mark.postgres
@pytest.mark.timeout(180 + 30 * STROKES)
async def test_F28_F42_chaos(nursery: Nursery, tmp_path: Path) -> None:
    """Every command has exactly one visible answer, in order, and every recipient of a broadcast exactly one copy."""
    with open_cluster() as cluster:
        await asyncio.to_thread(upgrade_schema, cluster.url)
        await asyncio.to_thread(cluster.replicate)
        async with open_herd(BOTS) as herd:
            async with open_fleet(herd, nursery, tmp_path, cluster.url, MIXBOT_BROADCAST_RATE=RATE) as fleet:
                await fleet.until_shared(1, BOTS)
                await broadcast(cluster.url, herd.bots[0])
                chaos = Chaos(fleet, cluster, SEED)
                await chaos.run()
                for service in fleet.processes:
                    if not service.pid:
                        service.launch()
                try:
                    await herd.until_done(LAST_S)
                    await until_everybody_has_news(herd.bots[0])
                except TimeoutError as error:
                    raise AssertionError(f"{error} {fleet.wrong()[:5]} {last_words(fleet)}") from None

            print(show(chaos, herd))
            assert copies(herd.bots[0]) == Counter({1: PEOPLE})
            assert [each for each in fleet.wrong() if not each.startswith(herd.bots[0].bot_id[-4:])] == []
