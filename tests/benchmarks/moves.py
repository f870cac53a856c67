"""How long a bot is silent when its process is asked to end, is killed or stands still; three processes."""

import asyncio
import signal
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

from bot.store import upgrade_schema
from tests.benchmarks.measurements import Bench, OutOfTime
from tests.benchmarks.report import Report
from tests.e2e.fleet import Fleet, open_fleet
from tests.e2e.herd import open_herd
from tests.e2e.service import Nursery, Service
from tests.e2e.views import Said, person
from tests.e2e.wire import Wire
from tests.postgres import binaries, new_database, private_server

BOTS = 6
WANTED_S = {"planned move": 1.0, "kill": 5.0, "freeze": 15.0}
PEOPLE = 50
LEAST_S = 60.0
PATIENCE_S = 60.0


def moves(bench: Bench) -> None:
    """The longest wait of people who say one thing after the other to each bot of a process, meanwhile."""
    if binaries() is None:
        bench.report.warn("moves need PostgreSQL")
        return
    if bench.plan.until - time.monotonic() < LEAST_S:
        raise OutOfTime
    often = (2, 2, 1) if bench.plan.rounds < 3 else (6, 6, 2)
    asyncio.run(_measured(bench.report, dict(zip(WANTED_S, often, strict=True))))


async def _measured(report: Report, times: dict[str, int]) -> None:
    nursery = Nursery()
    try:
        with tempfile.TemporaryDirectory() as folder, private_server() as server, new_database(server) as url:
            await asyncio.to_thread(upgrade_schema, url)
            async with open_herd(BOTS) as herd, open_fleet(herd, nursery, Path(folder), url) as fleet:
                for what, often in times.items():
                    waits: list[float] = []
                    for number in range(often):
                        waits.extend(await _struck(fleet, what, number % len(fleet.processes)))
                    await herd.until_done(PATIENCE_S)
                    note = f"p50 {median(waits):.1f} s of {len(waits)}; {len(fleet.wrong())} faults"
                    p95 = sorted(waits)[-(-95 * len(waits) // 100) - 1]
                    report.add("moves", f"longest wait at a {what}, p95", p95, "s", WANTED_S[what], note)
    finally:
        nursery.close()


async def _struck(fleet: Fleet, what: str, number: int) -> list[float]:
    """The longest wait at each of its bots."""
    await fleet.until_shared(1, BOTS, PATIENCE_S)
    share = BOTS // len(fleet.processes)
    await fleet.until_shared(share, share, PATIENCE_S)
    service = fleet.processes[number]
    wires = [fleet.herd.wires[bot_id] for bot_id, owner in fleet.owners().items() if owner == number]
    over = asyncio.Event()
    talks = [asyncio.create_task(_talk(fleet, wire, over)) for wire in wires]
    await asyncio.sleep(1.0)
    await _strike(service, what)
    while not all(fleet.owners().get(wire.bot_id, number) != number for wire in wires):
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)
    over.set()
    waits = [await talk for talk in talks]
    if what == "freeze":
        service.signal(signal.SIGCONT)
    else:
        service.launch()
    return waits


async def _strike(service: Service, what: str) -> None:
    if what == "freeze":
        service.signal(signal.SIGSTOP)
    elif what == "kill":
        await service.kill()
    else:
        service.signal(signal.SIGTERM)
        await service.ended(PATIENCE_S)


def _answered(wire: Wire, said: Said) -> bool:
    return any(said.expects in text for text in wire.journal.texts(said.conversation_id)[-2:])


async def _talk(fleet: Fleet, wire: Wire, over: asyncio.Event) -> float:
    """One thing after the other, each as soon as the one before is answered; gives the longest wait."""
    longest, word = 0.0, 0
    while not over.is_set():
        word += 1
        said = fleet.herd.ping(wire, f"{time.monotonic_ns()}", person(word % PEOPLE))
        began = time.monotonic()
        await wire.say(said)
        await wire.until(partial(_answered, wire, said), PATIENCE_S)
        longest = max(longest, time.monotonic() - began)
        await asyncio.sleep(0.05)
    return longest
