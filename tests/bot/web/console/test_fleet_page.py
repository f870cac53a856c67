"""The page of a fleet: where this bot runs, why it moved, and nothing of other bots."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.registry import Move, ProcessRecord, What
from bot.store import open_store
from tests.bot.web.console.conftest import OLIVIA, Console, LogIn
from tests.fakes import BOT_ID

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


async def test_who_runs_the_bot_and_why_it_moved(console: Console, log_in: LogIn, tmp_path: Path) -> None:
    """A bot of several has a page with its processes and its own moves; hostile names of hosts are inert."""
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as database:
        console.bot.services.registry = registry = database.registry
        await registry.keep_process(ProcessRecord(7, "pid 7 on <b>web-1</b>", "1.2.3", "bot:*", NOON))
        await registry.note([
            Move(BOT_ID, NOON, What.TAKEN, "spread", "pid 7 on <b>web-1</b>"),
            Move("another", NOON, What.STOPPED, "MB110", "pid 8 on web-2"),
        ])  # fmt: skip
        async with log_in(OLIVIA) as client:
            status, page = await client.get("/console/fleet")

    assert status == 200
    assert "taken (spread)" in page
    assert "1.2.3 · bot:*" in page
    assert "<b>web-1" not in page
    assert "MB110" not in page


async def test_one_bot_alone_has_no_such_page(console: Console, log_in: LogIn) -> None:
    """Where nothing is shared there is nothing to see."""
    async with log_in(OLIVIA) as client:
        status, _ = await client.get("/console/fleet")
        overview = (await client.get("/console/"))[1]

    assert status == 404
    assert "/console/fleet" not in overview
