"""Takes up what was chosen in the console, in whichever process: the rate of broadcasts, and what the bot says."""

import asyncio
from collections.abc import Mapping

import structlog

from bot.choices import RATE, texts_in
from bot.command import Services
from bot.errors import Unavailable
from bot.pace import Pace

log = structlog.get_logger()

EVERY_S = 3.0


class Choosing:
    """Looks every `every_s`, until cancelled. What was set before is what holds where nothing is chosen."""

    def __init__(self, services: Services, pace: Pace, *, every_s: float = EVERY_S) -> None:
        self._services = services
        self._pace = pace
        self._every_s = every_s
        self._rate = pace.rate_per_minute
        self._texts = services.texts
        self._taken: Mapping[str, str] = {}

    async def run(self) -> None:
        while True:
            try:
                await self.take_up()
            except Unavailable:
                log.warning("choices.unknown")
            await asyncio.sleep(self._every_s)

    async def take_up(self) -> None:
        """Do now what was chosen by now."""
        chosen = await self._services.store.choices.choices()
        if chosen == self._taken:
            return
        rate = chosen.get(RATE, "")
        self._pace.rate_per_minute = int(rate) if rate.isascii() and rate.isdigit() and int(rate) else self._rate
        self._services.texts = self._texts.saying(texts_in(chosen))
        self._taken = chosen
        log.info("choices.taken_up", rate_per_minute=self._pace.rate_per_minute, choices=len(chosen))
