"""Run something beside a block of code, and let neither outlive the other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def beside(*companions: Coroutine[Any, Any, None], stop: Callable[[], None]) -> AsyncIterator[None]:
    """Run `companions` while the block runs; at its end, `stop()` is called and they are waited for.

    A companion that fails cancels the block. An error of the block passes as it is, not in an exception group.
    """
    failure: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        for companion in companions:
            tasks.create_task(companion, name=companion.__qualname__)
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised again below, outside the group
            failure = error
        finally:
            stop()
    if failure is not None:
        raise failure
