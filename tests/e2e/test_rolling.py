"""Two versions side by side on one database: the tables are upgraded while the older one runs, then it is replaced."""

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e.fleet import Fleet, open_fleet
from tests.e2e.herd import open_herd
from tests.e2e.service import ROOT, Nursery, Service
from tests.postgres import postgres_server, postgres_url, upgraded_url

__all__ = ["postgres_server", "postgres_url", "upgraded_url"]

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240)]

NEXT = '''
"""Add what the next version needs: a column, a table, an index."""

import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{before}"


def upgrade() -> None:
    op.add_column("people", sa.Column("nickname", sa.String, nullable=False, server_default=""))
    op.create_index("people_nickname", "people", ["bot_id", "nickname"])
    op.create_table("nicknames", sa.Column("bot_id", sa.String, primary_key=True), sa.Column("name", sa.String))
'''


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """The same program with one step more, which adds and takes nothing away."""
    for package in ("bot", "config", "handlers"):
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", "*.toml", "sandbox")
        shutil.copytree(ROOT / package, tmp_path / "next" / package, ignore=ignored)
    versions = tmp_path / "next" / "bot" / "store" / "migrations" / "versions"
    before = max(path.name[:4] for path in versions.glob("[0-9]*.py"))
    (versions / "9000_nicknames.py").write_text(NEXT.format(before=before))
    return tmp_path / "next"


async def test_F44_two_versions_side_by_side(nursery: Nursery, tmp_path: Path, url: str, next_version: Path) -> None:
    """People talk all the while: each message has one answer, in order, whichever version gives it."""
    async with open_herd(2) as herd, open_fleet(herd, nursery, tmp_path, url, processes=2) as fleet:
        old = list(fleet.processes)
        await fleet.until_shared(1, 1, 60.0)
        talking = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for number in range(len(herd.bots)):
                tasks.create_task(talk(fleet, number, talking))
            await upgraded(next_version, fleet)
            await old[0].stop()
            first = fleet.new_process(code=next_version)
            await fleet.until_shared(1, 1, 60.0)
            await old[1].stop()
            second = fleet.new_process(code=next_version)
            await fleet.until_shared(1, 1, 60.0)
            talking.set()
        back = fleet.new_process()
        code = await back.ended(within_s=60.0)
        for service in (first, second):
            await service.stop()

        assert fleet.wrong() == []
        assert all(wire.journal.count("acked") for wire in herd.bots)
        assert all(schemas(service) == [] for service in (first, second))
        assert code == 3
        assert "MB202" in back.last_words()


async def talk(fleet: Fleet, number: int, end: asyncio.Event) -> None:
    wire, word = fleet.herd.bots[number], 0
    while not end.is_set():
        word += 1
        await fleet.answered(wire, f"{number}.{word}", 60.0)


async def upgraded(version: Path, fleet: Fleet) -> None:
    """`mixbot db upgrade` of that version, while the others run."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "db", "upgrade", "--yes", cwd=version,
        env={**fleet.processes[0].environ, "MIXBOT_DB_URL": fleet.url, "PYTHONPATH": ""},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


def schemas(service: Service) -> list[str]:
    """What a process had to say about its tables."""
    return [line["event"] for line in service.lines() if line["event"].startswith("store.")]
