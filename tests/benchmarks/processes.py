"""What a process costs: CPU time and memory of any process of ours, and the core it may use."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Memory(NamedTuple):
    """MiB resident; resident with shared pages divided among their users (`pss`); resident at most ever."""

    rss: float
    pss: float
    peak: float


def cpu_s(pid: int) -> float:
    """CPU seconds of all threads that a process has or had, to the nanosecond where the kernel gives them.

    Source: clock_getcpuclockid(3): the clock of process P is `~P << 3 | 2`.
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except (OSError, AttributeError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alive(pid: int) -> bool:
    """Whether a process still runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def memory(pid: int) -> Memory:
    """Zeros where the system has no /proc."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text() + Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return Memory(0.0, 0.0, 0.0)
    kib = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines() if line.endswith("kB")}
    rss, pss, peak = (round(kib.get(name, 0) / 1024, 1) for name in ("Rss", "Pss", "VmHWM"))
    return Memory(rss, pss, peak)


def cores() -> tuple[int | None, int | None]:
    """The core of the contestants and that of everything else; None where there is no choice."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[1]) if len(allowed) > 1 else (None, None)


def pin(core: int | None) -> None:
    """Keep this process, and what it starts from now on, on one core."""
    if core is not None:
        os.sched_setaffinity(0, {core})


@contextmanager
def on_every_core() -> Iterator[None]:
    """For what is more than one process, as it is for its users."""
    if not hasattr(os, "sched_getaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
