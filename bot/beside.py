"""Run something beside a block of code, and let neither outlive the other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def beside(*companions: Coroutine[Any, Any, None], stop: Callable[[], None]) -> AsyncIterator[None]:
    """Run `companions` while the block runs; at its end, `stop()` is called and they are waited for.

    A companion that fails cancels the block. Errors pass as they are: out of a group that holds just one of them.
    """
    failure: Exception | None = None
    try:
        async with asyncio.TaskGroup() as tasks:
            for companion in companions:
                tasks.create_task(companion)
            try:
                yield
            except Exception as error:  # noqa: BLE001 - raised again below, outside the group
                failure = error
            finally:
                stop()
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        failure = failure or _only(group)
    if failure is not None:
        raise failure


def _only(group: BaseExceptionGroup[BaseException]) -> Exception:
    error = group.exceptions[0]
    return error if isinstance(error, Exception) else RuntimeError(f"a companion ended with {type(error).__name__}")
