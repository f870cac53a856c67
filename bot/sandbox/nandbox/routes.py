"""Where nandbox's addresses lead."""

from aiohttp import hdrs, web

from bot.sandbox.nandbox import connection
from bot.sandbox.nandbox.nandbox import API_PATH, Nandbox

ROUTES = (
    ("GET", API_PATH, "nandbox: the WebSocket of its Bot API"),
    ("GET", API_PATH.rstrip("/"), "The same, for those who forget the slash"),
)


def add_routes(app: web.Application, nandbox: Nandbox) -> None:
    """All of them, in the order above."""

    async def api(request: web.Request) -> web.StreamResponse:
        if request.headers.get(hdrs.UPGRADE, "").lower() != "websocket":
            raise web.HTTPUpgradeRequired
        return await connection.connect(nandbox, request)

    for (method, path, _), handler in zip(ROUTES, (api, api), strict=True):
        app.router.add_route(method, path, handler)
