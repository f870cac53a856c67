"""`/console/`: how the bot is, and what needs somebody's attention."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from aiohttp import web

from bot.broadcast import State
from bot.web.console.pulse import pulse_of
from bot.web.console.visit import Visit

HEIGHT = 24
SHOWN = 30


class Bar(NamedTuple):
    """One minute of the picture: where it stands, how high it is, and how many messages it had."""

    x: int
    y: int
    height: int
    messages: int


async def overview(visit: Visit) -> web.Response:
    """The page."""
    services = visit.services
    broadcasts = await visit.store.ledger.broadcasts(5)
    looks = services.backstage.lately() if services.backstage is not None else ()
    minutes = list(services.vitals.minutes)[-SHOWN:]
    return visit.page(
        "overview.html",
        counts=await visit.store.counts(visit.now - timedelta(days=1)),
        pulse=pulse_of(services),
        bars=bars_of(minutes),
        height=HEIGHT,
        width=max(len(minutes), 1) * 6,
        last_minute=minutes[-1] if minutes else None,
        broadcasts=broadcasts,
        paused=[each for each in broadcasts if each.state is State.PAUSED],
        trouble=[look for look in looks if look.status in ("failed", "warning")],
        looked=bool(looks),
    )


def bars_of(minutes: Sequence[int]) -> Sequence[Bar]:
    """The highest minute fills the picture; one without messages has a line."""
    most = max(minutes, default=0) or 1
    heights = [max(1, round(count / most * HEIGHT)) for count in minutes]
    return [
        Bar(index * 6, HEIGHT - height, height, count)
        for index, (height, count) in enumerate(zip(heights, minutes, strict=True))
    ]
