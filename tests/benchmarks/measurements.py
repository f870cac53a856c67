"""What is measured. Each function runs rounds on a rig and adds lines to a report; medians of interleaved rounds."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec

from tests.benchmarks.processes import memory, on_every_core
from tests.benchmarks.report import Report
from tests.benchmarks.rig import BOT, ROOT, Contestant, Rig, Running
from tests.benchmarks.rounds import Result

PEOPLE = 1_000
OF_CEILING, OF_NODE, FAIR = 2.0, 0.4, 0.25
ADDED_P50_MS, ADDED_P99_MS = 5.0, 20.0
FIRST_REPLY_S = 2.0
DEMO_READY_S = DEMO_END_S = 3.0
FLAT_MIB, FLAT_COST, FLAT_P99 = 16.0, 1.5, 2.0
OPEN_RATE = 300.0
IDLE_S = 2.0


class Plan(NamedTuple):
    """How much of everything: rounds, messages a round, seconds of open loop, and when to be done (monotonic)."""

    rounds: int
    messages: int
    open_s: float
    starts: int
    crowd: int
    soak: int
    until: float
    contestants: Sequence[Contestant]
    node_missing: str


class Bench:
    """A rig, a plan and a report; every round goes through `round`, which checks and keeps it."""

    def __init__(self, rig: Rig, plan: Plan, report: Report) -> None:
        self.rig, self.plan, self.report = rig, plan, report

    def round(self, what: str, running: Running, count: int, **how: Any) -> Result:
        """Bounded by the time that is left, and never longer than a minute.

        Raises:
            OutOfTime: Nothing is left.
        """
        left = self.plan.until - time.monotonic()
        if left < 2:
            raise OutOfTime
        how.setdefault("timeout_s", min(60.0, left))
        result = running.round(count, **how)
        self.report.raw.append(
            {"measurement": what, "contestant": running.name, "asked": how, "result": msgspec.to_builtins(result)}
        )
        if result.faults:
            self.report.faulty = True
            self.report.warn(f"{what}: {running.name}: {result.faults}")
        return result

    @contextmanager
    def everybody(self, people: int = PEOPLE) -> Iterator[list[Running]]:
        """All contestants, started, connected, and having met everybody who will write."""
        with ExitStack() as stack:
            running = [stack.enter_context(self.rig.running(one)) for one in self.plan.contestants]
            for one in running:
                self.warm_up(one, people)
            yield running

    def warm_up(self, running: Running, people: int) -> None:
        self.round("first message of each person", running, people, conversations=people, timeout_s=45.0)
        self.round("warm-up", running, max(1000, people), conversations=people)


class OutOfTime(Exception):
    """The run has had its time; what was measured by now stands."""


def cpu(bench: Bench) -> None:
    """CPU per answered and acknowledged message, at 0 and at 50 ms of API latency."""
    with bench.everybody() as running:
        for latency_ms in (0, 50):
            what = f"cpu, API latency {latency_ms} ms"
            spent: dict[str, list[float]] = {one.name: [] for one in running}
            rates: dict[str, list[float]] = {one.name: [] for one in running}
            for _ in range(bench.plan.rounds):
                for one in running:
                    result = bench.round(
                        what, one, bench.plan.messages, conversations=PEOPLE, latency_ms=float(latency_ms)
                    )
                    spent[one.name].append(result.cpu_us + result.tail_us)
                    rates[one.name].append(result.acknowledged / max(result.wall_s, 1e-9))
            for name, values in spent.items():
                spread = f"{min(values):.0f} to {max(values):.0f}; {median(rates[name]):,.0f} messages/s"
                bench.report.add(what, f"{name}: CPU per message", median(values), "µs", note=spread)
            ratios(bench.report, what, spent)


def ratios(report: Report, what: str, spent: dict[str, list[float]]) -> None:
    """The bot against both others, and the ceiling against the Node SDK, which says whether it is a fair ceiling.

    Each is the median over the rounds, so a disturbance that lasts does not fall on one side only.
    """
    for one, other, most in (("bot", "ceiling", OF_CEILING), ("bot", "node", OF_NODE), ("ceiling", "node", FAIR)):
        if one not in spent or other not in spent:
            continue
        by_round = sorted(a / max(b, 1e-9) for a, b in zip(spent[one], spent[other], strict=True))
        value, note = median(by_round), f"{by_round[0]:.2f} to {by_round[-1]:.2f}"
        report.add(what, f"{one} / {other}", value, "", most, note=note)
        if one == "ceiling" and value > most:
            report.warn(f"{what}: the ceiling needs {value:.2f} of the Node SDK's CPU: not a fair ceiling")


def latency(bench: Bench) -> None:
    """Added latency at 300 messages a second, 50 ms of API latency: from the push to the reply's arrival."""
    what = f"latency at {OPEN_RATE:.0f}/s"
    with bench.everybody() as running:
        seen: dict[str, list[Result]] = {one.name: [] for one in running}
        for _ in range(min(bench.plan.rounds, 3)):
            for one in running:
                count = int(bench.plan.open_s * OPEN_RATE)
                how = {"rate": OPEN_RATE, "latency_ms": 50.0, "conversations": PEOPLE}
                seen[one.name].append(bench.round(what, one, count, **how))
    p50 = {name: median(result.p50_ms for result in results) for name, results in seen.items()}
    p99 = {name: median(result.p99_ms for result in results) for name, results in seen.items()}
    for name, results in seen.items():
        cost = median(result.cpu_us for result in results)
        bench.report.add(what, f"{name}: p50", p50[name], "ms", note=f"CPU {cost:,.0f} µs a message")
        bench.report.add(what, f"{name}: p99", p99[name], "ms")
    if "bot" in seen and "ceiling" in seen:
        bench.report.add(what, "added to the ceiling's p50", p50["bot"] - p50["ceiling"], "ms", ADDED_P50_MS)
        bench.report.add(what, "added to the ceiling's p99", p99["bot"] - p99["ceiling"], "ms", ADDED_P99_MS)


