"""Where the bot's time goes: the bot under a sampling profiler, against the neutral server."""

import json
import signal
import sys

from tests.benchmarks.rig import BOT, BOT_MODULE, ROOT, Contestant, open_rig

PEOPLE = 100
SHOWN = 40


def profile(messages: int) -> None:
    """Answer some messages under the profiler, and print µs of CPU a message by function and by line.

    Only the main thread is seen, so the sum is less than the whole. Everything is kept in build/profile.json.
    """
    kept = ROOT / "build" / "profile.json"
    kept.parent.mkdir(exist_ok=True)
    command = (sys.executable, "-m", "tests.benchmarks.sampling", str(kept), *BOT_MODULE)
    with open_rig() as rig, rig.running(Contestant("bot", command, BOT.environment)) as bot:
        bot.round(PEOPLE, conversations=PEOPLE)
        bot.round(PEOPLE * 20, conversations=PEOPLE)
        bot.process.send_signal(signal.SIGUSR2)
        result = bot.round(messages, conversations=PEOPLE, timeout_s=300.0)
    print(f"{result.cpu_us:.0f} µs of CPU a message; {result.faults or 'no faults'}")
    found = json.loads(kept.read_text())
    share = result.cpu_us / max(found["taken"], 1)
    for kind, title in (("own", "by own time"), ("lines", "by line"), ("total", "with what is called")):
        print(f"\n{title}, µs a message")
        for name, count in found[kind][:SHOWN]:
            print(f"{count * share:7.1f}  {name}")
    print(f"Kept in {kept.relative_to(ROOT)}")
