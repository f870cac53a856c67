"""Trying the database until it answers: what is not kept is not acknowledged, so waiting is the right thing to do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.errors import Unavailable
from bot.vitals import Vitals

log = structlog.get_logger()

T = TypeVar("T")

RETRY_S = 0.2
RETRY_CAP_S = 10.0


async def until_kept(call: Callable[[], Awaitable[T]], vitals: Vitals, event: str) -> T:
    """Call the store until it does not raise Unavailable."""
    delay = RETRY_S
    while True:
        try:
            return await call()
        except Unavailable as error:
            vitals.database_retried += 1
            log.error(event, error=str(error), delay_s=delay)
        await asyncio.sleep(delay)
        delay = min(RETRY_CAP_S, delay * 2)
