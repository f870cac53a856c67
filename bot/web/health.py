"""Is the service alive, and is it of use? `/healthz` and `/readyz`, as JSON.

Ready is judged by what matters to people: how long the messenger has been silent, and how long the oldest message waits
for its acknowledgement; not by whether a socket is open at this instant.
"""

import time
from typing import Any

from aiohttp import web

from bot.services import Services
from bot.wire import encode


class Health:
    """Reads the vitals of one bot; `stale_s` of silence or an oldest message of `oldest_s` make it not ready."""

    def __init__(self, services: Services, *, stale_s: float, oldest_s: float) -> None:
        self._services = services
        self._stale_s = stale_s
        self._oldest_s = oldest_s

    def report(self) -> dict[str, Any]:
        """Facts with `ready` and the reasons why not; times in seconds."""
        platform, vitals = self._services.platform, self._services.vitals
        now, second = time.monotonic(), self._services.second
        silent_s = now - (platform.last_frame_at or vitals.started_at)
        oldest_s = time.monotonic() - vitals.oldest_at if vitals.oldest_at is not None else 0.0
        reasons = []
        if platform.last_frame_at is None:
            reasons.append("no frame from the messenger yet")
        elif silent_s > self._stale_s:
            reasons.append(f"no frame from the messenger for {silent_s:.0f} s")
        if oldest_s > self._oldest_s:
            reasons.append(f"the oldest message waits for {oldest_s:.0f} s")
        return {
            "ready": not reasons,
            "reasons": reasons,
            "connected": platform.connected,
            "second": {second.name: second.connected} if second is not None else {},
            "silent_s": round(silent_s, 1),
            "oldest_s": round(oldest_s, 1),
            "in_flight": vitals.in_flight,
            "outbox": vitals.outbox,
            "clock_offset_s": round(platform.clock_offset_s, 1),
            "uptime_s": round(now - vitals.started_at, 1),
        }

    async def healthz(self, request: web.Request) -> web.Response:
        """The loop turns: that is all."""
        return web.Response(body=b'{"alive":true}', content_type="application/json")

    async def readyz(self, request: web.Request) -> web.Response:
        """200 or 503, with the reasons."""
        report = self.report()
        return web.Response(
            body=encode(report), content_type="application/json", status=200 if report["ready"] else 503
        )
