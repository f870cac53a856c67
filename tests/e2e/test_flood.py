"""Somebody writes far too much to the real service, and nobody else notices."""

import asyncio
import time
from pathlib import Path

from bot.sandbox.world import ALICE, BOB
from tests.e2e.asking import asking
from tests.e2e.connecting import open_rig

NOTICE = "That was a bit fast."
UNNOTICED_S = 0.5
"""Nineteen of twenty answers; a machine that is slow anyway may take five times what it takes in quiet."""


async def test_check_35_a_flood_gets_one_notice(tmp_path: Path) -> None:
    """60 personal questions at once: answers up to the limit, one notice, no crash; others wait no longer."""
    async with open_rig(tmp_path / "home") as rig, asking(rig, ALICE) as alice, asking(rig, BOB) as bob:
        await alice.ask("Hi")
        await bob.ask("Hi")

        async def pings(count: int) -> list[float]:
            """How long each answer took, shortest first."""
            took = []
            for number in range(count):
                began = time.perf_counter()
                assert (await alice.ask(f"/ping {number}")).text == f"pong {number}"
                took.append(time.perf_counter() - began)
            return sorted(took)

        quiet = await pings(10)
        async with asyncio.TaskGroup() as tasks:
            meanwhile = tasks.create_task(pings(20))
            flood = [tasks.create_task(bob.ask(f"/me {number}")) for number in range(60)]
        said = [each.data.decode() for each in rig.sandbox.history(BOB) if each.user_id == rig.sandbox.bot_id]

        assert len(flood) == 60
        assert sum(NOTICE in each for each in said) == 1
        assert 30 <= sum("Mixin ID: 40002" in each for each in said) <= 45
        assert meanwhile.result()[18] < max(UNNOTICED_S, 5 * quiet[-1])
        assert "handler.crashed" not in rig.log
