"""The pages of a process that serves several bots: its own, and each bot's below `/b/<app id>`.

Any process of a fleet answers for any bot, whoever runs it: what the pages need is in the database. When bots come or
go, the pages are made anew behind the same address.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.errors import ServiceError, SetupError
from bot.oauth import Doorway
from bot.services import Services
from bot.web.metrics import Metrics, VitalsCollector
from bot.web.port import cannot_listen
from bot.web.quiet import quiet
from bot.web.server import HEADER_S, WebOptions, add_pages, new_application
from bot.wire import encode

log = structlog.get_logger()

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Served:
    """One bot as its pages see it, wherever it runs."""

    services: Services
    doorway: Doorway | None


class Here(Collector):
    """What this process knows of itself; see `bot.fleet.Fleet`."""

    def report(self) -> Mapping[str, Any]:
        """Facts with `ready` and the reasons why not."""
        raise NotImplementedError

    def running(self) -> Mapping[str, Services]:
        """The bots that run here, by id, with vitals brought up to date."""
        raise NotImplementedError

    async def open(self, bot_id: str) -> None:
        """Make the pages of a bot that does not run here.

        Raises:
            SetupError: It cannot be served as it is.
            NotKept: The database does not answer.
        """
        raise NotImplementedError

    def collect(self) -> list[Metric]:
        """Its numbers for `/metrics`."""
        return [
            GaugeMetricFamily(f"mixbot_fleet_{name}", meaning, value=float(self.report()[name]))
            for name, meaning in FLEET.items()
        ]


FLEET = {
    "bots": "bots that this process knows and may run",
    "running": "bots that run here",
    "stopped": "bots that are held here and cannot run as they are",
}


class Door:
    """One address, behind which the pages can change."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._runner: web.AppRunner | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def show(self, app: web.Application) -> None:
        """Serve these pages from now on; what has begun is finished with the former ones."""
        runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=2.0, keepalive_timeout=HEADER_S, logger=quiet
        )
        await runner.setup()
        await web.SockSite(runner, self._listener.dup()).start()
        former, self._runner = self._runner, runner
        if former is not None:
            ending = asyncio.create_task(former.cleanup())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._ending:
            await asyncio.wait(self._ending)


@asynccontextmanager
async def open_door(options: WebOptions) -> AsyncIterator[Door]:
    """Listen until the block ends.

    Raises:
        SetupError: MB301, the port is taken; MB303, there is no such address.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listener = socket.create_server(found[0][4][:2], family=found[0][0], backlog=128)
    except OSError as error:
        raise cannot_listen(options.host, options.port, error) from None
    with listener:
        listener.setblocking(False)
        door = Door(listener)
        log.info("web.listening", host=options.host, port=listener.getsockname()[1])
        try:
            yield door
        finally:
            await door.close()


def pages_of_several(
    here: Here, served: Mapping[str, Served], known: Collection[str], main: str, options: Callable[[str], WebOptions]
) -> web.Application:
    """The pages of the process; of each bot in `served`; and those of the `main` one, if any, once more at the root.

    Of another bot that is `known` they are made when somebody asks for one of them.
    """
    app = new_application()
    own = options("")

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(body=b'{"alive":true}', content_type=JSON)

    async def readyz(request: web.Request) -> web.Response:
        report = here.report()
        return web.Response(body=encode(report), content_type=JSON, status=200 if report["ready"] else 503)

    async def made(request: web.Request) -> web.Response:
        bot_id = request.match_info["bot"]
        if bot_id not in known or bot_id in served:
            raise web.HTTPNotFound
        try:
            await here.open(bot_id)
        except (SetupError, ServiceError) as error:
            log.warning("web.bot_unavailable", bot_id=bot_id, code=error.code, reason=str(error))
            raise web.HTTPServiceUnavailable from None
        return web.Response(status=307, headers={"Location": str(request.rel_url), "Connection": "close"})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    if own.metrics:
        metrics = Metrics(here, own.metrics_token)
        metrics.add(VitalsCollector(None, here.running))
        app.router.add_get("/metrics", metrics.metrics)
    for bot_id, one in served.items():
        if bot_id == main:
            add_pages(app, one.services, options(bot_id), one.doorway)
        else:
            inner = web.Application()
            add_pages(inner, one.services, options(bot_id), one.doorway)
            app.add_subapp(f"/b/{bot_id}", inner)
    app.router.add_get("/b/{bot}/{rest:.*}", made, allow_head=False)
    return app
