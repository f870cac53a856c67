"""Where nandbox's addresses lead."""

from aiohttp import hdrs, web

from bot.sandbox.nandbox import connection
from bot.sandbox.nandbox.http import download, in_weather, permanent, upload
from bot.sandbox.nandbox.nandbox import Nandbox
from bot.sandbox.nandbox.state import API_PATH, DOWNLOAD_PATH, PERMANENT_PATH, UPLOAD_PATH

ROUTES = (
    ("GET", API_PATH, "nandbox: the WebSocket of its Bot API"),
    ("GET", API_PATH.rstrip("/"), "The same, for those who forget the slash"),
    ("PUT", UPLOAD_PATH + "{name}", "nandbox: hand in a file; X-TOKEN is the bot's token"),
    ("GET", DOWNLOAD_PATH + "{file}", "nandbox: a file by its id; X-TOKEN is the bot's token"),
    ("GET", PERMANENT_PATH + "{file}", "nandbox: a file at its permanent address, for anybody"),
)


def add_routes(app: web.Application, nandbox: Nandbox) -> None:
    """All of them, in the order above."""

    async def api(request: web.Request) -> web.StreamResponse:
        if request.headers.get(hdrs.UPGRADE, "").lower() != "websocket":
            raise web.HTTPUpgradeRequired
        return await connection.connect(nandbox, request)

    handlers = (api, api, *(in_weather(nandbox, one) for one in (upload, download, permanent)))
    for (method, path, _), handler in zip(ROUTES, handlers, strict=True):
        app.router.add_route(method, path, handler)
