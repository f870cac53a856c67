"""How many messages arrived in each of the last minutes, for the overview of the console."""

import asyncio

from bot.vitals import Vitals

MINUTE_S = 60.0


async def count_minutes(vitals: Vitals, *, minute_s: float = MINUTE_S) -> None:
    """Until cancelled."""
    while True:
        before = vitals.received
        await asyncio.sleep(minute_s)
        vitals.minutes.append(vitals.received - before)
