"""Random faults by seed: whatever fails, every command has exactly one answer, in order, and nothing is lost.

MIXBOT_E2E_SEEDS=1000:4000 python -m pytest tests/e2e/test_schedules.py runs those seeds instead of the first few dozen.
MIXBOT_E2E_SEALED_SEEDS=0:1000 does the same with Message Encryption on, and people who change their devices.
A seed that ever failed goes to `regressions.txt` beside this file, and is run each time from then on.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.e2e.chaos import Chaos
from tests.e2e.conftest import MakeService
from tests.e2e.dialogue import begin_with, dialogue, new_database
from tests.e2e.journal import verdict
from tests.e2e.phones import Phones
from tests.e2e.service import Nursery
from tests.e2e.wire import open_wire

FIRST, LAST = map(int, os.environ.get("MIXBOT_E2E_SEEDS", "0:30").split(":"))
REGRESSIONS = [int(line.split()[0]) for line in Path(__file__).with_name("regressions.txt").read_text().splitlines()]
SEEDS = [*REGRESSIONS, *range(FIRST, LAST)]
FIRST_SEALED, LAST_SEALED = map(int, os.environ.get("MIXBOT_E2E_SEALED_SEEDS", "0:5").split(":"))
SEALED_SEEDS = range(FIRST_SEALED, LAST_SEALED)
SIDE_BY_SIDE = 2
CHANGING = 0.1


async def _run(seed: int, make_service: MakeService, database: Path, *, sealed: bool) -> list[str]:
    async with open_wire() as wire:
        service = make_service(wire)
        begin_with(service, database)
        if sealed:
            wire.phones = Phones(service.home, seed, CHANGING)
        await service.start()
        chaos = Chaos(seed, wire, service)
        try:
            for step in (*dialogue(), *chaos.steps()):
                await wire.say(*step)
                if chaos.chance.random() < 0.7:
                    await wire.until_done()
            await chaos.calm()
            await wire.until_done()
            await service.stop()
        except (TimeoutError, AssertionError) as error:
            return [f"seed {seed}: {error!r} after {chaos.story}"]
        return [f"seed {seed}: {each} after {chaos.story}" for each in verdict(wire.journal)]


@pytest.mark.timeout(60 + 10 * len(SEEDS))
async def test_F27_F3_F20_F23_F24_F30_F36_F43_random_schedules(
    nursery: Nursery, make_service: MakeService, tmp_path: Path
) -> None:
    """Kills, drops, refusals, lost answers, duplicates, full disks and clocks that are wrong, in any combination."""
    await _run_all(SEEDS, nursery, make_service, tmp_path)


@pytest.mark.timeout(60 + 10 * len(SEALED_SEEDS))
async def test_F27_F34_random_schedules_of_sealed_messages(
    nursery: Nursery, make_service: MakeService, tmp_path: Path
) -> None:
    """The same with messages that are sealed, while people change their devices: each has its one answer, in order."""
    await _run_all(SEALED_SEEDS, nursery, make_service, tmp_path, sealed=True)


async def _run_all(
    wanted: Sequence[int], nursery: Nursery, make_service: MakeService, tmp_path: Path, *, sealed: bool = False
) -> None:
    (tmp_path / "first").mkdir()
    database = await new_database(nursery, tmp_path / "first")
    seeds: Iterator[int] = iter(wanted)
    wrong: list[str] = []

    async def work() -> None:
        for seed in seeds:
            wrong.extend(await _run(seed, make_service, database, sealed=sealed))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(SIDE_BY_SIDE):
            tasks.create_task(work())

    assert not wrong, "\n".join(wrong)
