import asyncio
import os
import signal
import sys

import pytest

from bot.errors import AccessRefused, SetupError
from bot.lifetime import beside, one_error, stopping_signals


async def test_the_first_signal_asks_and_the_second_ends() -> None:
    """SIGTERM sets the event once; then the signals have their usual, deadly meaning again."""
    stop = asyncio.Event()
    before = signal.getsignal(signal.SIGTERM)
    with stopping_signals(stop):
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(30):
            await stop.wait()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    signal.signal(signal.SIGTERM, before)


async def test_what_runs_beside_ends_with_its_block() -> None:
    """The work is cancelled when the block ends, and waited for."""
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with beside(work()):
        await asyncio.sleep(0)

    assert ended.is_set()


async def test_a_failure_beside_ends_the_block() -> None:
    """One dead stage ends everything, and its error comes out."""

    async def fail() -> None:
        raise AccessRefused("MB110", "Mixin answered 401.")

    with pytest.raises(SetupError, match="MB110"), one_error():
        async with beside(fail()), asyncio.timeout(30):
            await asyncio.Event().wait()


def test_other_errors_are_not_hidden() -> None:
    """A group without a word for people stays what it is; so does a time-out that nobody announced."""
    with pytest.raises(ExceptionGroup), one_error():
        raise ExceptionGroup("two", [ValueError(), KeyError()])
    with pytest.raises(TimeoutError), one_error():
        raise TimeoutError
    assert sys.exc_info() == (None, None, None)
