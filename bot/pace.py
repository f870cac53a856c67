"""How fast messages leave: never more in any minute than the messenger allows, and replies before broadcasts."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

HARD_CAP = 100_000
"""Messages in any minute, replies included. Source: Mixin's documents, getting-started/messages."""

WINDOW_S = 60.0
SLOT_S = 0.25


class Pace:
    """One for everything that a bot sends. Replies only wait where the messenger's own limit is reached."""

    def __init__(
        self, rate_per_minute: int = HARD_CAP, *, cap: int = HARD_CAP, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.rate_per_minute = min(rate_per_minute, cap)
        self._cap = cap
        self._now = now
        self._slots: deque[tuple[float, int]] = deque()
        self._in_window = 0
        self._next = 0.0

    @property
    def last_minute(self) -> int:
        """Messages that left within the last minute."""
        self._forget(self._now())
        return self._in_window

    async def reply(self, count: int) -> None:
        """Wait until the messenger's limit has room for so many replies, and count them."""
        while (wait_s := self._full_for(count, self._cap)) > 0:  # noqa: ASYNC110 - only time makes room
            await asyncio.sleep(wait_s)
        self._count(count)

    async def news(self, count: int, rate_per_minute: int = 0) -> None:
        """Wait for the turn of so many messages of a broadcast, evenly spread over the minute, and count them."""
        rate = min(rate_per_minute or self.rate_per_minute, self.rate_per_minute)
        interval_s = WINDOW_S / rate
        while True:
            now = self._now()
            wait_s = max(self._next - now, self._full_for(count, min(rate, self._cap)))
            if wait_s <= 0:
                break
            await asyncio.sleep(wait_s)
        # A late turn is made up for, but never by more than one slot.
        self._next = max(self._next, now - SLOT_S) + count * interval_s
        self._count(count)

    def _full_for(self, count: int, most: int) -> float:
        """Seconds until `count` more fit into the window; more than `most` at once fit an empty one."""
        now = self._now()
        self._forget(now)
        too_many = self._in_window + count - most
        wait_s = 0.0
        for began_at, number in self._slots:
            if too_many <= 0:
                break
            too_many -= number
            wait_s = max(began_at + SLOT_S + WINDOW_S - now, 0.001)
        return wait_s

    def _count(self, count: int) -> None:
        now = self._now()
        if self._slots and now - self._slots[-1][0] < SLOT_S:
            began_at, number = self._slots[-1]
            self._slots[-1] = (began_at, number + count)
        else:
            self._slots.append((now, count))
        self._in_window += count

    def _forget(self, now: float) -> None:
        """Drop slots whose last message is more than a window old."""
        while self._slots and self._slots[0][0] + SLOT_S + WINDOW_S <= now:
            self._in_window -= self._slots.popleft()[1]
