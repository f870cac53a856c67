"""How the bot is at this moment, in a few numbers: for the pages, and for whoever keeps one of them open."""

import time
from typing import Any

from bot.services import Services
from bot.vitals import HANDLER_BUCKETS_S


def pulse_of(services: Services) -> dict[str, Any]:
    """Plain numbers; spans in seconds, and None where there is nothing to tell."""
    vitals, platform, now = services.vitals, services.platform, time.monotonic()
    return {
        "connected": platform.connected,
        "silent_s": now - platform.last_frame_at if platform.last_frame_at is not None else None,
        "reconnects": platform.reconnects,
        "clock_offset_s": platform.clock_offset_s,
        "uptime_s": now - vitals.started_at,
        "received": vitals.received,
        "accepted": vitals.accepted,
        "refused": vitals.refused,
        "failed": vitals.failed,
        "retried": vitals.retried,
        "throttled": vitals.throttled,
        "acknowledged": vitals.acknowledged,
        "quarantined": vitals.quarantined,
        "database_retried": vitals.database_retried,
        "outbox": vitals.outbox,
        "in_flight": vitals.in_flight,
        "oldest_s": now - vitals.oldest_at if vitals.oldest_at is not None else None,
        "p95_s": p95_s(vitals.handler_s),
    }


def p95_s(counts: list[int]) -> float | None:
    """Within how many seconds 95 of 100 messages were handled, as exactly as the histogram tells: the next bound."""
    total, seen = sum(counts), 0
    for bound, count in zip((*HANDLER_BUCKETS_S, float("inf")), counts, strict=True):
        seen += count
        if total and seen >= 0.95 * total:
            return bound
    return None
