"""`/console/fleet`: which process runs this bot, since when, and why it moved."""

from aiohttp import web

from bot.registry import What
from bot.web.console.visit import Visit

MOST_MOVES = 50


async def fleet(visit: Visit) -> web.Response:
    """The page; there is none where one process serves one bot."""
    registry = visit.services.registry
    if registry is None:
        raise web.HTTPNotFound
    moves = await registry.moves(MOST_MOVES, visit.services.platform.bot_id)
    latest = moves[0] if moves else None
    runs = latest is not None and latest.what in (What.TAKEN, What.STARTED)
    return visit.page("fleet.html", moves=moves, latest=latest, runs=runs, processes=await registry.processes())
