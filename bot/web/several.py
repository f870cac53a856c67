"""The pages of a process that serves several bots: its own, and each bot's below `/b/<app id>`.

Any process of a fleet answers for any bot, whoever runs it: what the pages need is in the database. When bots come or
go, the pages are made anew behind the same address.
"""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from aiohttp import web
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.command import Services
from bot.errors import ServiceError, SetupError
from bot.oauth import Doorway
from bot.web.home import Home
from bot.web.metrics import Metrics, VitalsCollector
from bot.web.oauth import OAuthPages
from bot.web.port import port_taken
from bot.web.server import HEADER_S, WebOptions, new_application
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

    async def served(self, bot_id: str) -> Served:
        """What a bot's pages need, whether or not it runs here.

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
    "bots": "Bots that this process knows and may run",
    "running": "Bots that run here",
    "stopped": "Bots that are held here and cannot run as they are",
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
            app, access_log=None, handle_signals=False, shutdown_timeout=2.0, keepalive_timeout=HEADER_S
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
        if error.errno != errno.EADDRINUSE:
            raise SetupError(
                "MB303", f"Cannot listen on {options.host} port {options.port}: {error.strerror}. Set MIXBOT_HOST."
            ) from None
        raise port_taken(options.port, "set MIXBOT_PORT") from None
    with listener:
        listener.setblocking(False)
        door = Door(listener)
        log.info("web.listening", host=options.host, port=listener.getsockname()[1])
        try:
            yield door
        finally:
            await door.close()


def pages_of_several(
    here: Here, bots: Collection[str], main: str, options: WebOptions, chat_urls: Callable[[str], str]
) -> web.Application:
    """The pages of the process, those of each bot, and once more at the root those of the `main` one, if any."""
    app = new_application()

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(body=b'{"alive":true}', content_type=JSON)

    async def readyz(request: web.Request) -> web.Response:
        report = here.report()
        return web.Response(body=encode(report), content_type=JSON, status=200 if report["ready"] else 503)

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    if options.metrics:
        metrics = Metrics(here, options.metrics_token)
        metrics.add(VitalsCollector(None, here.running))
        app.router.add_get("/metrics", metrics.metrics)
    if main:
        _add_pages(app, _BotPages(partial(here.served, main), options, chat_urls(main)))
    for bot_id in bots:
        inner = web.Application()
        _add_pages(inner, _BotPages(partial(here.served, bot_id), options, chat_urls(bot_id)))
        app.add_subapp(f"/b/{bot_id}", inner)
    return app


def _add_pages(app: web.Application, pages: "_BotPages") -> None:
    app.router.add_get("/", pages.home)
    app.router.add_get("/oauth/start", pages.start, allow_head=False)
    app.router.add_get("/oauth/callback", pages.callback, allow_head=False)
    app.router.add_get("/oauth/{outcome}", pages.outcome, allow_head=False)


class _BotPages:
    """One bot's pages, made for each request: they cost little, and the bot may have moved meanwhile."""

    def __init__(self, find: Callable[[], Awaitable[Served]], options: WebOptions, chat_url: str) -> None:
        self._find = find
        self._options = options
        self._chat_url = chat_url

    async def home(self, request: web.Request) -> web.Response:
        return await Home((await self._found()).services, chat_url=self._chat_url).home(request)

    async def start(self, request: web.Request) -> web.Response:
        return await (await self._oauth()).start(request)

    async def callback(self, request: web.Request) -> web.Response:
        return await (await self._oauth()).callback(request)

    async def outcome(self, request: web.Request) -> web.Response:
        return await (await self._oauth()).outcome(request)

    async def _oauth(self) -> OAuthPages:
        served = await self._found()
        if served.doorway is None:
            raise web.HTTPNotFound
        secure = self._options.public_url.startswith("https://")
        return OAuthPages(served.services, served.doorway, chat_url=self._chat_url, secure=secure)

    async def _found(self) -> Served:
        try:
            return await self._find()
        except (SetupError, ServiceError) as error:
            log.warning("web.bot_unavailable", code=getattr(error, "code", ""), reason=str(error))
            raise web.HTTPServiceUnavailable from None
