"""What sealing costs: the same echo, plain and sealed for two devices each, in interleaved rounds."""

from contextlib import ExitStack
from statistics import median

from tests.benchmarks.measurements import PEOPLE, Bench
from tests.benchmarks.rig import BOT, BOT_SEALED

OF_PLAIN = 3.0


def sealed(bench: Bench) -> None:
    """CPU per answered and acknowledged message, and throughput."""
    what = "sealed echo"
    spent: dict[str, list[float]] = {}
    rates: dict[str, list[float]] = {}
    with ExitStack() as stack:
        running = [stack.enter_context(bench.rig.running(one)) for one in (BOT, BOT_SEALED)]
        for one in running:
            bench.warm_up(one, PEOPLE)
        for _ in range(bench.plan.rounds):
            for one in running:
                result = bench.round(what, one, bench.plan.messages, conversations=PEOPLE)
                spent.setdefault(one.name, []).append(result.cpu_us + result.tail_us)
                rates.setdefault(one.name, []).append(result.acknowledged / max(result.wall_s, 1e-9))
    for name, values in spent.items():
        spread = f"{min(values):.0f} to {max(values):.0f}; {median(rates[name]):,.0f} messages/s"
        bench.report.add(what, f"{name}: CPU per message", median(values), "µs", note=spread)
    by_round = [a / b for a, b in zip(spent[BOT_SEALED.name], spent[BOT.name], strict=True)]
    bench.report.add(what, "sealed / plain", median(by_round), "", OF_PLAIN)
