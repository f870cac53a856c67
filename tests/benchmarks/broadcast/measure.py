"""Broadcasts: what a recipient costs with a ledger and without one, how fast an audience is frozen, and the quota."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bot.pace import HARD_CAP
from tests.benchmarks.measurements import Bench, OutOfTime
from tests.benchmarks.processes import pin
from tests.benchmarks.rig import BOT, CONTESTANTS_CORE, NODE, OTHER_CORE, ROOT, install_node_sdk, new_keystore

LATENCY_MS = 50.0
HANGS_S = 300.0
"""A sender that takes longer is killed; then the measurement fails instead of waiting for ever."""
MOST_US, MORE_MIB, RESUME_S, PACED_PERCENT = 25.0, 16.0, 5.0, 12.0
SLOWER, PINGS, PINGERS, PINGED_S = 3.0, 50.0, 100, 30.0
OURS = (sys.executable, "-m", "tests.benchmarks.broadcast.ours")
PLAIN = (sys.executable, "-m", "tests.benchmarks.broadcast.plain")
OFFICIAL = ("node", str(NODE / "broadcast.mjs"))


def broadcast(bench: Bench) -> None:
    """All three senders against the same server, then ours alone: frozen, at the quota, killed."""
    plan, report = bench.plan, bench.report
    count, many, paced_s = plan.soak // 2, plan.soak, 75.0 if plan.soak > 100_000 else 15.0
    with serving() as server, tempfile.TemporaryDirectory() as work:
        senders: dict[str, Sequence[str]] = {"plain loop": PLAIN, "bot": OURS}
        if not install_node_sdk():
            senders["node"] = OFFICIAL
        costs, rates = unpaced(bench, server, Path(work), senders, count)
        for name in senders:
            note = f"{median(rates[name]):,.0f} recipients/s; 16 requests at a time, {LATENCY_MS:.0f} ms each"
            best = MOST_US if name == "bot" else None
            report.add("broadcast", f"{name}: CPU per recipient", median(costs[name]), "µs", best, note=note)
        if "node" in rates:
            slower = median(rates["node"]) / median(rates["bot"])
            report.add("broadcast", "recipients/s, node / bot", slower, "", 1.0)
        freezing(bench, server, Path(work), many)
        paced(bench, server, Path(work), int(HARD_CAP / 60 * paced_s))
        killed(bench, server, Path(work), count)
        answering(bench, server, Path(work))


def unpaced(
    bench: Bench, server: "Server", work: Path, senders: dict[str, Sequence[str]], count: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Microseconds and recipients a second, by sender and round."""
    costs: dict[str, list[float]] = {name: [] for name in senders}
    rates: dict[str, list[float]] = {name: [] for name in senders}
    for _ in range(max(1, min(3, bench.plan.rounds // 2))):
        for name, command in senders.items():
            if time.monotonic() > bench.plan.until:
                raise OutOfTime
            server.ask(do="reset", latency_ms=LATENCY_MS)
            with child([*command, str(count), "0"], server, work) as sender:
                if name == "bot":
                    sender.until("frozen")
                _, cost, took_s = sender.until("sent")
            found = server.ask(do="report")
            if (found["items"], found["distinct"]) != (count, count):
                raise RuntimeError(f"broadcast: {name} sent {found['items']} messages, {found['distinct']} different")
            costs[name].append(cost / count * 1e6)
            rates[name].append(count / took_s)
    return costs, rates


def freezing(bench: Bench, server: "Server", work: Path, many: int) -> None:
    """An audience of ten thousand and a large one, written down; memory in between."""
    few = 10_000
    rss = {}
    for count in (few, many):
        with child([*OURS, str(count), "0"], server, work) as sender:
            facts, cost, took_s = sender.until("frozen")
        rss[count] = facts["rss"]
    note = f"{cost / many * 1e6:.0f} µs of CPU each"
    bench.report.add("broadcast", f"freezing {many:,}", took_s, "s", note=note)
    bench.report.add("broadcast", f"memory, {many:,} against {few:,}", rss[many] - rss[few], "MiB", MORE_MIB)


def paced(bench: Bench, server: "Server", work: Path, count: int) -> None:
    """At Mixin's quota: what share of a core, and how much of the quota."""
    server.ask(do="reset", latency_ms=LATENCY_MS)
    with child([*OURS, str(count), str(HARD_CAP), "watched"], server, work) as sender:
        sender.until("frozen")
        _, cost, took_s = sender.until("sent")
    found = server.ask(do="report")
    rate = (found["items"] - 100) / max(found["last_at"] - found["first_at"], 1e-9) * 60
    bench.report.add("broadcast", "at the quota: share of a core", cost / took_s * 100, "%", PACED_PERCENT)
    note = f"{found['items']:,} in {took_s:.0f} s; at most {found['most']:,} within a minute"
    bench.report.add(
        "broadcast", "at the quota: short of it", max(0.0, 100 - rate / HARD_CAP * 100), "%", 1.0, note=note
    )
    if found["most"] > HARD_CAP or found["distinct"] != count:
        raise RuntimeError(f"broadcast: {found['most']} within a minute, {found['distinct']} of {count} reached")


def killed(bench: Bench, server: "Server", work: Path, count: int) -> None:
    """SIGKILL in the middle; how long until the next one has posted its first batch, and that nobody is left out."""
    server.ask(do="reset", latency_ms=LATENCY_MS)
    home = Path(tempfile.mkdtemp(dir=work))
    with child([*OURS, str(count), "0"], server, work, home) as sender:
        sender.until("frozen")
        sender.go()
        while server.ask(do="report")["items"] < count // 3:
            time.sleep(0.02)
        sender.process.send_signal(signal.SIGKILL)
        sender.process.wait()
    before = server.ask(do="report")["items"]
    began = time.monotonic()
    with child([*OURS, "resume", "0"], server, work, home) as sender:
        sender.go()
        while server.ask(do="report")["items"] == before:
            time.sleep(0.02)
        resumed_s = time.monotonic() - began
        sender.until("sent", go=False)
    found = server.ask(do="report")
    note = f"{found['items'] - found['distinct']} sent again under the same id"
    bench.report.add("broadcast", "killed: to the next batch", resumed_s, "s", RESUME_S, note=note)
    if found["distinct"] != count:
        raise RuntimeError(f"broadcast: after a kill {found['distinct']} of {count} were reached")


def answering(bench: Bench, server: "Server", work: Path) -> None:
    """`/ping` while the whole service sends at the quota, against `/ping` while it has nothing else to do."""
    bot = BOT._replace(environment={**BOT.environment, "MIXBOT_BROADCAST_RATE": str(HARD_CAP)})
    p99: dict[str, float] = {}
    for name in ("idle", "while a broadcast runs"):
        home = bench.rig.new_home()
        if name != "idle":
            with child([*OURS, str(int(HARD_CAP / 60 * PINGED_S)), "0"], server, work, home) as sender:
                sender.until("frozen")
        with bench.rig.running(bot, home) as running:
            bench.warm_up(running, PINGERS)
            how = {"rate": PINGS, "latency_ms": LATENCY_MS, "conversations": PINGERS}
            result = bench.round("broadcast", running, int(PINGS * PINGED_S / 3), **how)
        p99[name] = result.p99_ms
        note = f"p50 {result.p50_ms:.0f} ms; {result.extra:,} messages of the broadcast meanwhile"
        bench.report.add("broadcast", f"/ping, {name}: p99", result.p99_ms, "ms", note=note)
    bench.report.add("broadcast", "/ping: the latter by the former", p99[name] / max(p99["idle"], 1e-9), "×", SLOWER)


# Processes


class Server:
    """The neutral server, on the other core."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.port = self.ask(do="open")

    def ask(self, **command: object) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Sender:
    """A contestant that says where it is."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._hear("ready")

    def another(self) -> None:
        """Wait until it is ready for one more broadcast."""
        self._hear("ready")

    def go(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def until(self, did: str, *, go: bool = True) -> tuple[dict[str, Any], float, float]:
        """What it says when it has done that, and the CPU and the seconds that it took."""
        if go:
            self.go()
        began, ended = self._hear("begin"), self._hear(did)
        return ended, ended["cpu"] - began["cpu"], ended["at"] - began["at"]

    def _hear(self, wanted: str) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a sender ended with exit code {self.process.wait()}")
        facts: dict[str, Any] = json.loads(line)
        if facts["did"] != wanted:
            raise RuntimeError(f"a sender said {facts['did']}, expected {wanted}")
        return facts


@contextmanager
def serving() -> Iterator[Server]:
    command = (sys.executable, "-m", "tests.benchmarks.broadcast.server")
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: pin(OTHER_CORE)
    ) as process:
        yield Server(process)
        assert process.stdin
        process.stdin.close()


@contextmanager
def child(command: Sequence[str], server: Server, work: Path, home: Path | None = None) -> Iterator[Sender]:
    """A sender on its own core, in a directory of its own or in that of one before."""
    home = home or Path(tempfile.mkdtemp(dir=work))
    keystore = home / "keystore.json"
    if not keystore.exists():
        keystore.write_text(json.dumps(new_keystore()))
        keystore.chmod(0o600)
    told = {
        "MIXIN_KEYSTORE_PATH": str(keystore),
        "MIXIN_API_URL": f"http://127.0.0.1:{server.port}",
        "MIXIN_BLAZE_URL": f"ws://127.0.0.1:{server.port}/",
        "MIXBOT_DB_URL": f"sqlite:///{home / 'bot.db'}",
    }
    with (home / "log").open("ab") as log, subprocess.Popen(
        command, cwd=ROOT, env=os.environ | told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
        preexec_fn=lambda: pin(CONTESTANTS_CORE),
    ) as process:  # fmt: skip
        late = threading.Timer(HANGS_S, process.kill)
        late.start()
        try:
            yield Sender(process)
        finally:
            late.cancel()
            process.kill()
