"""`/console/live`: the pulse, every other second, to whoever keeps a page open; and the one by which pages show it."""

import asyncio
from contextlib import suppress

from aiohttp import web

from bot.web.console.pulse import pulse_of
from bot.web.console.visit import Visit
from bot.wire import encode

EVERY_S = 2.0
LONGEST_S = 3600.0
"""Then the browser asks anew, and it is looked at again whether it may."""


async def live(visit: Visit) -> web.StreamResponse:
    """Server-sent events."""
    response = await open_events(visit.request)
    loop, closing = asyncio.get_running_loop(), visit.frame.closing
    until = loop.time() + LONGEST_S
    while loop.time() < until and not closing.is_set():
        try:
            await response.write(b"data: " + encode(pulse_of(visit.services)) + b"\n\n")
        except ConnectionError:
            break
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY_S):
                await closing.wait()
    return response


async def open_events(request: web.Request) -> web.StreamResponse:
    """An answer that goes on; no proxy holds it back."""
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    await response.write(b"retry: 3000\n\n")
    return response
