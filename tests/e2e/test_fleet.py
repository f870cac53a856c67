"""Several processes share bots over PostgreSQL: real processes, real locks, and every answer once."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.fleet import Fleet, open_fleet
from tests.e2e.herd import Herd, open_herd
from tests.e2e.service import Nursery, Service
from tests.postgres import postgres_server, postgres_url, upgraded_url

__all__ = ["postgres_server", "postgres_url", "upgraded_url"]

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]

BOTS = 6
STUBBORN = '''
"""/ping: never lets go, and the service has less patience than usual."""

import asyncio

import structlog

import bot.fleet
from bot import Context, command

bot.fleet.STUCK_S = 0.5


@command("ping")
async def ping(ctx: Context) -> str:
    structlog.get_logger().info("held")
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass
'''


@pytest.fixture
async def herd() -> AsyncIterator[Herd]:
    async with open_herd(BOTS) as opened:
        yield opened


@pytest.fixture
async def fleet(herd: Herd, nursery: Nursery, tmp_path: Path, url: str) -> AsyncIterator[Fleet]:
    """Three processes that have spread six bots."""
    async with open_fleet(herd, nursery, tmp_path, url) as opened:
        await opened.until_shared(2, 2)
        yield opened


async def test_F42_bots_are_spread_and_survive_the_death_of_a_process(fleet: Fleet) -> None:
    """Each process has its part; those of a killed one answer from the others soon, each message once."""
    for wire in fleet.herd.bots:
        await fleet.answered(wire, "before")
    victim = fleet.processes[0]
    orphans = [bot_id for bot_id, number in fleet.owners().items() if number == 0]
    await victim.kill()
    began = time.monotonic()
    for bot_id in orphans:
        wire = fleet.herd.wires[bot_id]
        await wire.say(fleet.herd.ping(wire, "after"))
    for bot_id in orphans:
        await fleet.herd.wires[bot_id].until_done()
    took_s = time.monotonic() - began

    assert len(orphans) == 2
    assert took_s < 20
    assert await fleet.until_shared(3, 3) == [3, 3]
    assert fleet.wrong() == []


async def test_a_planned_move_loses_no_word(fleet: Fleet) -> None:
    """Somebody talks to every bot while a process ends and another comes: all is answered once and in order."""
    talking = True

    async def talk(wire_number: int) -> None:
        wire, word = fleet.herd.bots[wire_number], 0
        while talking:
            word += 1
            await fleet.answered(wire, f"{wire_number}.{word}")

    async with asyncio.TaskGroup() as tasks:
        for number in range(BOTS):
            tasks.create_task(talk(number))
        await fleet.processes[0].stop()
        await fleet.until_shared(3, 3)
        fleet.new_process()
        await fleet.until_shared(2, 2)
        talking = False

    assert fleet.wrong() == []
    assert sum(wire.journal.repeated for wire in fleet.herd.bots) == 0


async def test_F43_a_frozen_process_loses_its_bots_and_wakes_up_to_that(fleet: Fleet) -> None:
    """The server ends the session of who is silent, and others answer; waking up, it lets go and takes part again."""
    frozen = fleet.processes[1]
    orphans = [bot_id for bot_id, number in fleet.owners().items() if number == 1]
    frozen.signal(signal.SIGSTOP)
    await fleet.end_session_of(frozen)
    for bot_id in orphans:
        await fleet.answered(fleet.herd.wires[bot_id], "while frozen")
    frozen.signal(signal.SIGCONT)
    for wire in fleet.herd.bots:
        await fleet.answered(wire, "after")

    await fleet.until_shared(2, 2)
    assert frozen.lines("fleet.roles_lost")
    assert fleet.wrong() == []


async def test_F42_a_process_that_cannot_let_go_ends_itself(nursery: Nursery, tmp_path: Path, url: str) -> None:
    """A handler that swallows its cancellation costs its process, with exit code 7; another takes over and answers."""
    async with (
        open_herd(1) as herd,
        open_fleet(herd, nursery, tmp_path, url, processes=0, MIXBOT_DRAIN_S="0.5") as fleet,
    ):
        (wire,) = herd.bots
        package = tmp_path / "stubborn" / "handlers"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "ping.py").write_text(STUBBORN)
        stubborn = fleet.new_process(code=package.parent)
        await herd.until_listening(60.0)
        await wire.say(herd.ping(wire, "stuck"))
        heir = fleet.new_process()
        async with asyncio.timeout(60):
            while not stubborn.lines("held"):
                await asyncio.sleep(0.05)
        stubborn.signal(signal.SIGTERM)
        code = await stubborn.ended(within_s=60.0)
        await herd.until_done(60.0)
        await heir.stop()

        assert code == 7
        assert [line["exit_code"] for line in stubborn.lines("role.cannot_be_cancelled")] == [7]
        assert fleet.wrong() == []


async def test_processes_of_their_own_kind(herd: Herd, nursery: Nursery, tmp_path: Path, url: str) -> None:
    """`--roles` limits what a process runs; one with none answers for all bots in the browser, and runs nothing."""
    first, rest = herd.bots[0], herd.bots[1:]
    async with open_fleet(herd, nursery, tmp_path, url, processes=0) as fleet:
        special = fleet.new_process("--roles", f"bot:{first.bot_id}")
        pages = fleet.new_process("--roles", "none")
        await first.until_listening()
        assert not any(wire.lines for wire in rest)
        fleet.new_process("--roles", "bot:*")
        await herd.until_listening()
        await pages_ready(fleet, pages)
        owners = [await fleet.report(one) for one in (special, pages)]
        shown = await fleet.fetch(pages, f"/b/{first.bot_id}/")
        for one in fleet.processes:
            await one.stop()

    assert [found["running"] for found in owners] == [1, 0]
    assert shown[0] == 200
    assert fleet.wrong() == []


async def pages_ready(fleet: Fleet, service: Service) -> None:
    async with asyncio.timeout(30):
        while not (await fleet.report(service))["ready"]:
            await asyncio.sleep(0.05)
