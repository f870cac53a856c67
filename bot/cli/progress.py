"""How far a broadcast is, for a terminal and for a log: a bar with rate and what is left, or a line for each 5 %."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.broadcast import Broadcast, State
from bot.cli.output import say
from bot.ledger import rate_of
from config.redact import inert

WATCH_S = 0.5
STEP_PERCENT = 5
WIDTH = 46
ENDED = (State.FINISHED, State.CANCELLED, State.RECALLED)

Look = Callable[[], tuple[Broadcast, Sequence[tuple[datetime, int]]]]


def percent_of(broadcast: Broadcast) -> int:
    tally = broadcast.tally
    return 100 * (tally.total - tally.waiting) // tally.total if tally.total else 0


def line_of(broadcast: Broadcast) -> str:
    """All about it in one line."""
    tally = broadcast.tally
    why = f" ({inert(broadcast.reason)})" if broadcast.reason else ""
    return (
        f"#{broadcast.number} {broadcast.state}{why}  {percent_of(broadcast)} %  sent {tally.sent} of {tally.total}  "
        f"failed {tally.failed}  skipped {tally.skipped}  delivered {tally.delivered}  read {tally.read}"
    )


def row_of(broadcast: Broadcast) -> Mapping[str, Any]:
    """The same as facts."""
    names = ("sent", "total", "failed", "skipped", "delivered", "read")
    tally = {name: getattr(broadcast.tally, name) for name in names}
    return {"number": broadcast.number, "state": str(broadcast.state), **tally, "created_at": broadcast.created_at}


def watch(look: Look) -> None:
    """Show it until it has ended."""
    if sys.stdout.isatty():
        _watch_live(look)
        return
    last: tuple[State, int, str] | None = None
    while True:
        broadcast, _ = look()
        now = (broadcast.state, percent_of(broadcast) // STEP_PERCENT, broadcast.hold)
        if now != last:
            say(line_of(broadcast) + _waiting(broadcast))
            last = now
        if broadcast.state in ENDED or broadcast.state is State.DRAFT:
            return
        time.sleep(WATCH_S)


def _watch_live(look: Look) -> None:
    from rich.console import Console  # loaded only where there is a terminal to draw on
    from rich.live import Live

    with Live(console=Console(highlight=False, markup=False), refresh_per_second=4) as live:
        while True:
            broadcast, pace = look()
            live.update("\n".join(screen(broadcast, pace, datetime.now(UTC))))
            if broadcast.state in ENDED or broadcast.state is State.DRAFT:
                return
            time.sleep(WATCH_S)


def screen(broadcast: Broadcast, pace: Sequence[tuple[datetime, int]], now: datetime) -> list[str]:
    """The lines of a screen: bar, counts, rate, and why it waits."""
    tally, percent = broadcast.tally, percent_of(broadcast)
    full = WIDTH * percent // 100
    rate = rate_of(pace, now) if broadcast.state is State.RUNNING else 0
    left = f"   about {_span(60 * tally.waiting / rate)} left" if rate and tally.waiting else ""
    why = f": {inert(broadcast.reason)}" if broadcast.reason else ""
    return [
        f" #{broadcast.number}  {broadcast.state.upper()}{why}",
        f" {'━' * full}{'╺' if full < WIDTH else ''}{'─' * (WIDTH - full - 1)}  "
        f"{tally.total - tally.waiting} / {tally.total}   {percent} %{left}",
        f" accepted {tally.sent}   delivered {tally.delivered}   read {tally.read}   failed {tally.failed}   "
        f"skipped {tally.skipped}   waiting {tally.waiting}",
        f" rate {rate}/min{_waiting(broadcast)}   (Ctrl-C leaves; it keeps running)",
    ]


def _waiting(broadcast: Broadcast) -> str:
    if not broadcast.hold:
        return ""
    return f"   ⚠ waiting for Mixin ({broadcast.hold}); nobody is skipped"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02d}s" if minutes else f"{rest}s"
