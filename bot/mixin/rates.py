"""What other money is worth in dollars: open to all, and remembered for an hour.

Source: protocol/mixin.md 5.1 and 5.13
"""

import asyncio
import re
from collections.abc import Mapping

import structlog

from bot.account import DOLLARS, Fiat
from bot.errors import ServiceError
from bot.mixin.api import Api
from bot.mixin.views import amount

FRESH_S = 3600.0
AGAIN_S = 60.0
"""How long nobody asks again after it failed."""

log = structlog.get_logger()


class Rates:
    """Exchange rates; where they cannot be had, everything is in dollars."""

    def __init__(self, api: Api, *, fresh_s: float = FRESH_S) -> None:
        self._api = api
        self._fresh_s = fresh_s
        self._known: Mapping[str, Fiat] = {}
        self._until = 0.0
        self._turn = asyncio.Lock()

    async def of(self, code: str) -> Fiat:
        """The money of that code; dollars where nobody knows what it is worth."""
        if code in ("", DOLLARS.code):
            return DOLLARS
        async with self._turn:
            if self._until <= asyncio.get_running_loop().time():
                await self._ask()
        return self._known.get(code, DOLLARS)

    async def _ask(self) -> None:
        pause_s = self._fresh_s
        try:
            views = await self._api.fiats()
            self._known = {
                view.code: Fiat(view.code, rate)
                for view in views
                if re.fullmatch("[A-Z]{3}", view.code) and (rate := amount(str(view.rate))) > 0
            }
        except ServiceError as error:
            log.warning("mixin.no_rates", error_code=error.code, reason=str(error))
            pause_s = min(AGAIN_S, self._fresh_s)
        self._until = asyncio.get_running_loop().time() + pause_s
