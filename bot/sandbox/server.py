"""Opens a sandbox: its state, its sockets, its routes.

`/` is shared: a WebSocket upgrade is Blaze, a browser gets the page, anybody else the API's root.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web

from bot.sandbox import (
    api_assets,
    api_attachments,
    api_circles,
    api_conversations,
    api_encrypted,
    api_links,
    api_messages,
    api_network,
    api_oauth,
    api_users,
    authorize,
    blaze,
    control_answers,
    control_chat,
    control_codes,
    control_devices,
    control_directory,
    control_files,
    control_grants,
    control_inspect,
    control_nandbox,
    control_people,
    control_relations,
    control_wallet,
    control_world,
    device,
    webview,
)
from bot.sandbox.control import PREFIX, Ask, Control, mistake, serve_control
from bot.sandbox.endpoint import ANY, PUBLIC, Call, Endpoint
from bot.sandbox.envelope import ApiError
from bot.sandbox.guard import LOOPBACK_NAMES, check_bind, guarding
from bot.sandbox.nandbox import routes as nandbox_routes
from bot.sandbox.openapi import describe
from bot.sandbox.page import add_routes, chat_page, nandbox_page
from bot.sandbox.sandbox import Options, Sandbox, refuse_real, wall_clock
from bot.sandbox.serve import serve

MAX_BODY_BYTES = 16 * 1024 * 1024
SHUTDOWN_S = 1.0
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104
PUBLIC_PREFIXES = ("/network", "/external/", "/oauth/token", "/codes/")


async def root(call: Call) -> Any:
    """Old desktop clients use the API's root as a ping."""


async def unknown(call: Call) -> Any:
    raise ApiError(404)


async def openapi(ask: Ask) -> Any:
    return describe(ENDPOINTS, CONTROLS, nandbox_routes.ROUTES)


ROOT = Endpoint("GET", "/", root, ANY, "Nothing; tells whether the token is good")
ENDPOINTS = (
    ROOT,
    *api_users.ENDPOINTS,
    *api_conversations.ENDPOINTS,
    *api_messages.ENDPOINTS,
    *api_encrypted.ENDPOINTS,
    *api_assets.ENDPOINTS,
    *api_attachments.ENDPOINTS,
    *api_circles.ENDPOINTS,
    *api_links.ENDPOINTS,
    *api_network.ENDPOINTS,
    *api_oauth.ENDPOINTS,
)
CONTROLS = (
    *control_answers.CONTROLS,
    *control_chat.CONTROLS,
    *control_codes.CONTROLS,
    *control_devices.CONTROLS,
    *control_directory.CONTROLS,
    *control_grants.CONTROLS,
    *control_files.CONTROLS,
    *control_people.CONTROLS,
    *control_relations.CONTROLS,
    *control_wallet.CONTROLS,
    *control_world.CONTROLS,
    *control_inspect.CONTROLS,
    *control_nandbox.CONTROLS,
    Control("GET", "/openapi.json", openapi, "This description", open=True),
)


@asynccontextmanager
async def open_sandbox(
    *, path: Path | None = None, host: str = "127.0.0.1", port: int = 0, clock: Callable[[], float] = wall_clock,
    keystore: dict[str, Any] | None = None, trust_keystore: bool = False, allow_bind: bool = False,
    allow_hosts: tuple[str, ...] = (), options: Options | None = None, seed: bool = True,
    random_seed: int | None = None, token: str = "",
) -> AsyncIterator[Sandbox]:  # fmt: skip
    """Serve a sandbox until the block is left.

    `path`: where its state lies (SQLite), None: in memory. `clock`: Unix seconds. `keystore`: the bot's, instead of one
    of the sandbox's own making; `trust_keystore` takes any, for test vectors. `allow_hosts`: names besides the loopback
    ones under which it may be called. `seed` False: nobody but the bot lives there. `token`: of the control API,
    instead of a random one.

    Raises:
        SandboxRefused: MB106, MB302.
        OSError: The port is taken.
    """
    check_bind(host, allow_bind=allow_bind)
    if keystore is not None and not trust_keystore:
        refuse_real(keystore)
    sandbox = Sandbox(
        path, clock=clock, keystore=keystore, options=options or Options(), seed_world=seed, random_seed=random_seed
    )
    sandbox.token = token or sandbox.token
    sandbox.hosts = LOOPBACK_NAMES | {host} | {one.lower() for one in allow_hosts}
    runner = web.AppRunner(
        build_app(sandbox),
        access_log=None,
        handle_signals=False,
        shutdown_timeout=SHUTDOWN_S,
        handler_cancellation=True,
    )
    try:
        await runner.setup()
        site = web.TCPSite(runner, host, port, reuse_address=True)
        await site.start()
        name = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
        sandbox.url = sandbox.nandbox.url = f"http://{name}:{runner.addresses[0][1]}"
        sandbox.nandbox.resume()
        yield sandbox
    finally:
        sandbox.lines.cut_all()
        sandbox.nandbox.end()
        sandbox.events.end()
        await runner.cleanup()
        sandbox.close()


def build_app(sandbox: Sandbox) -> web.Application:
    """All routes; the table of endpoints and the table of controls are what OpenAPI tells."""
    middlewares = [guarding(sandbox.hosts), authorize.places(sandbox)]
    app = web.Application(middlewares=middlewares, client_max_size=MAX_BODY_BYTES)
    for control in CONTROLS:
        app.router.add_route(control.method, PREFIX + control.path, serve_control(sandbox, control))
    add_routes(app)
    authorize.add_routes(app, sandbox)
    webview.add_routes(app, sandbox)
    api_attachments.add_storage(app, sandbox)
    nandbox_routes.add_routes(app, sandbox.nandbox)
    api_root = serve(sandbox, ROOT)

    async def front(request: web.Request) -> web.StreamResponse:
        if request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
            if device.PROTOCOL in request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, ""):
                return await device.connect(sandbox, request)
            return await blaze.connect(sandbox, request)
        browser = "text/html" in request.headers.get(hdrs.ACCEPT, "") and hdrs.AUTHORIZATION not in request.headers
        return await (chat_page if browser and request.path == "/" else api_root)(request)

    app.router.add_get("/", front, allow_head=False)
    app.router.add_get("/nandbox/", nandbox_page, allow_head=False)
    app.router.add_get("/blaze", front, allow_head=False)
    for endpoint in ENDPOINTS[1:]:
        app.router.add_route(endpoint.method, endpoint.path, serve(sandbox, endpoint))
    app.router.add_route("*", PREFIX + "/{rest:.*}", _no_control)
    for prefix in PUBLIC_PREFIXES:
        public = Endpoint("*", prefix + "{rest:.*}", unknown, PUBLIC, "")
        app.router.add_route("*", public.path, serve(sandbox, public))
    app.router.add_route("*", "/{rest:.*}", serve(sandbox, Endpoint("*", "/{rest:.*}", unknown, ANY, "")))
    return app


async def _no_control(request: web.Request) -> web.StreamResponse:
    return mistake(404, f"there is no {request.method} {request.path}; see {PREFIX}/openapi.json")
