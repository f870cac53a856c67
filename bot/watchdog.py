"""Notices when the event loop stands still, and says in which line of code: a handler that computes or sleeps."""

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

log = structlog.get_logger()


@asynccontextmanager
async def watch_loop(limit_s: float = 0.25) -> AsyncIterator[None]:
    """While the block runs, log the stack of the loop's thread each time that it stands still for `limit_s`."""
    loop = asyncio.get_running_loop()
    beat = time.monotonic()
    timer: asyncio.TimerHandle | None = None
    thread_id = threading.get_ident()
    done = threading.Event()

    def tick() -> None:
        nonlocal beat, timer
        beat = time.monotonic()
        timer = loop.call_later(limit_s / 2, tick)

    def watch() -> None:
        told = 0.0
        while not done.wait(limit_s / 2):
            if time.monotonic() - beat > limit_s and beat != told:
                told = beat
                frame = sys._current_frames().get(thread_id)
                stack = traceback.format_stack(frame, limit=8) if frame is not None else []
                log.warning("loop.blocked", blocked_ms=round((time.monotonic() - beat) * 1e3), stack="".join(stack))

    tick()
    thread = threading.Thread(target=watch, name="watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()
        done.set()
        thread.join()
