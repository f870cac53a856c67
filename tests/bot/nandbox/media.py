"""nandbox's files on a real socket: as the vectors have them, and as wrong as they are told to be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.nandbox.account import Account
from tests.bot.nandbox.server import TOKEN


@dataclass
class Media:
    """`files` by id; `reply` is what is answered instead, if set."""

    files: dict[str, bytes] = field(default_factory=dict)
    reply: web.Response | None = None
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def account(self) -> Account:
        files = f"http://127.0.0.1:{self.port}/nandbox"
        return Account(TOKEN, "ws://127.0.0.1:9/", "0", f"{files}/upload/", f"{files}/download/")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.title(): value for name, value in request.headers.items()}
        self.requests.append((request.method, request.raw_path, headers, body))
        name = request.match_info["name"]
        if self.reply is not None:
            return self.reply
        if request.headers.get("X-TOKEN") != TOKEN:
            return web.Response(status=401)
        if request.method == "PUT":
            self.files[f"f00d-{name}"] = body
            return web.json_response({"file": f"f00d-{name}"})
        found = self.files.get(name)
        return web.Response(status=404) if found is None else web.Response(body=found)


@asynccontextmanager
async def open_media(**facts: Any) -> AsyncIterator[Media]:
    """Serve until the block ends."""
    media = Media(**facts)
    app = web.Application(client_max_size=100 * 1024 * 1024)
    app.router.add_route("*", "/nandbox/{way:upload|download}/{name}", media.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        media.port = runner.addresses[0][1]
        yield media
    finally:
        await runner.cleanup()
