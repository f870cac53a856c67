"""A block and its companions end together, and errors come out as they are."""

import asyncio

import pytest

from bot.beside import beside
from bot.errors import AccessRefused


async def test_companion_ends_with_the_block() -> None:
    """At the end of the block the companion is told to stop, and waited for."""
    stop, steps = asyncio.Event(), []

    async def companion() -> None:
        await stop.wait()
        steps.append("companion")

    async with beside(companion(), stop=stop.set):
        steps.append("block")
    assert steps == ["block", "companion"]


async def test_error_of_the_block_is_not_wrapped() -> None:
    """An error of the block reaches the caller as it is, after the companion ended."""
    stop = asyncio.Event()

    async def companion() -> None:
        await stop.wait()

    with pytest.raises(AccessRefused):
        async with beside(companion(), stop=stop.set):
            raise AccessRefused("MB110", "no")
    assert stop.is_set()


async def test_error_of_the_companion_ends_the_block() -> None:
    """A companion that fails cancels the block, and its error comes out as it is."""

    async def companion() -> None:
        raise AccessRefused("MB110", "no")

    steps = []

    async def block() -> None:
        async with beside(companion(), stop=lambda: steps.append("stop")):
            await asyncio.Event().wait()

    with pytest.raises(AccessRefused):
        await block()
    assert steps == ["stop"]


async def test_two_errors_stay_a_group() -> None:
    """Errors of two companions at once are both told."""
    both = asyncio.Barrier(2)

    async def companion() -> None:
        await both.wait()
        raise ValueError("one of two")

    with pytest.raises(ExceptionGroup) as caught:
        async with beside(companion(), companion(), stop=lambda: None):
            await asyncio.Event().wait()
    assert len(caught.value.exceptions) == 2
