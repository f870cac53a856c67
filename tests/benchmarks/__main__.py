"""`python -m tests.benchmarks`: what an answered message costs, beside the ceiling and the official Node SDK.

How to read the table: docs/reference/benchmarks.md.
"""

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.assets import assets
from tests.benchmarks.broadcast.measure import broadcast
from tests.benchmarks.broadcast.sealed import sealed_broadcast
from tests.benchmarks.getuser.measure import getuser
from tests.benchmarks.many import many
from tests.benchmarks.measurements import MEASUREMENTS as OF_THE_BOT
from tests.benchmarks.measurements import Bench, OutOfTime, Plan
from tests.benchmarks.moves import moves
from tests.benchmarks.page import page
from tests.benchmarks.profiling import profile
from tests.benchmarks.report import Report, into_page, table
from tests.benchmarks.rig import BOT, CEILING, NODE_SDK, ROOT, Contestant, install_node_sdk, open_rig
from tests.benchmarks.sandbox import sandbox
from tests.benchmarks.sealed import sealed

MEASUREMENTS = OF_THE_BOT | {
    "assets": assets,
    "many": many,
    "moves": moves,
    "sandbox": sandbox,
    "page": page,
    "getuser": getuser,
    "sealed": sealed,
    "sealed-broadcast": sealed_broadcast,
    "broadcast": broadcast,
}
LIMIT_S = {"quick": 90.0, "usual": 360.0, "long": 3600.0}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="at most 90 seconds, rough figures")
    length.add_argument("--long", action="store_true", help="memory after 1,000,000 messages; up to an hour")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="this measurement; may be repeated")
    parser.add_argument("--without", action="append", default=[], choices=("bot", "node"), help="leave one out")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json", help="where the figures go")
    parser.add_argument("--docs", action="store_true", help="put the table into docs/reference/benchmarks.md")
    parser.add_argument("--profile", type=int, metavar="MESSAGES", nargs="?", const=20_000, help="profile the bot only")
    return parser.parse_args()


def contestants(without: Sequence[str]) -> tuple[list[Contestant], str]:
    """Who takes part, and why the Node SDK does not if it does not."""
    here = [CEILING]
    missing = "left out" if "node" in without else install_node_sdk()
    if not missing:
        here.append(NODE_SDK)
    if "bot" not in without:
        here.append(BOT)
    return here, missing


def plan(asked: argparse.Namespace) -> Plan:
    here, missing = contestants(asked.without)
    limit = LIMIT_S["quick" if asked.quick else "long" if asked.long else "usual"]
    until = time.monotonic() + limit - 5
    if asked.only == ["smoke"]:
        return Plan(1, 500, 1.0, 1, 10, 500, until, here, missing)
    if asked.quick:
        return Plan(2, 4_000, 2.0, 1, 1_000, 20_000, until, here, missing)
    return Plan(7, 8_000, 5.0, 3, 10_000, 1_000_000 if asked.long else 100_000, until, here, missing)


def main() -> int:
    """0: every target reached; 1: some missed, or a message without its one answer; 2: it could not be measured."""
    asked = arguments()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # whoever starts the service often has it compiled
    if asked.profile:
        profile(asked.profile)
        return 0
    report, planned = Report(), plan(asked)
    names = [contestant.name for contestant in planned.contestants]
    if planned.node_missing:
        report.warn(f"without the official Node SDK: {planned.node_missing}")
    failed = False
    with open_rig() as rig:
        bench = Bench(rig, planned, report)
        for name in asked.only or [name for name in MEASUREMENTS if name != "smoke"]:
            if name == "conversations" and "bot" not in names:
                continue
            print(f"… {name}", flush=True)
            try:
                MEASUREMENTS[name](bench)
            except OutOfTime:
                report.warn(f"{name}: out of time, not or not wholly measured")
            except RuntimeError as error:
                failed = True
                report.warn(f"{name}: {error}")
    print(table(report.lines))
    report.write(asked.json)
    if asked.docs:
        into_page(report, ROOT / "docs" / "reference" / "benchmarks.md")
    print(f"Written to {asked.json}")
    if failed:
        return 2
    return int(report.faulty or any(line.verdict == "MISSED" for line in report.lines))


if __name__ == "__main__":
    raise SystemExit(main())
