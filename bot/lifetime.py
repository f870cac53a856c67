"""How long things live: until a signal, until their block ends, until one of them fails."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from bot.errors import SetupError
from bot.systemd import STOPPING, tell

E = TypeVar("E", bound=BaseException)


@contextmanager
def stopping_signals(stop: asyncio.Event) -> Iterator[None]:
    """The first SIGTERM or SIGINT sets the event; the next one ends the process at once."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)

    def first() -> None:
        stop.set()
        tell(STOPPING)
        for each in signals:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)

    for each in signals:
        loop.add_signal_handler(each, first)
    try:
        yield
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run something beside the block, and cancel it at the block's end; its failure ends the block."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work)
        try:
            yield
        finally:
            task.cancel()


@contextmanager
def one_error() -> Iterator[None]:
    """Of several errors at once, raise the one that says what to change."""
    try:
        yield
    except BaseExceptionGroup as group:
        found = find_error(group, SetupError)
        raise found or group from None


def find_error(group: BaseException, kind: type[E]) -> E | None:
    """The first error of a kind in a group, however deep; also if it is the error itself."""
    if isinstance(group, BaseExceptionGroup):
        return next((found for each in group.exceptions if (found := find_error(each, kind)) is not None), None)
    return group if isinstance(group, kind) else None
