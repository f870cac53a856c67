"""A sampling profiler: `python -m tests.benchmarks.sampling OUT MODULE ARG…` notes where a module's main thread is.

Unlike cProfile it distorts nothing: every millisecond of CPU time the stack is counted, and C functions count for the
line that calls them.
"""

import json
import runpy
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

EVERY_S = 0.001
DEPTH = 60


class Samples:
    """Counts of functions by own time and by time with what they call, and of lines by own time."""

    def __init__(self) -> None:
        self.own: Counter[str] = Counter()
        self.lines: Counter[str] = Counter()
        self.total: Counter[str] = Counter()
        self.taken = 0

    def take(self, number: int, frame: FrameType | None) -> None:
        if frame is None:
            return
        self.taken += 1
        self.own[where(frame)] += 1
        self.lines[f"{where(frame)}:{frame.f_lineno}"] += 1
        seen = set()
        walk: FrameType | None = frame
        for _ in range(DEPTH):
            if walk is None:
                break
            seen.add(where(walk))
            walk = walk.f_back
        self.total.update(seen)

    def write(self, path: Path) -> None:
        every = {"taken": self.taken}
        kinds = {"own": self.own, "lines": self.lines, "total": self.total}
        path.write_text(json.dumps(every | {name: counter.most_common(200) for name, counter in kinds.items()}))


def where(frame: FrameType) -> str:
    path = frame.f_code.co_filename.rsplit("/", 2)
    return f"{'/'.join(path[-2:])}:{frame.f_code.co_qualname}"


def main() -> None:
    out, module, *rest = sys.argv[1:]
    samples = Samples()
    take: Callable[[int, FrameType | None], None] = samples.take
    # From the second SIGUSR2 on nothing is counted: the start of the program is not what is looked for.
    signal.signal(signal.SIGPROF, take)
    signal.signal(signal.SIGUSR2, lambda *_: signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S) and None)
    sys.argv = [module, *rest]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        samples.write(Path(out))


if __name__ == "__main__":
    main()
