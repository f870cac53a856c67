"""The web server of the service: bound to one address, strict about what it reads, and silent about itself."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot.oauth import Doorway
from bot.services import Services
from bot.web.console import add_console
from bot.web.health import Health
from bot.web.home import Home
from bot.web.metrics import Metrics, VitalsCollector
from bot.web.oauth import OAuthPages
from bot.web.port import cannot_listen
from bot.web.quiet import quiet

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_BODY_BYTES = 4096
HEADER_S = 5.0
"""How long a connection may take for the head of a request, and how long one is kept that asks for nothing more."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class WebOptions:
    """Port 0 takes any free one; an empty `metrics_token` leaves metrics to this machine. `public_url` is how browsers
    reach this, and `chat_url` leads them to the bot in the messenger.
    """

    host: str = "127.0.0.1"
    port: int = 7002
    stale_s: float = 30.0
    oldest_s: float = 60.0
    metrics: bool = True
    metrics_token: str = ""
    public_url: str = ""
    chat_url: str = ""


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


@asynccontextmanager
async def open_web(
    services: Services, observe: Callable[[], None], options: WebOptions, doorway: Doorway | None = None
) -> AsyncIterator[int]:
    """Serve one bot's pages until the block ends; gives the port.

    Raises:
        SetupError: MB301, the port is taken.
    """
    async with listening(pages_of(services, observe, options, doorway), options) as port:
        if services.entrance is not None:
            log.info("console.served", url=f"{options.public_url}/console/", hint="Open it with: mixbot console url")
        yield port


def pages_of(
    services: Services, observe: Callable[[], None], options: WebOptions, doorway: Doorway | None = None
) -> web.Application:
    """All pages of one bot. `observe` brings the vitals up to date before they are read; without a `doorway` there are
    no pages for OAuth, and without an entrance no console.
    """
    app = new_application()
    health = Health(services, stale_s=options.stale_s, oldest_s=options.oldest_s)
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", _after(observe, health.readyz))
    if options.metrics:
        metrics = Metrics(VitalsCollector(services), options.metrics_token)
        app.router.add_get("/metrics", _after(observe, metrics.metrics))
    add_pages(app, services, options, doorway)
    return app


def add_pages(app: web.Application, services: Services, options: WebOptions, doorway: Doorway | None) -> None:
    """What people open. Console and OAuth expect them at the one address that Mixin sends them back to."""
    app.router.add_get("/", Home(services, chat_url=options.chat_url).home)
    entrance = services.entrance
    login = add_console(app, services, entrance, chat_url=options.chat_url) if entrance is not None else None
    secure = options.public_url.startswith("https://")
    pages = OAuthPages(services, doorway, chat_url=options.chat_url, secure=secure) if doorway is not None else None

    async def callback(request: web.Request) -> web.Response:
        if login is not None and login.expects(request):
            return await login.returned(request)
        if pages is None:
            raise web.HTTPNotFound
        return await pages.callback(request)

    if pages is not None or login is not None:
        app.router.add_get("/oauth/callback", callback, allow_head=False)
    if pages is not None:
        app.router.add_get("/oauth/start", pages.start, allow_head=False)
        app.router.add_get("/oauth/{outcome}", pages.outcome, allow_head=False)


def new_application() -> web.Application:
    """Without pages, and as strict as all of them."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.on_response_prepare.append(_add_headers)
    return app


@asynccontextmanager
async def listening(app: web.Application, options: WebOptions) -> AsyncIterator[int]:
    """Serve an application until the block ends; gives the port.

    Raises:
        SetupError: MB301, the port is taken; MB303, there is no such address.
    """
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=2.0, keepalive_timeout=HEADER_S, logger=quiet
    )
    await runner.setup()
    site = web.TCPSite(runner, options.host, options.port)
    try:
        try:
            await site.start()
        except OSError as error:
            raise cannot_listen(options.host, options.port, error) from None
        port: int = runner.addresses[0][1]
        log.info("web.listening", host=options.host, port=port)
        yield port
    finally:
        await runner.cleanup()


def _after(observe: Callable[[], None], serve: Handler) -> Handler:
    async def served(request: web.Request) -> web.StreamResponse:
        observe()
        return await serve(request)

    return served
