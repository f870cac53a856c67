"""Random faults by seed: whatever fails, every command has exactly one answer, in order, and nothing is lost.

MIXBOT_E2E_SEEDS=1000:4000 python -m pytest tests/e2e/test_schedules.py runs those seeds instead of the first few dozen.
A seed that ever failed goes to `regressions.txt` beside this file, and is run each time from then on.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.chaos import Chaos
from tests.e2e.conftest import MakeService
from tests.e2e.dialogue import begin_with, dialogue, new_database
from tests.e2e.journal import verdict
from tests.e2e.service import Nursery
from tests.e2e.wire import open_wire

FIRST, LAST = map(int, os.environ.get("MIXBOT_E2E_SEEDS", "0:30").split(":"))
REGRESSIONS = [int(line.split()[0]) for line in Path(__file__).with_name("regressions.txt").read_text().splitlines()]
SEEDS = [*REGRESSIONS, *range(FIRST, LAST)]
SIDE_BY_SIDE = 2


async def _run(seed: int, make_service: MakeService, database: Path) -> list[str]:
    async with open_wire() as wire:
        service = make_service(wire)
        begin_with(service, database)
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
    (tmp_path / "first").mkdir()
    database = await new_database(nursery, tmp_path / "first")
    seeds: Iterator[int] = iter(SEEDS)
    wrong: list[str] = []

    async def work() -> None:
        for seed in seeds:
            wrong.extend(await _run(seed, make_service, database))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(SIDE_BY_SIDE):
            tasks.create_task(work())

    assert not wrong, "\n".join(wrong)
