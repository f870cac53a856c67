"""`/console/`: how the bot is, and what needs somebody's attention."""

import time
from datetime import timedelta

from aiohttp import web

from bot.broadcast import State
from bot.web.console.visit import Visit


async def overview(visit: Visit) -> web.Response:
    """The page."""
    services = visit.services
    counts = await visit.store.counts(visit.now - timedelta(days=1))
    broadcasts = await visit.store.ledger.broadcasts(5)
    return visit.page(
        "overview.html",
        counts=counts,
        vitals=services.vitals,
        uptime_s=time.monotonic() - services.vitals.started_at,
        broadcasts=broadcasts,
        paused=[each for each in broadcasts if each.state is State.PAUSED],
    )
