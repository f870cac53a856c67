"""getUser calls a second, what they cost and how long they take: ours and the official SDKs, at one neutral server."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tests.benchmarks.measurements import Bench
from tests.benchmarks.processes import pin
from tests.benchmarks.rig import CONTESTANTS_CORE, OTHER_CORE, ROOT
from tests.e2e.nandbox.installed import Missing, node_sdk, python_sdk

HERE = Path(__file__).parent
TOKEN = "90091783000000101:0:AAAAbbbbCCCCddddEEEEffffGGGGhh"
APP = "90090684000000559"
WINDOW = 100
RATE = 300.0
SDK_CONFIG = {"MaxLogSize": "5mb", "NumberOfLogFiles": "2", "LogLevel": "ERROR", "LogPath": "sdk.log"}
OURS, PYTHON, NODE = "bot", "python SDK", "node SDK"


class Caller(NamedTuple):
    """A program that asks; `environment` is added to where and with what."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


def getuser(bench: Bench) -> None:
    """Rounds in turn, each a process of its own; the bot has to be ahead of both in calls and in CPU."""
    what, plan = "getUser", bench.plan
    calls = max(1_000, plan.messages // WINDOW * WINDOW)
    found: dict[str, list[dict[str, Any]]] = {}
    callers = list(_callers(bench))
    with _server() as uri:
        for _ in range(min(plan.rounds, 5)):
            for one in callers:
                told = _round(one, uri, calls, plan.open_s)
                found.setdefault(one.name, []).append(told)
                bench.report.raw.append({"measurement": what, "contestant": one.name, "result": told})
    for name, rounds in found.items():
        rates = [each["calls"] / each["wall_s"] for each in rounds]
        spent = [each["cpu_s"] / each["calls"] * 1e6 for each in rounds]
        delays = sorted(delay * 1000 for each in rounds for delay in each["delays_s"])
        note = f"{min(rates):,.0f} to {max(rates):,.0f}; {WINDOW} open at a time"
        bench.report.add(what, f"{name}: calls a second", median(rates), "/s", note=note)
        bench.report.add(what, f"{name}: CPU per call", median(spent), "µs")
        bench.report.add(what, f"{name}: delay p50 at {RATE:.0f}/s", delays[len(delays) // 2], "ms")
        bench.report.add(what, f"{name}: delay p99 at {RATE:.0f}/s", delays[len(delays) * 99 // 100], "ms")
    for other in (PYTHON, NODE):
        if other in found:
            pairs = list(zip(found[OURS], found[other], strict=True))
            slower = [(b["calls"] / b["wall_s"]) / (a["calls"] / a["wall_s"]) for a, b in pairs]
            dearer = [(a["cpu_s"] / a["calls"]) / (b["cpu_s"] / b["calls"]) for a, b in pairs]
            _ratio(bench, f"{other} / bot, calls a second", slower)
            _ratio(bench, f"bot / {other}, CPU per call", dearer)


def _ratio(bench: Bench, figure: str, by_round: list[float]) -> None:
    note = f"{min(by_round):.2f} to {max(by_round):.2f}"
    bench.report.add("getUser", figure, median(by_round), "", 1.0, note=note)


def _callers(bench: Bench) -> Iterator[Caller]:
    """Who takes part; whoever cannot be installed is left out, with the reason."""
    yield Caller(OURS, (sys.executable, "-m", "tests.benchmarks.getuser.ours"), {"PYTHONPATH": str(ROOT)})
    try:
        yield Caller(PYTHON, (python_sdk(), str(HERE / "sdk.py")), {})
    except Missing as error:
        bench.report.warn(f"getUser without the official Python SDK: {error}")
    try:
        node, modules = node_sdk()
        yield Caller(NODE, (node, str(HERE / "sdk.cjs")), {"NODE_PATH": str(modules)})
    except Missing as error:
        bench.report.warn(f"getUser without the official Node SDK: {error}")


@contextmanager
def _server() -> Iterator[str]:
    command = (sys.executable, "-m", "tests.benchmarks.getuser.server")
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: pin(OTHER_CORE)
    )
    assert process.stdin
    assert process.stdout
    try:
        yield f"ws://127.0.0.1:{int(process.stdout.readline())}/nandbox/api/"
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def _round(caller: Caller, uri: str, calls: int, seconds: float) -> dict[str, Any]:
    """One process, from its login to its result; both SDKs write log files some folders up.

    Raises:
        RuntimeError: It ended without a result.
    """
    environ = {"PATH": os.environ["PATH"], "NANDBOX_URI": uri, "NANDBOX_TOKEN": TOKEN, "NANDBOX_APP_ID": APP}
    with tempfile.TemporaryDirectory(prefix="mixbot-bench-") as home:
        deep = Path(home, "a", "b", "c", "d")
        deep.mkdir(parents=True)
        (deep.parents[1] / "config.json").write_text(json.dumps(SDK_CONFIG))
        done = subprocess.run(
            (*caller.command, str(calls), str(WINDOW), str(RATE), str(seconds)), cwd=deep,
            env=environ | dict(caller.environment), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            timeout=120, check=False, preexec_fn=lambda: pin(CONTESTANTS_CORE),
        )  # fmt: skip
    for line in reversed(done.stdout.splitlines()):
        if line.startswith('{"calls"'):
            told: dict[str, Any] = json.loads(line)
            return told
    raise RuntimeError(f"getUser: {caller.name} ended with exit code {done.returncode} and no result")
