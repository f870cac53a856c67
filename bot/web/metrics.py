"""`/metrics` for Prometheus: the vitals, read when asked, so that counting costs the hot path next to nothing."""

import hmac
import time
from collections.abc import Iterator
from ipaddress import ip_address

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from bot.command import Services
from bot.vitals import HANDLER_BUCKETS_S

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

COUNTERS = {
    "received": "Messages that arrived",
    "repeated": "Messages that arrived again",
    "handled": "Messages that were handled",
    "failed": "Handler runs that crashed",
    "timed_out": "Handler runs that took too long",
    "quarantined": "Messages put into quarantine",
    "flooded": "Messages of people who wrote too much",
    "expired": "Messages that were too old to be answered",
    "accepted": "Messages of ours that the messenger took",
    "refused": "Messages of ours that the messenger refused",
    "acknowledged": "Messages acknowledged",
    "retried": "Requests repeated because their outcome was unknown",
    "throttled": "Requests that the messenger asked to be slower with",
    "database_retried": "Times that the database had to be waited for",
}


class VitalsCollector(Collector):
    """One bot's vitals as metrics named `mixbot_…`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Read everything now."""
        vitals, platform = self._services.vitals, self._services.platform
        for name, meaning in COUNTERS.items():
            yield CounterMetricFamily(f"mixbot_messages_{name}", meaning, value=getattr(vitals, name))
        oldest_s = time.monotonic() - vitals.oldest_at if vitals.oldest_at is not None else 0.0
        gauges = {
            "mixbot_blaze_connected": ("Whether messages can arrive", float(platform.connected)),
            "mixbot_blaze_last_frame_seconds": (
                "Since the messenger was last heard of",
                time.monotonic() - (platform.last_frame_at or vitals.started_at),
            ),
            "mixbot_in_flight": ("Messages not yet acknowledged", vitals.in_flight),
            "mixbot_oldest_unacknowledged_seconds": ("How long the oldest of them has waited", oldest_s),
            "mixbot_outbox_depth": ("Messages of ours not yet accepted", vitals.outbox),
            "mixbot_clock_offset_seconds": ("How far the messenger's clock is ahead", platform.clock_offset_s),
        }
        for gauge, (meaning, value) in gauges.items():
            yield GaugeMetricFamily(gauge, meaning, value=value)
        yield CounterMetricFamily("mixbot_blaze_reconnects", "Lines lost and found again", value=platform.reconnects)
        second = self._services.second
        away = "Whether the line to nandbox is up; 0 also without a token"
        yield GaugeMetricFamily("mixbot_nandbox_connected", away, value=float(second is not None and second.connected))
        lost = second.reconnects if second is not None else 0
        yield CounterMetricFamily("mixbot_nandbox_reconnects", "Lines to nandbox lost", value=lost)
        total, buckets = 0, []
        for limit, number in zip([*map(str, HANDLER_BUCKETS_S), "+Inf"], vitals.handler_s, strict=True):
            total += number
            buckets.append((limit, float(total)))
        yield HistogramMetricFamily(
            "mixbot_handler_seconds", "Time to find an answer", buckets=buckets, sum_value=vitals.handler_total_s
        )


class Metrics:
    """Open to this machine, and elsewhere to whoever has the token."""

    def __init__(self, services: Services, token: str) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(VitalsCollector(services))
        ProcessCollector(registry=self._registry)
        self._token = token

    async def metrics(self, request: web.Request) -> web.Response:
        """The text format, or 403."""
        if not self._allowed(request):
            raise web.HTTPForbidden(text="Metrics are for this machine, or for whoever has the token.\n")
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE})

    def _allowed(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if self._token and hmac.compare_digest(given, f"Bearer {self._token}".encode()):
            return True
        forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
        return not forwarded and request.remote is not None and ip_address(request.remote).is_loopback
