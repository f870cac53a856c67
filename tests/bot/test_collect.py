import asyncio
from collections.abc import Mapping, Sequence

import pytest

from bot.collect import Collector


async def test_calls_share_a_run() -> None:
    """Whoever asks while a run is under way shares the next one."""
    runs: list[list[str]] = []
    free = asyncio.Event()

    async def run(items: Sequence[str]) -> Mapping[str, int]:
        runs.append(list(items))
        await free.wait()
        return {item: len(item) for item in items}

    collect: Collector[str, int] = Collector(run, str, limit=3)
    tasks = [asyncio.create_task(collect(item)) for item in ("a", "bb", "ccc", "dddd", "eeeee")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    free.set()

    assert await asyncio.gather(*tasks) == [1, 2, 3, 4, 5]
    assert runs == [["a", "bb", "ccc"], ["dddd", "eeeee"]]
    assert collect._task is None


async def test_an_error_reaches_everybody_and_ends_with_them() -> None:
    """A failed run fails those who took part; the next call runs again."""
    failures = [RuntimeError("once")]

    async def run(items: Sequence[str]) -> Mapping[str, None]:
        if failures:
            raise failures.pop()
        return dict.fromkeys(items)

    collect: Collector[str, None] = Collector(run, str)
    results = await asyncio.gather(collect("a"), collect("b"), return_exceptions=True)

    assert [type(result) for result in results] == [RuntimeError, RuntimeError]
    await collect("c")
    assert failures == []


async def test_no_result_is_an_error() -> None:
    """An item that the run did not answer is a KeyError for whoever asked."""

    async def run(items: Sequence[str]) -> Mapping[str, None]:
        return {}

    with pytest.raises(KeyError):
        await Collector(run, str)("a")
