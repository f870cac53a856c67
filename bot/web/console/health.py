"""`/console/health`: how the line, the queues and the database are right now, and what the doctor finds."""

import time

from aiohttp import web

from bot.web.console.pulse import pulse_of
from bot.web.console.visit import Visit

GROUPS = ("system", "config", "mixin", "data", "web", "nandbox")


async def health(visit: Visit) -> web.Response:
    """The page; the doctor is asked where that was not done lately."""
    backstage = visit.services.backstage
    looks = await backstage.looks() if backstage is not None else ()
    began = time.perf_counter()
    await visit.store.admins()
    database_ms = (time.perf_counter() - began) * 1000
    found_at = backstage.found_at if backstage is not None else None
    return visit.page(
        "health.html",
        pulse=pulse_of(visit.services),
        database_ms=database_ms,
        platform=visit.services.platform,
        second=visit.services.second,
        version=visit.services.version,
        groups=[(group, [look for look in looks if look.group == group]) for group in GROUPS],
        looked_s=time.monotonic() - found_at if found_at is not None else None,
    )


async def look_again(visit: Visit) -> web.Response:
    """Ask the doctor anew."""
    if visit.services.backstage is not None:
        await visit.services.backstage.looks(again=True)
    return visit.see("/health", done="health.looked")
