"""Files over HTTP: put, got by bots with their token, and shown to anybody who knows a permanent address.

Source: nandbox.md 11.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from bot.sandbox.nandbox.files import UNKNOWN, File
from bot.sandbox.nandbox.nandbox import Nandbox
from bot.sandbox.nandbox.wire import encode

SHOWN = ("image/jpeg", "image/png", "image/gif", "image/webp")
JSON = "application/json"
HIDDEN = "…"
SECRET_HEADERS = ("x-token", "authorization", "cookie")
HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}

Handler = Callable[[Nandbox, web.Request], Awaitable[web.StreamResponse]]


async def upload(nandbox: Nandbox, request: web.Request) -> web.StreamResponse:
    """The body as it is; answers the id of the file."""
    if not _is_let_in(nandbox, request):
        return web.Response(status=401)
    content = bytearray()
    async for chunk in request.content.iter_any():
        content += chunk
        if len(content) > nandbox.settings.max_file_bytes:
            raise web.HTTPRequestEntityTooLarge(nandbox.settings.max_file_bytes, len(content))
    kind = request.content_type if hdrs.CONTENT_TYPE in request.headers else ""
    file = nandbox.files.add(request.match_info["name"], bytes(content), kind)
    return web.Response(text=encode({"file": file.file_id}), content_type=JSON)


async def download(nandbox: Nandbox, request: web.Request) -> web.StreamResponse:
    if not _is_let_in(nandbox, request):
        return web.Response(status=401)
    file = nandbox.files.get(request.match_info["file"])
    return web.Response(status=404) if file is None else _content(file)


async def permanent(nandbox: Nandbox, request: web.Request) -> web.StreamResponse:
    """Without a token; only pictures are shown in a browser."""
    file = nandbox.files.get(request.match_info["file"])
    return web.Response(status=404) if file is None else _content(file)


def in_weather(nandbox: Nandbox, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler: the same with the faults in force, as Mixin's endpoints have them."""

    async def handle(request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        response = await _weather(nandbox, request) or await handler(nandbox, request)
        if not nandbox.faults.calm:
            response = _spoiled(nandbox, request, response)
        answer = response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b""
        nandbox.inspector.http(
            method=request.method, path=request.path, claims=None, request_id="", body=b"", status=response.status,
            response=answer if response.content_type == JSON else b"",
            elapsed_ms=(time.perf_counter() - started) * 1000,
            headers={name: HIDDEN if name.lower() in SECRET_HEADERS else one for name, one in request.headers.items()},
            response_headers=dict(response.headers),
        )  # fmt: skip
        return response

    return handle


async def _weather(nandbox: Nandbox, request: web.Request) -> web.Response | None:
    faults, path = nandbox.faults, request.path
    if faults.calm:
        return None
    if delay := faults.fires("delay", path):
        await asyncio.sleep(delay.value)
    if html := faults.fires("html", path):
        return web.Response(status=int(html.value), text="<html>proxy</html>", content_type="text/html")
    if faults.fires("unauthorized", path):
        return web.Response(status=401)
    return web.Response(status=500) if faults.fires("internal", path) else None


def _spoiled(nandbox: Nandbox, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    if nandbox.faults.fires("truncated", request.path) and isinstance(response, web.Response):
        body = response.body if isinstance(response.body, bytes) else b""
        response = web.Response(body=body[: len(body) // 2], content_type=response.content_type)
    if nandbox.faults.fires("lose_answer", request.path) and request.transport is not None:
        request.transport.abort()
    return response


def _is_let_in(nandbox: Nandbox, request: web.Request) -> bool:
    """`X-TOKEN`, or the `Authorization: Bearer` of 2020."""
    token = request.headers.get("X-TOKEN") or request.headers.get(hdrs.AUTHORIZATION, "").removeprefix("Bearer ")
    return nandbox.accounts.by_token(token) is not None


def _content(file: File) -> web.Response:
    kind = file.content_type.partition(";")[0].strip().lower()
    shown = kind in SHOWN
    disposition = {} if shown else {hdrs.CONTENT_DISPOSITION: "attachment"}
    return web.Response(body=file.content, content_type=kind if shown else UNKNOWN, headers=HEADERS | disposition)
