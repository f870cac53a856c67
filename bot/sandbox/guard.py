"""Keeps other web pages out: DNS rebinding is answered 421, a foreign Origin 403.

Source: guarantees.md T20 and T31. The bot's own requests carry no Origin; a browser always sends one with a POST and
with a WebSocket upgrade.
"""

import ipaddress

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox.errors import SandboxRefused

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def check_bind(host: str, *, allow_bind: bool) -> None:
    """Whether this address may be listened on.

    Raises:
        SandboxRefused: MB302: it can be reached from outside, and nobody said that this is meant.
    """
    if allow_bind or is_loopback(host):
        return
    raise SandboxRefused(
        "MB302",
        f"The sandbox would be reachable from other machines on {host}. Bind it to 127.0.0.1, "
        "or say --allow-bind if this is a container.",
    )


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_name(value: str) -> str:
    """The name in a Host header or an authority, without port and brackets, in lower case."""
    if value.startswith("["):
        return value[1:].partition("]")[0].lower()
    return value.partition(":")[0].lower()


def guarding(hosts: frozenset[str]) -> Middleware:
    """A middleware that lets in only requests for `hosts`, and only pages of the very origin they were sent to."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get(hdrs.HOST, "")
        if host_name(host) not in hosts:
            return web.json_response({"error": {"code": 421, "description": "This is not that host."}}, status=421)
        upgrade = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
        if (upgrade or request.method not in SAFE_METHODS) and not same_origin(request, host):
            return web.json_response({"error": {"code": 403, "description": "Not from that origin."}}, status=403)
        return await handler(request)

    return guard


def same_origin(request: web.Request, host: str) -> bool:
    """Whether no browser sent this, or a page of this very origin did."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None:
        return origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
