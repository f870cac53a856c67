"""Asking a messenger until the outcome is known: back-off with jitter, and a common pause when it says "too many"."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import RateLimited, Rejected, Unavailable, Unclear
from bot.vitals import Vitals

log = structlog.get_logger()

UNCLEAR_TRIES = 5


class Patience:
    """The back-off doubles from `retry_s` to `retry_cap_s`; the pause holds for everybody who shares it."""

    def __init__(self, vitals: Vitals, retry_s: float, retry_cap_s: float) -> None:
        self._vitals = vitals
        self._retry_s = retry_s
        self._retry_cap_s = retry_cap_s
        self._pause_until = 0.0

    async def persist(
        self,
        call: Callable[[], Awaitable[None]],
        event: str,
        told: Callable[[int, float], Awaitable[None]] | None = None,
    ) -> None:
        """Call until it succeeds; `event` names each further try in the log, and `told` hears of its error's code and
        of the seconds until then.

        Raises:
            Rejected: It was refused for good, or nobody could say why often enough.
        """
        loop = asyncio.get_running_loop()
        tries = 0
        while True:
            while (pause := self._pause_until - loop.time()) > 0:  # noqa: ASYNC110 - somebody may prolong it meanwhile
                await asyncio.sleep(pause)
            try:
                await call()
            except Unavailable as error:
                tries += 1
                self._vitals.retried += 1
                if isinstance(error, Unclear) and tries >= UNCLEAR_TRIES:
                    raise Rejected(str(error), code=error.code, request_id=error.request_id) from error
                delay = self._delay(error, tries)
                if isinstance(error, RateLimited):
                    self._vitals.throttled += 1
                    self._vitals.throttles.append((time.monotonic(), delay))
                    self._pause_until = max(self._pause_until, loop.time() + delay)
                log.warning(event, tries=tries, code=error.code, delay_s=round(delay, 2), request_id=error.request_id)
                if told is not None:
                    await told(error.code, delay)
                await asyncio.sleep(delay)
            else:
                return

    def _delay(self, error: Unavailable, tries: int) -> float:
        """Seconds until the next try: at least as many as the messenger asked for."""
        delay: float = min(self._retry_cap_s, self._retry_s * 2 ** min(tries - 1, 16))
        delay *= random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        return max(delay, error.retry_after_s or 0.0) if isinstance(error, RateLimited) else delay
