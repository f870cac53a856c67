"""How the service is doing, in plain numbers: counted on the hot path, read by health, metrics and `/stats`."""

import time
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field

HANDLER_BUCKETS_S = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0)

THROTTLES_KEPT = 50


@dataclass(slots=True)
class Vitals:
    """Counters only grow, from the start of the process; times are monotonic seconds."""

    started_at: float = field(default_factory=time.monotonic)
    received: int = 0
    repeated: int = 0
    """Messages that came again while in flight or after they were finished."""
    handled: int = 0
    failed: int = 0
    """Handler runs that crashed."""
    timed_out: int = 0
    quarantined: int = 0
    flooded: int = 0
    expired: int = 0
    """Messages older than the backlog age, acknowledged unanswered."""
    accepted: int = 0
    """Messages of ours that the messenger took."""
    refused: int = 0
    acknowledged: int = 0
    retried: int = 0
    """Requests repeated because their outcome was unknown."""
    throttled: int = 0
    minutes: deque[int] = field(default_factory=lambda: deque(maxlen=60))
    """How many messages arrived in each of the last minutes."""
    throttles: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=THROTTLES_KEPT))
    """When the messenger last asked for patience, and for how many seconds."""
    database_retried: int = 0
    in_flight: int = 0
    outbox: int = 0
    """Messages of ours that are not yet accepted."""
    oldest_at: float | None = None
    """When the oldest message that is not yet acknowledged arrived."""
    handler_s: list[int] = field(default_factory=lambda: [0] * (len(HANDLER_BUCKETS_S) + 1))
    handler_total_s: float = 0.0

    def handler_took(self, seconds: float) -> None:
        """Note one handler's time in the histogram."""
        self.handler_s[bisect_left(HANDLER_BUCKETS_S, seconds)] += 1
        self.handler_total_s += seconds
