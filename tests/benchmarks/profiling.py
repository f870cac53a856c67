"""Where the bot's time goes: the bot under cProfile, against the neutral server."""

import pstats
import sys
from pathlib import Path

from tests.benchmarks.rig import BOT, BOT_COMMAND, ROOT, Contestant, open_rig

PEOPLE = 100
SHOWN = 45


def profile(messages: int) -> None:
    """Answer some messages under the profiler and print the functions by own time, then by time with what they call.

    Times are two to three times too high under cProfile, and only the main thread is seen: read shares, not µs.
    The whole is kept in build/bench.prof.
    """
    kept = ROOT / "build" / "bench.prof"
    kept.parent.mkdir(exist_ok=True)
    command = (sys.executable, "-m", "cProfile", "-o", str(kept), *BOT_COMMAND)
    with open_rig() as rig, rig.running(Contestant("bot", command, BOT.environment)) as bot:
        bot.round(PEOPLE, conversations=PEOPLE)
        result = bot.round(messages, conversations=PEOPLE, timeout_s=300.0)
        print(f"{result.cpu_us:.0f} µs of CPU a message under the profiler; {result.faults or 'no faults'}")
    stats = pstats.Stats(str(kept)).strip_dirs()
    for key in ("tottime", "cumtime"):
        stats.sort_stats(key).print_stats(SHOWN)
    print(f"Kept in {Path(kept).relative_to(ROOT)}")
