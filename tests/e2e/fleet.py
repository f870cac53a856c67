"""Processes of the service that share bots over one PostgreSQL, towards a herd of hostile servers."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psycopg

from tests.e2e.herd import Herd, write_keystores
from tests.e2e.journal import verdict
from tests.e2e.service import Nursery, Service
from tests.e2e.wire import Wire


class Fleet:
    """Use `open_fleet`. `url` is the address of the database, as the processes are given it."""

    def __init__(self, herd: Herd, nursery: Nursery, folder: Path, url: str, **settings: str) -> None:
        self.herd = herd
        self.processes: list[Service] = []
        self.url = url
        self._nursery = nursery
        self._folder = folder
        self._settings = settings
        write_keystores(folder / "keystores", list(herd.wires))

    def new_process(self, *arguments: str, code: Path | None = None) -> Service:
        """One more, begun to start. The packages in `code` take the place of ours."""
        home = self._folder / f"process-{len(self.processes)}"
        home.mkdir()
        self.herd.bots[0].port = self.herd.port
        service = Service(
            self._nursery, self.herd.bots[0], home,
            **{
                "MIXBOT_DB_URL": self.url,
                "MIXBOT_KEYSTORES": str(self._folder / "keystores"),
                "MIXIN_KEYSTORE_PATH": "",
                "MIXBOT_FLEET": "true",
                "MIXIN_ACK_LINGER_MS": "400",
            } | self._settings,
        )  # fmt: skip
        (home / "keystore.json").unlink()
        for package in code.iterdir() if code is not None else ():
            (home / package.name).symlink_to(package)
        service.launch(*arguments, fresh=code is not None)  # its own directory comes first for a new interpreter
        self.processes.append(service)
        return service

    @property
    def alive(self) -> Sequence[Service]:
        return [service for service in self.processes if service.pid]

    def owners(self) -> dict[str, int]:
        """Which process has which bot, by the logs: the last that began with it and did not release it."""
        lines = sorted(
            (line["at"], number, line["event"], line["bot"])
            for number, service in enumerate(self.processes)
            for line in service.lines()
            if line["event"] in ("bot.started", "bot.stopped")
        )
        found: dict[str, int] = {}
        for _, number, event, bot_id in lines:
            if event == "bot.started":
                found[bot_id] = number
            elif found.get(bot_id) == number:
                del found[bot_id]
        return found

    async def report(self, service: Service) -> dict[str, Any]:
        """What a process says of itself."""
        found: dict[str, Any] = json.loads((await self.fetch(service, "/readyz"))[1])
        return found

    async def fetch(self, service: Service, path: str) -> tuple[int, str]:
        line = service.lines("web.listening")[-1]
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{line['port']}{path}") as answer:
            return answer.status, await answer.text()

    async def until_shared(self, least: int, most: int, within_s: float = 45.0) -> list[int]:
        """Wait until each live process runs so many bots, and all of them run; gives how many each has."""
        loads: list[int] = []
        async with asyncio.timeout(within_s):
            while True:
                try:
                    loads = [int((await self.report(service))["running"]) for service in self.alive]
                except (aiohttp.ClientError, IndexError, OSError):
                    loads = []
                if loads and sum(loads) == len(self.herd.bots) and least <= min(loads) <= max(loads) <= most:
                    return loads
                await asyncio.sleep(0.1)

    async def answered(self, wire: Wire, word: str, within_s: float = 45.0) -> float:
        """Ask one bot, and wait for the answer; gives the seconds that it took."""
        began = time.monotonic()
        await wire.say(self.herd.ping(wire, word))
        await wire.until_done(within_s)
        return time.monotonic() - began

    def wrong(self) -> list[str]:
        """What went wrong with any bot, by what people saw."""
        return [f"{wire.bot_id[-4:]}: {each}" for wire in self.herd.bots for each in verdict(wire.journal)]

    async def end_session_of(self, service: Service) -> None:
        """What PostgreSQL does with the locks of a process that has been silent for too long."""
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as admin:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE %s",
                [f"mixbot pid={service.pid} host=%"],
            )


@asynccontextmanager
async def open_fleet(
    herd: Herd, nursery: Nursery, folder: Path, url: str, *, processes: int = 3, **settings: str
) -> AsyncIterator[Fleet]:
    """So many processes, begun to start; all are gone after the block."""
    fleet = Fleet(herd, nursery, folder, url, **settings)
    try:
        for _ in range(processes):
            fleet.new_process()
        yield fleet
    finally:
        for service in fleet.processes:
            await service.clean_up()


def last_words(fleet: Fleet) -> str:
    return "\n".join(f"{service.home.name}: {service.last_words()}" for service in fleet.processes)
