"""The database is away for long: nothing is acknowledged that was not committed, nothing piles up, all is answered.

`MIXBOT_AWAY=3600` is the long form: so many attempts to reach it, one for each second of an hour.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.e2e.fleet import open_fleet
from tests.e2e.herd import open_herd
from tests.e2e.service import ROOT, Nursery, Service
from tests.e2e.views import Said, conversation_of_two, person
from tests.postgres import postgres_server, postgres_url, upgraded_url

__all__ = ["postgres_server", "postgres_url", "upgraded_url"]

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240)]

ATTEMPTS = int(os.environ.get("MIXBOT_AWAY", "60"))
PEOPLE = 200
MOST_MIB = 24.0
HURRIED = '''
"""No command: the service waits less between two attempts than usual, so that hours pass in seconds."""

import bot.fleet

bot.fleet.AGAIN_S = 0.02
'''


class Way:
    """The way to the database: open, or shut, or one on which nothing comes back."""

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self._target = host, port
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._ways: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._open.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def be_silent(self) -> None:
        """Take connections, and whatever is said, and answer nothing."""
        self._open.clear()

    async def shut(self) -> None:
        """End every connection, and take none."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._ways):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._ways |= {writer, back}
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass(reader, back))
                tasks.create_task(self._pass(there, writer))
        finally:
            for each in (writer, back):
                self._ways.discard(each)
                each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def open_way(host: str, port: int) -> AsyncIterator[Way]:
    way = Way(host, port)
    await way.open()
    try:
        yield way
    finally:
        await way.open()
        await way.shut()


async def test_F35_hours_without_a_database(nursery: Nursery, tmp_path: Path, url: str) -> None:
    """First it answers nothing, then nobody is there; people go on talking, and each gets one answer in the end."""
    real = make_url(url)
    code = tmp_path / "code"
    (code / "handlers").mkdir(parents=True)
    for file in (ROOT / "handlers").glob("*.py"):
        (code / "handlers" / file.name).symlink_to(file)
    (code / "handlers" / "hurry.py").write_text(HURRIED)
    async with open_way(str(real.host), real.port or 5432) as way, open_herd(1) as herd:
        through = real.set(host="127.0.0.1", port=way.port).render_as_string(hide_password=False)
        async with open_fleet(herd, nursery, tmp_path, through, processes=0, MIXBOT_DRAIN_S="0.5") as fleet:
            (wire,) = herd.bots
            service = fleet.new_process(code=code)
            await herd.until_listening(60.0)
            await fleet.answered(wire, "before", 60.0)

            way.be_silent()
            people = [(person(number), conversation_of_two(wire.bot_id, person(number))) for number in range(5)]
            writes = [Said("/notify off", "No more news from me", *where) for where in people]
            await wire.say(*writes)
            async with asyncio.timeout(60):
                while not service.lines("fleet.roles_lost"):
                    await asyncio.sleep(0.1)
            early = [said.id in wire.journal.acked for said in writes]
            await way.shut()
            async with asyncio.timeout(180):
                await until_tried(service, 10)
                before = service.memory()
                await wire.say(*[herd.ping(wire, f"meanwhile {number}", person(number)) for number in range(PEOPLE)])
                await until_tried(service, ATTEMPTS)
            after, report = service.memory(), await fleet.report(service)
            early += [said.id in wire.journal.acked for said in writes]
            await way.open()
            await herd.until_done(60.0)
            await service.stop()

            wrong = fleet.wrong()

    assert wrong == []
    assert early == [False] * 10
    assert report["ready"] is False
    assert "the database" in " ".join(report["reasons"])
    assert after - before < MOST_MIB


async def until_tried(service: Service, attempts: int) -> None:
    """Wait until it has looked for its database so often."""
    while len(service.lines("fleet.roles_lost")) < attempts:
        assert service.pid
        await asyncio.sleep(0.1)
