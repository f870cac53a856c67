"""Ends tasks that run too long, by looking at their clocks now and then: `asyncio.timeout` would cost a timer a run."""

import asyncio
import time

SWEEPS = 20
"""A run is ended at most a twentieth of its limit late."""


class Clock:
    """The time that one task has been at its present work; belongs to the task that makes it."""

    __slots__ = ("_over", "_task", "began_at")

    def __init__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._over = False
        self.began_at = 0.0
        """Monotonic seconds; 0 while there is nothing to be limited."""

    def stop(self) -> bool:
        """The work is done, or failed; whether the limit ended it, so that the cancellation is ours to swallow."""
        self.began_at = 0.0
        if not self._over:
            return False
        self._over = False
        return self._task.uncancel() == 0

    def end(self) -> None:
        """Cancel the task: its work takes too long."""
        self.began_at = 0.0
        self._over = True
        self._task.cancel()


class TimeLimit:
    """Ends work whose clock shows more than `limit_s`."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._clocks: list[Clock] = []

    def clock(self) -> Clock:
        """A clock for the current task, watched for as long as `watch` runs."""
        clock = Clock()
        self._clocks.append(clock)
        return clock

    async def watch(self) -> None:
        """Look at the clocks until cancelled."""
        while True:
            await asyncio.sleep(self._limit_s / SWEEPS)
            latest = time.monotonic() - self._limit_s
            for clock in self._clocks:
                if 0.0 < clock.began_at <= latest:
                    clock.end()
