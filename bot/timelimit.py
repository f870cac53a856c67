"""Ends tasks that run too long, for two dictionary operations a run where `asyncio.timeout` costs a timer."""

import asyncio

SWEEPS = 20
"""A run is ended at most a twentieth of its limit late."""


class TimeLimit:
    """Between `begin` and `end` the current task is cancelled once it has taken longer than `limit_s`."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._began: dict[asyncio.Task[None], float] = {}
        self._over: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Start the clock for the current task."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        self._began[task] = loop.time()

    def end(self) -> bool:
        """Stop the clock; whether the limit was reached, and the cancellation is ours to swallow."""
        task = asyncio.current_task()
        assert task is not None
        if self._began.pop(task, None) is None and task in self._over:
            self._over.discard(task)
            return task.uncancel() == 0
        return False

    async def watch(self) -> None:
        """Look at the clocks until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._limit_s / SWEEPS)
            latest = loop.time() - self._limit_s
            for task in [task for task, began_at in self._began.items() if began_at <= latest]:
                del self._began[task]
                self._over.add(task)
                task.cancel()
