"""Requests to Mixin with patience: repeated where that is safe, and with the clock corrected where it was wrong.

Source: protocol/mixin.md 1.4 and 1.6
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.errors import AccessRefused, RateLimited, Rejected, ServiceError, TooLarge, Unauthorized, Unavailable, Unclear
from bot.mixin.auth import Clock
from bot.mixin.http import Exchange, Http
from bot.mixin.options import MixinOptions
from bot.wire import Raw, encode

CLOCK_LIMIT_S = 300
"""How far Mixin lets a clock be off, in seconds."""

log = structlog.get_logger()


class Access:
    """The bot's way to the API. `errors` counts what went wrong by code, for the health page."""

    def __init__(self, http: Http, options: MixinOptions) -> None:
        self._http = http
        self._options = options
        self.errors: Counter[int] = Counter()

    @property
    def clock(self) -> Clock:
        return self._http.clock

    async def get(self, path: str) -> Raw:
        """The `data` at a path, which has its query, escaped. Repeated while the outcome is unknown."""
        return await self._patiently("GET", path, b"")

    async def post(self, path: str, content: Any = None, *, repeat: bool = False) -> Raw:
        """The `data` that a POST gives. `repeat` is for what may be done twice without harm."""
        body = b"" if content is None else encode(content)
        return await (self._patiently("POST", path, body) if repeat else self.once("POST", path, body))

    async def once(self, method: str, path: str, body: bytes = b"") -> Raw:
        """Ask once; a second time only where a wrong clock was the matter.

        Raises:
            AccessRefused: Mixin no longer knows this key (MB110), or the clock cannot be put right (MB120).
            ServiceError: In the kind that says what to do.
        """
        exchange = Exchange(method, path, body)
        try:
            try:
                return await self._http.send(exchange)
            except Unauthorized:
                if not corrected(self.clock, exchange, self._options):
                    return await self._confirm(exchange)
            try:
                return await self._http.send(exchange)
            except Unauthorized:
                return await self._confirm(exchange)
        except ServiceError as error:
            self._note(error)
            raise

    async def _patiently(self, method: str, path: str, body: bytes) -> Raw:
        return await patiently(lambda: self.once(method, path, body), self._options)

    async def _confirm(self, exchange: Exchange) -> Raw:
        """A key is dead only if GET /me says so too; otherwise the refused request was not understood."""
        refused = exchange
        exchange = Exchange("GET", "/me")
        try:
            data = await self._http.send(exchange)
        except Unauthorized:
            pass
        except Rejected as error:
            raise Unavailable(f"code 401, and GET /me gives {error}", code=401, request_id=refused.request_id) from None
        else:
            if refused.path == exchange.path:
                return data
            raise Unclear("code 401, although GET /me works", code=401, request_id=refused.request_id)
        offset_s = self.clock.offset_s
        if abs(offset_s) > CLOCK_LIMIT_S:
            raise AccessRefused("MB120", clock_text(offset_s))
        raise AccessRefused(
            "MB110",
            "Mixin answered 401 to GET /me. Most often: a new session was generated in the dashboard after this file "
            f"was downloaded. {_clock_state(offset_s, exchange.skew_s)} Download the keystore again. Not retrying.",
        )

    def _note(self, error: ServiceError) -> None:
        if error.code in self.errors or len(self.errors) < 100:
            self.errors[error.code] += 1


async def patiently(once: Callable[[], Awaitable[Raw]], options: MixinOptions) -> Raw:
    """Ask again while the outcome is unknown, after pauses that grow, as often as `options` allow."""
    pause_s = options.retry_first_s
    for _ in range(options.attempts - 1):
        try:
            return await once()
        except (TooLarge, Unclear):
            raise
        except Unavailable as error:
            wait_s = pause_s * random.uniform(0.5, 1.0)  # noqa: S311
            if isinstance(error, RateLimited):
                wait_s = max(wait_s, error.retry_after_s or 0.0)
                if wait_s > options.retry_most_s:
                    raise
        await asyncio.sleep(wait_s)
        pause_s = min(2 * pause_s, options.retry_most_s)
    return await once()


def corrected(clock: Clock, exchange: Exchange, options: MixinOptions) -> bool:
    """Follow the server's clock if ours is wrong enough to matter, or was when this was signed."""
    limit_s, skew_s = options.max_clock_skew_s, exchange.skew_s
    if abs(clock.offset_s - exchange.offset_s) >= limit_s:
        return True  # another request did it meanwhile
    if skew_s is None or abs(skew_s) < limit_s:
        return False
    clock.follow(clock.now() + skew_s)
    log.warning("mixin.clock_corrected", offset_s=round(clock.offset_s, 1), hint=clock_text(clock.offset_s))
    return True


def clock_text(offset_s: float) -> str:
    """What to tell the owner of a machine whose clock is off by `offset_s`, positive when it is behind."""
    minutes, rest_s = divmod(round(abs(offset_s)), 60)
    side = "behind" if offset_s > 0 else "ahead of"
    return (
        f"Your clock is {minutes} min {rest_s:02d} s {side} Mixin; requests are refused beyond 5 minutes. "
        "Turn on NTP: `timedatectl set-ntp true`."
    )


def _clock_state(offset_s: float, skew_s: float | None) -> str:
    if skew_s is None:
        return "Whether your clock is right could not be seen."
    return f"Your clock is fine ({abs(offset_s + skew_s):.1f} s off)."
