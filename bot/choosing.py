"""Takes up what was chosen, in whichever process: the rate of broadcasts, what the bot says, and maintenance."""

import asyncio
from collections.abc import Mapping

import structlog

from bot.choices import MAINTENANCE, RATE, texts_in
from bot.errors import Unavailable
from bot.pace import Pace
from bot.services import Services

log = structlog.get_logger()

EVERY_S = 3.0


class Choosing:
    """Looks every `every_s`, until cancelled. Where nothing is chosen the settings hold, as they are by then."""

    def __init__(self, services: Services, pace: Pace, *, every_s: float = EVERY_S) -> None:
        self._services = services
        self._pace = pace
        self._every_s = every_s
        self._rate = 0
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
        services = self._services
        chosen = await services.store.choices.choices()
        if chosen == self._taken and services.rate_per_minute == self._rate:
            return
        rate, self._rate = chosen.get(RATE, ""), services.rate_per_minute
        self._pace.rate_per_minute = int(rate) if rate.isascii() and rate.isdigit() and int(rate) else self._rate
        services.texts = self._texts.saying(texts_in(chosen))
        services.maintenance = chosen.get(MAINTENANCE) == "on"
        self._taken = chosen
        log.info("choices.taken_up", rate_per_minute=self._pace.rate_per_minute, choices=len(chosen))
