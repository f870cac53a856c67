"""Many bots in one process: what an idle one costs, and what a message costs when it is one of many bots'."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.measurements import Bench
from tests.benchmarks.processes import cpu_s, memory, pin
from tests.benchmarks.rig import BOT_SETTINGS, CONTESTANTS_CORE, ROOT
from tests.e2e.herd import Herd, open_herd, write_keystores
from tests.e2e.views import person

BOTS = 100
RATE = 1_000
SETTLE_S = 5.0


class Cost(NamedTuple):
    """CPU seconds and messages of some time, and MiB resident at its end."""

    cpu_s: float
    messages: int
    wall_s: float
    rss_mib: float


def many(bench: Bench) -> None:
    """Idle: memory and CPU for each bot. Busy: CPU for a message of 100 bots at 10 a second against one at 1,000."""
    seconds = 3.0 if bench.plan.rounds < 3 else 10.0
    alone, idle_one = asyncio.run(_measured(bench, 1, seconds))
    spread, idle = asyncio.run(_measured(bench, BOTS, seconds))
    add = bench.report.add
    add("many bots", f"memory of {BOTS} idle bots, each", (idle.rss_mib - idle_one.rss_mib) / (BOTS - 1) * 1024, "KiB")
    add("many bots", f"CPU of {BOTS} idle bots, each", idle.cpu_s / idle.wall_s / BOTS * 1e6, "µs/s")
    one_us, each_us = (1e6 * cost.cpu_s / max(cost.messages, 1) for cost in (alone, spread))
    add("many bots", f"CPU per message, 1 bot at {RATE}/s", one_us, "µs")
    add("many bots", f"CPU per message, {BOTS} bots at {RATE // BOTS}/s", each_us, "µs")
    add("many bots", "the latter by the former", each_us / one_us, "×", 1.5)


async def _measured(bench: Bench, bots: int, seconds: float) -> tuple[Cost, Cost]:
    """What the busy and the idle time cost."""
    with tempfile.TemporaryDirectory(dir=bench.rig.work) as folder:
        async with open_herd(bots) as herd:
            home = Path(folder)
            write_keystores(home / "keystores", list(herd.wires))
            process = _start(home, herd)
            try:
                await herd.until_listening(120.0)
                await asyncio.sleep(SETTLE_S)
                idle = await _cost(process.pid, herd, asyncio.sleep(seconds))
                await _talk(herd, 1.0)  # everybody is known from now on
                busy = await _cost(process.pid, herd, _talk(herd, seconds))
            finally:
                process.send_signal(signal.SIGTERM)
                await asyncio.to_thread(process.wait, 60)
    return busy, idle


def _start(home: Path, herd: Herd) -> "subprocess.Popen[bytes]":
    told: Mapping[str, str] = {
        "MIXBOT_KEYSTORES": str(home / "keystores"),
        "MIXIN_API_URL": f"http://127.0.0.1:{herd.port}",
        "MIXIN_BLAZE_URL": f"ws://127.0.0.1:{herd.port}/",
        "MIXBOT_DB_URL": f"sqlite:///{home / 'bot.db'}",
        "MIXBOT_PORT": "0",
        "PYTHONPATH": str(ROOT),
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MIXIN_", "MIXBOT_"))}
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], env=clean | dict(told) | BOT_SETTINGS, cwd=home,
            stdout=log, stderr=log, preexec_fn=lambda: pin(CONTESTANTS_CORE),
        )  # fmt: skip


async def _cost(pid: int, herd: Herd, work: object) -> Cost:
    before, began, said = cpu_s(pid), time.monotonic(), _said(herd)
    await work  # type: ignore[misc]
    wall_s = time.monotonic() - began
    return Cost(cpu_s(pid) - before, _said(herd) - said, wall_s, memory(pid).rss)


def _said(herd: Herd) -> int:
    return sum(len(wire.journal.said) for wire in herd.bots)


async def _talk(herd: Herd, seconds: float) -> None:
    """As many messages a second as wanted, evenly over bots and a hundred people; all are answered in the end."""
    began, number = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        while number < passed * RATE:
            wire = herd.bots[number % len(herd.bots)]
            people = max(1, BOTS // len(herd.bots))  # as many conversations either way
            user_id = person(number // len(herd.bots) % people)
            await wire.say(herd.ping(wire, f"{began:.0f}.{number}", user_id))
            number += 1
        await asyncio.sleep(0.002)
    await herd.until_done(60.0)