def start(bench: Bench) -> None:
    """Seconds from a restart of the process to the first reply to a message that waits on the server."""
    for contestant in bench.plan.contestants:
        taken, home = [], bench.rig.new_home()
        for _ in range(bench.plan.starts + 1):
            with bench.rig.running(contestant, home) as running:
                result = bench.round("start", running, 1, conversations=1, timeout_s=30.0)
                taken.append(result.first_reply_at - running.started_at if result.answered else 30.0)
        taken = taken[1:]  # the first start makes a database
        best = FIRST_REPLY_S if contestant.name == "bot" else None
        bench.report.add("start", f"{contestant.name}: to the first reply", median(taken), "s", best)
    with TemporaryDirectory() as folder, on_every_core():
        _demo(folder)
        ready_s, end_s = zip(*(_demo(folder) for _ in range(bench.plan.starts)), strict=True)
    bench.report.add("start", "demo: to Ready", median(ready_s), "s", DEMO_READY_S, note="not the first time")
    bench.report.add("start", "demo: to its end after Ctrl-C", median(end_s), "s", DEMO_END_S)


def _demo(home: str) -> tuple[float, float]:
    """Seconds until the demo is ready, and from Ctrl-C to its end. What `demo.py` does before it belongs to the first;
    the demo then runs elsewhere, and leaves alone what the one of this folder remembers.
    """
    began = time.monotonic()
    subprocess.run((sys.executable, str(ROOT / "demo.py"), "--setup", "run"), check=True)
    with subprocess.Popen(
        (sys.executable, "-m", "bot", "demo"),
        cwd=home,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if b"Ready." in line:
                ready_s = time.monotonic() - began
            if b"Ctrl-C ends it." in line:
                break
        asked = time.monotonic()
        demo.send_signal(signal.SIGINT)
        demo.stdout.read()
        demo.wait()
    return ready_s, time.monotonic() - asked


def footprint(bench: Bench) -> None:
    """Memory idle, at work, after a tenth of the soak and after all of it."""
    what = "memory"
    for contestant in bench.plan.contestants:
        with bench.rig.running(contestant) as running:
            bench.round(what, running, 1, conversations=1, timeout_s=30.0)
            time.sleep(IDLE_S)
            idle = memory(running.process.pid)
            bench.report.add(what, f"{running.name}: idle", idle.pss, "MiB", note=f"PSS; resident {idle.rss} MiB")
            bench.warm_up(running, PEOPLE)
            few = bench.round(what, running, min(10_000, bench.plan.soak // 4), conversations=PEOPLE)
            note = f"PSS; resident {few.rss_mib} MiB, at most {few.peak_mib} MiB"
            bench.report.add(what, f"{running.name}: after {few.count:,} messages", few.pss_mib, "MiB", note=note)
            if contestant.name != "bot":
                continue
            left = bench.plan.until - time.monotonic()
            many = bench.round(what, running, bench.plan.soak, conversations=PEOPLE, timeout_s=max(left, 2))
            done = few.acknowledged + many.acknowledged
            note = f"PSS; resident {many.rss_mib} MiB, at most {many.peak_mib} MiB"
            bench.report.add(what, f"bot: after {done:,} messages", many.pss_mib, "MiB", note=note)
            bench.report.add(what, "growth in between", many.pss_mib - few.pss_mib, "MiB", FLAT_MIB)


def conversations(bench: Bench) -> None:
    """Fairness among many conversations at once, and the cost of a message by their number."""
    what = "conversations"
    with bench.rig.running(BOT) as bot:
        bench.warm_up(bot, bench.plan.crowd)
        numbers = [n for n in (1, 10, 100, 1_000, 10_000) if n <= bench.plan.crowd]
        spent: dict[int, list[float]] = {n: [] for n in numbers}
        for _ in range(min(bench.plan.rounds, 3)):
            for n in numbers:
                result = bench.round(what, bot, max(bench.plan.messages, n), conversations=n)
                spent[n].append(result.cpu_us + result.tail_us)
        for n in numbers:
            bench.report.add(what, f"{n:,}: CPU per message", median(spent[n]), "µs")
        costs = [median(values) for values in spent.values()]
        bench.report.add(what, "dearest / cheapest", max(costs) / max(min(costs), 1e-9), "", FLAT_COST)
        crowd = bench.plan.crowd
        all_at_once = bench.round(what, bot, crowd * 3, conversations=crowd, window=crowd)
        slowest, middle = all_at_once.slowest_p99_ms, all_at_once.median_p99_ms
        note = f"{slowest:,.0f} ms against {middle:,.0f} ms"
        ratio = slowest / max(middle, 1e-9)
        bench.report.add(what, f"{crowd:,} at once: slowest p99 / median p99", ratio, "", FLAT_P99, note=note)


def smoke(bench: Bench) -> None:
    """A few hundred messages through every contestant: does the bench itself still work?"""
    with bench.everybody(people=10) as running:
        for one in running:
            result = bench.round("smoke", one, 500, conversations=10)
            bench.report.add("smoke", f"{one.name}: unanswered", float(result.count - result.answered), "", 0.0)


MEASUREMENTS: dict[str, Callable[[Bench], None]] = {
    "start": start,
    "cpu": cpu,
    "latency": latency,
    "conversations": conversations,
    "memory": footprint,
    "smoke": smoke,
}
