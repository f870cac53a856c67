import asyncio
import time

from structlog.testing import capture_logs

from bot.watchdog import watch_loop


async def test_F16_a_handler_that_blocks_the_loop_is_named() -> None:
    """A loop that stands still is logged once, with the line of code that holds it up."""
    with capture_logs() as logs:
        async with watch_loop(0.05):
            await asyncio.sleep(0.1)
            hold_everybody_up()
            await asyncio.sleep(0.1)

    (entry,) = [each for each in logs if each["event"] == "loop.blocked"]
    assert "hold_everybody_up" in entry["stack"]
    assert entry["blocked_ms"] >= 50


def hold_everybody_up() -> None:
    time.sleep(0.4)


async def test_a_loop_that_turns_is_left_alone() -> None:
    """Waiting is not blocking."""
    with capture_logs() as logs:
        async with watch_loop(0.5):
            await asyncio.sleep(0.6)

    assert logs == []
