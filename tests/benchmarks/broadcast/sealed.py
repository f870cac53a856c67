"""A broadcast at Mixin's quota with Message Encryption on, to people with two devices each: the first, and the next."""

import tempfile
import time
from pathlib import Path

from bot.pace import HARD_CAP
from tests.benchmarks.broadcast.measure import LATENCY_MS, OURS, child, serving
from tests.benchmarks.measurements import Bench, OutOfTime

COLD_PERCENT, WARM_PERCENT = 30.0, 15.0


def sealed_broadcast(bench: Bench) -> None:
    """The share of a core that sending takes, with nobody's secrets known and with everybody's."""
    seconds = 60.0 if bench.plan.soak > 100_000 else 15.0
    count = int(HARD_CAP / 60 * seconds)
    with (
        serving() as server,
        tempfile.TemporaryDirectory() as work,
        child([*OURS, str(count), str(HARD_CAP), "again"], server, Path(work)) as sender,
    ):
        for turn, best in (("cold", COLD_PERCENT), ("warm", WARM_PERCENT)):
            if time.monotonic() + 2 * seconds > bench.plan.until:
                raise OutOfTime
            if turn == "warm":
                sender.another()
            server.ask(do="reset", latency_ms=LATENCY_MS, sealed=True)
            sender.until("frozen")
            facts, cost, took_s = sender.until("sent")
            found = server.ask(do="report")
            if (found["items"], found["distinct"]) != (count, count):
                raise RuntimeError(f"sealed broadcast: {found['items']} arrived, {found['distinct']} different")
            share = cost / count * HARD_CAP / 60 * 100
            note = f"{cost / count * 1e6:.0f} µs a recipient; {count:,} in {took_s:.0f} s; {facts['rss']:.0f} MiB"
            bench.report.add("sealed broadcast", f"{turn}: share of a core", share, "%", best, note=note)
