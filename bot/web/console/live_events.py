"""`/console/broadcasts/N/events`: how a broadcast goes, as server-sent events.

All of it comes from the ledger: the sender may be another process. A browser that lost the line asks again, and gets
everything.
"""

import asyncio
import time
from contextlib import suppress

from aiohttp import web

from bot.broadcast import Broadcast, State
from bot.errors import NotKept
from bot.web.console.broadcasts import found
from bot.web.console.live import Reasons, view_of
from bot.web.console.site import Site
from bot.web.console.visit import Visit
from bot.wire import encode

LOOK_S = 0.5
REST_S = 2.0
BEAT_S = 5.0
CHECK_S = 15.0
COUNT_S = 2.0
MOST = 200
ENDED = (State.FINISHED, State.CANCELLED, State.RECALLED)


class LiveEvents:
    """Serves at most MOST browsers at once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._served = 0
        self._reasons: dict[str, tuple[tuple[int, int], Reasons, float]] = {}
        self._closing = asyncio.Event()
        site.app.on_shutdown.append(self._close)

    async def events(self, visit: Visit) -> web.StreamResponse:
        """Until the browser leaves, the session ends, or the service stops."""
        broadcast = await found(visit)
        if self._served >= MOST:
            return web.Response(status=503, headers={"Retry-After": "5"})
        response = web.StreamResponse(headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        response.charset = "utf-8"
        await response.prepare(visit.request)
        self._served += 1
        try:
            with suppress(ConnectionError):
                await response.write(b"retry: 1000\n\n")
                await self._follow(visit, broadcast.number, response)
        finally:
            self._served -= 1
        return response

    async def _follow(self, visit: Visit, number: int, response: web.StreamResponse) -> None:
        last, said_at, checked_at = b"", 0.0, time.monotonic()
        while not self._closing.is_set():
            if time.monotonic() - checked_at > CHECK_S:
                checked_at = time.monotonic()
                if await self._site.visit(visit.request) is None:
                    return
            state = State.PAUSED
            with suppress(NotKept):
                broadcast = await visit.store.ledger.broadcast(number)
                if broadcast is None:
                    return
                state = broadcast.state
                reasons = await self._counted(visit, broadcast)
                view = await view_of(visit.store, broadcast, visit.language, visit.now, reasons)
                at = view["words"].pop("at")
                now = encode(view)
                if now != last or time.monotonic() - said_at > BEAT_S:
                    view["words"]["at"] = at
                    await response.write(b"data: " + encode(view) + b"\n\n")
                    last, said_at = now, time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(REST_S if state in ENDED else LOOK_S):
                    await self._closing.wait()

    async def _counted(self, visit: Visit, broadcast: Broadcast) -> Reasons:
        """Why some did not get it: counted anew when there are more of them, but while it runs not each time."""
        key, now = (broadcast.tally.failed, broadcast.tally.skipped), time.monotonic()
        known, reasons, at = self._reasons.get(broadcast.id, ((0, 0), {}, now))
        if key == known or (broadcast.state is State.RUNNING and now - at < COUNT_S):
            return reasons
        reasons = await visit.store.ledger.reasons(broadcast.id)
        if len(self._reasons) > MOST:
            self._reasons.clear()
        self._reasons[broadcast.id] = (key, reasons, now)
        return reasons

    async def _close(self, app: web.Application) -> None:
        """Let browsers ask somebody else, rather than be cut off in the middle of a look."""
        self._closing.set()
