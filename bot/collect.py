"""Many small calls made into few: whoever asks while a call is under way shares the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
R = TypeVar("R")


class Collector(Generic[K, R]):
    """Turns `run(items) -> {key: result}` into a call for one item; at most one `run` is under way.

    `run` is given at most `limit` items. Its error reaches everybody who took part.
    """

    def __init__(
        self, run: Callable[[Sequence[K]], Awaitable[Mapping[str, R]]], key: Callable[[K], str], *, limit: int = 500
    ) -> None:
        self._run = run
        self._key = key
        self._limit = limit
        self._waiting: list[tuple[K, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, item: K) -> R:
        """The result for one item.

        Raises:
            KeyError: `run` gave no result for it.
        """
        return await self.soon(item)

    def soon(self, item: K) -> "asyncio.Future[R]":
        """Ask without waiting."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        return future

    async def idle(self) -> None:
        """Wait until everything that was asked is answered."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
                await self._serve(batch)
        finally:
            self._task = None

    async def _serve(self, batch: Sequence[tuple[K, "asyncio.Future[R]"]]) -> None:
        try:
            results = await self._run([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - handed on to everybody who asked
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for item, future in batch:
            if future.done():
                continue
            key = self._key(item)
            if key in results:
                future.set_result(results[key])
            else:
                future.set_exception(KeyError(key))
