"""`/metrics` for Prometheus: the vitals, read when asked, so that counting costs the hot path next to nothing."""

import hmac
import time
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from bot.services import Services
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


Served = Callable[[], Mapping[str, Services]]
"""The bots that run here, by id."""


class VitalsCollector(Collector):
    """The vitals of one bot as metrics named `mixbot_…`; of several, each with the label `bot`."""

    def __init__(self, services: Services | None, several: Served | None = None) -> None:
        """Of `services` alone, or of whatever `several` gives when asked."""
        self._services = services
        self._several = several

    def collect(self) -> Iterator[Metric]:
        """Read everything now."""
        names = ["bot"] if self._several is not None else []
        served: Mapping[str, Services] = {}
        if self._several is not None:
            served = self._several()
        elif self._services is not None:
            served = {"": self._services}
        bots = [([bot_id] if names else [], services, _facts(services)) for bot_id, services in served.items()]
        for name, meaning in COUNTERS.items():
            counter = CounterMetricFamily(f"mixbot_messages_{name}", meaning, labels=names)
            for label, services, _ in bots:
                counter.add_metric(label, getattr(services.vitals, name))
            yield counter
        for gauge, meaning in GAUGES.items():
            family = GaugeMetricFamily(gauge, meaning, labels=names)
            for label, _, facts in bots:
                family.add_metric(label, facts[gauge])
            yield family
        for lost, meaning in LINES.items():
            lines = CounterMetricFamily(lost, meaning, labels=names)
            for label, _, facts in bots:
                lines.add_metric(label, facts[lost])
            yield lines
        times = HistogramMetricFamily("mixbot_handler_seconds", "Time to find an answer", labels=names)
        for label, services, _ in bots:
            times.add_metric(label, _buckets(services), services.vitals.handler_total_s)
        yield times


GAUGES = {
    "mixbot_blaze_connected": "Whether messages can arrive",
    "mixbot_blaze_last_frame_seconds": "Since the messenger was last heard of",
    "mixbot_in_flight": "Messages not yet acknowledged",
    "mixbot_oldest_unacknowledged_seconds": "How long the oldest of them has waited",
    "mixbot_outbox_depth": "Messages of ours not yet accepted",
    "mixbot_clock_offset_seconds": "How far the messenger's clock is ahead",
    "mixbot_nandbox_connected": "Whether the line to nandbox is up; 0 also without a token",
}
LINES = {
    "mixbot_blaze_reconnects": "Lines lost and found again",
    "mixbot_nandbox_reconnects": "Lines to nandbox lost",
}


def _facts(services: Services) -> Mapping[str, float]:
    vitals, platform, second, now = services.vitals, services.platform, services.second, time.monotonic()
    return {
        "mixbot_blaze_connected": float(platform.connected),
        "mixbot_blaze_last_frame_seconds": now - (platform.last_frame_at or vitals.started_at),
        "mixbot_in_flight": vitals.in_flight,
        "mixbot_oldest_unacknowledged_seconds": now - vitals.oldest_at if vitals.oldest_at is not None else 0.0,
        "mixbot_outbox_depth": vitals.outbox,
        "mixbot_clock_offset_seconds": platform.clock_offset_s,
        "mixbot_nandbox_connected": float(second is not None and second.connected),
        "mixbot_blaze_reconnects": platform.reconnects,
        "mixbot_nandbox_reconnects": second.reconnects if second is not None else 0,
    }


def _buckets(services: Services) -> list[tuple[str, float]]:
    total, buckets = 0, []
    for limit, number in zip([*map(str, HANDLER_BUCKETS_S), "+Inf"], services.vitals.handler_s, strict=True):
        total += number
        buckets.append((limit, float(total)))
    return buckets


class Metrics:
    """Open to this machine, and elsewhere to whoever has the token."""

    def __init__(self, collector: Collector, token: str) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(collector)
        ProcessCollector(registry=self._registry)
        self._token = token

    def add(self, collector: Collector) -> None:
        """Show these numbers as well."""
        self._registry.register(collector)

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
