"""The sandbox's time: given from outside, shifted on demand, written as Mixin writes it."""

import datetime
from collections.abc import Callable
from functools import lru_cache

ZERO_TIME = "0001-01-01T00:00:00Z"
DAY_S = 86_400


class Clock:
    """Unix time plus an offset; every text it gives is later than the one before, by a microsecond at least."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last_us = 0
        self.offset_s = 0.0

    def seconds(self) -> float:
        return self._now() + self.offset_s

    def nanoseconds(self) -> int:
        return int(self.seconds() * 1_000_000) * 1000

    def text(self) -> str:
        """RFC 3339 with microseconds, never the same twice: messages are paged and sorted by it."""
        us = int(self.seconds() * 1_000_000)
        if us <= self._last_us and self._last_us - us < 1_000_000:
            us = self._last_us + 1
        self._last_us = us
        return time_text(us)

    def days_ago(self, days: float) -> str:
        return time_text(int((self.seconds() - days * DAY_S) * 1_000_000))


def time_text(us: int) -> str:
    """`2026-01-02T03:04:05.678901Z` of microseconds since 1970."""
    seconds, fraction = divmod(us, 1_000_000)
    return f"{_second_text(seconds)}.{fraction:06d}Z"


@lru_cache(maxsize=64)
def _second_text(seconds: int) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%dT%H:%M:%S}"


def time_us(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 time with up to nine digits of fraction.

    Raises:
        ValueError: It is none.
    """
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no zone, expected Z")
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return since // datetime.timedelta(microseconds=1)
