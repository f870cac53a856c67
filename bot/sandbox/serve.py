"""How a request to the API runs: read it, let the weather at it, check its token, do it, answer as Mixin does."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.auth import Asked, Caller, authenticate, claims_of
from bot.sandbox.endpoint import ANY, APP_ONLY, PUBLIC, Call, Endpoint
from bot.sandbox.envelope import ApiError, refusal, success
from bot.sandbox.faults import Fault
from bot.sandbox.ids import new_id
from bot.sandbox.inspector import hidden
from bot.sandbox.sandbox import EMPTY, FORBIDDEN, WORKS, Sandbox
from bot.sandbox.tokens import integrity_token

log = logging.getLogger(__name__)

REQUEST_ID = "X-Request-Id"
SERVER_TIME = "X-Server-Time"
INTEGRITY = "X-Integrity-Token"


def serve(sandbox: Sandbox, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of an endpoint."""

    async def handle(request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        asked = Asked(
            request.method, request.raw_path, await request.read(), request.headers.get("Authorization", ""),
            request.headers.get(REQUEST_ID, ""),
        )  # fmt: skip
        response = await weather(sandbox, request.path)
        if response is None:
            response = await _do(sandbox, endpoint, request, asked)
        response = _spoil(sandbox, request, response)
        if asked.request_id and REQUEST_ID not in response.headers:
            response.headers[REQUEST_ID] = asked.request_id
        response.headers[SERVER_TIME] = str(sandbox.clock.nanoseconds())
        _log(sandbox, request, asked, response, (time.perf_counter() - started) * 1000)
        return response

    return handle


async def _do(sandbox: Sandbox, endpoint: Endpoint, request: web.Request, asked: Asked) -> web.Response:
    caller = None
    try:
        caller = identify(sandbox, endpoint, asked)
        check_scope(endpoint, caller)
        response = success(await _answer(endpoint, Call(sandbox, request, asked.body, caller)))
    except ApiError as error:
        if error.code == 401:
            log.info("sandbox.unauthorized path=%s why=%s", request.path, error)
            sandbox.inspector.note(f"401 for {asked.method} {request.path}: {error}")
        response = refusal(error, status=sandbox.options.error_status)
    if caller is not None and caller.grant is not None and caller.grant.server_seed:
        body = response.body if isinstance(response.body, bytes) else b""
        if sandbox.faults.fires("wrong_integrity", request.path):
            body += b" "
        response.headers[INTEGRITY] = integrity_token(
            caller.grant.server_seed, method=asked.method, target=asked.target, body=body,
            request_id=asked.request_id, now_s=int(sandbox.clock.seconds()),
        )  # fmt: skip
    return response


async def _answer(endpoint: Endpoint, call: Call) -> Any:
    """What an endpoint of the older API answers depends on what has become of it.

    Source: mixin.md 0.2: 404, 403 or an empty list are to be expected of all of them.
    """
    state = call.sandbox.options.legacy if endpoint.legacy else WORKS
    if state == EMPTY and "{" not in endpoint.path:
        return []
    if state != WORKS:
        raise ApiError(403 if state == FORBIDDEN else 404, why="the older API is gone")
    return await endpoint.handler(call)


def identify(sandbox: Sandbox, endpoint: Endpoint, asked: Asked) -> Caller | None:
    """Whose token it is; None on public endpoints, whatever comes with the request there.

    Raises:
        ApiError: 401.
    """
    if endpoint.scope == PUBLIC:
        return None
    caller = authenticate(sandbox, asked, now_s=sandbox.clock.seconds(), used=sandbox.used_ids)
    if caller.grant is not None:
        sandbox.grants.touch(caller.grant, sandbox.clock.text())
    return caller


def check_scope(endpoint: Endpoint, caller: Caller | None) -> None:
    """Whether this caller may call this endpoint.

    Raises:
        ApiError: 403.
    """
    if caller is None:
        return
    if endpoint.scope == APP_ONLY and caller.scopes is not None:
        raise ApiError(403, why="only for a bot's own token")
    if endpoint.scope not in (ANY, APP_ONLY) and not caller.may(endpoint.scope):
        raise ApiError(403, why=f"the scope {endpoint.scope} was not granted")


async def weather(sandbox: Sandbox, path: str) -> web.Response | None:
    """What the faults in force answer before anybody does what was asked."""
    faults = sandbox.faults
    sandbox.settle_clock()
    if delay := faults.fires("delay", path):
        await asyncio.sleep(delay.value)
    if html := faults.fires("html", path):
        return proxy_page(int(html.value))
    if faults.fires("unauthorized", path):
        return refusal(ApiError(401))
    if limited := faults.fires("rate_limited", path):
        return refusal(ApiError(429, retry_after_s=retry_after(limited)))
    if faults.fires("internal", path):
        return refusal(ApiError(500))
    if faults.fires("blaze_error", path):
        return refusal(ApiError(7000))
    if error := faults.fires("error", path):
        return refusal(ApiError(int(error.value)), status=202)
    return None


def _spoil(sandbox: Sandbox, request: web.Request, response: web.Response) -> web.Response:
    """What the faults in force do to a finished answer."""
    faults = sandbox.faults
    if faults.fires("truncated", request.path):
        body = bytes(response.body) if isinstance(response.body, bytes) else b""
        response = web.Response(body=body[: len(body) // 2], content_type="application/json")
    if faults.fires("wrong_request_id", request.path):
        response.headers[REQUEST_ID] = new_id()
    if faults.fires("lose_answer", request.path) and request.transport is not None:
        request.transport.abort()
    return response


def proxy_page(status: int) -> web.Response:
    text = f"<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>"
    return web.Response(status=status, text=text, content_type="text/html")


def retry_after(fault: Fault) -> int | None:
    return int(fault.value) or None


def _log(sandbox: Sandbox, request: web.Request, asked: Asked, response: web.Response, elapsed_ms: float) -> None:
    answer = response.body if isinstance(response.body, bytes) else b""
    secret = asked.target.startswith("/oauth/")
    sandbox.inspector.http(
        method=asked.method, path=asked.target, claims=claims_of(asked.authorization), request_id=asked.request_id,
        body=hidden(asked.body) if secret else asked.body, status=response.status, elapsed_ms=elapsed_ms,
        response=hidden(answer) if secret else answer,
        headers=dict(request.headers), response_headers=dict(response.headers),
    )  # fmt: skip
