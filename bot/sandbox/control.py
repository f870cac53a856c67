"""The control API's plumbing: a table of routes, how each is read and answered.

Answers are plain JSON; a mistake is `{"error": {"code", "description"}}` with an HTTP status of 400, 401, 403, 404 or
409. Every call carries the token of this run: whoever was given the address may drive the sandbox, nobody else on the
machine. Source: guarantees.md T20.
"""

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import hdrs, web

from bot.sandbox.envelope import ApiError, dumps
from bot.sandbox.sandbox import Sandbox

PREFIX = "/_sandbox"
RUN_HEADER = "X-Sandbox-Token"
WEBSOCKET_PROTOCOL = "sandbox"
RUN_PROTOCOL = "token."
"""A page cannot set headers of a WebSocket: there the token is one of the subprotocols that it offers."""


class ControlError(Exception):
    """What was asked of the control API makes no sense."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


@dataclass(slots=True)
class Ask:
    """One request to the control API; `fields` is the JSON object in its body, empty without one."""

    sandbox: Sandbox
    request: web.Request
    fields: dict[str, Any] = field(default_factory=dict)

    def part(self, name: str) -> str:
        return self.request.match_info[name]

    def query(self, name: str) -> str:
        return self.request.query.get(name, "")

    def whole(self, name: str, default: int, highest: int) -> int:
        text = self.query(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit()):
            raise ControlError(400, f"{name} is {text!r}, expected a whole number")
        return min(int(text[:18]), highest)

    def text(self, name: str, default: str | None = None) -> str:
        """A text from the body."""
        value = self.fields.get(name, default)
        if not isinstance(value, str):
            raise ControlError(400, f"{name} is missing, expected a text")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self.fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ControlError(400, f"{name} is missing, expected a number")
        return value

    def names(self, name: str) -> list[str]:
        value = self.fields.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ControlError(400, f"{name} is not a list of texts")
        return value


ControlHandler = Callable[[Ask], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Control:
    """One route below `/_sandbox`; `body` names its members with what each is, optional ones with a `?`.

    `open`: it tells nothing that is anybody's own, and needs no token.
    """

    method: str
    path: str
    handler: ControlHandler
    summary: str
    query: tuple[str, ...] = ()
    body: dict[str, str] = field(default_factory=dict)
    open: bool = False


def serve_control(sandbox: Sandbox, control: Control) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of a route."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if not control.open and not holds_token(request, sandbox.token):
            return mistake(401, NO_TOKEN)
        try:
            result = await control.handler(Ask(sandbox, request, await _fields(request)))
        except ControlError as error:
            return mistake(error.status, str(error))
        except KeyError as error:
            return mistake(404, str(error.args[0]))
        except ValueError as error:
            return mistake(400, str(error))
        except ApiError as error:
            status = 403 if error.code == 403 else 400
            return mistake(status, str(error) if error.extra is None else f"{error.extra}", code=error.code)
        if isinstance(result, web.StreamResponse):
            return result
        return web.Response(body=dumps(result), content_type="application/json", headers={"Cache-Control": "no-store"})

    return handle


NO_TOKEN = (
    f"The control API wants the token of this run in {RUN_HEADER}. Open the address that the sandbox's terminal "
    "shows; programs find the token in .sandbox/running.json."
)


def holds_token(request: web.Request, token: str) -> bool:
    """Whether a request carries the token of this run, in its header or among its subprotocols."""
    offered = [one.strip() for one in request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "").split(",")]
    held = [one.removeprefix(RUN_PROTOCOL) for one in offered if one.startswith(RUN_PROTOCOL)]
    held.append(request.headers.get(RUN_HEADER, ""))
    return any(secrets.compare_digest(one.encode(), token.encode()) for one in held)


def mistake(status: int, description: str, *, code: int = 0) -> web.Response:
    return web.json_response({"error": {"code": code or status, "description": description}}, status=status)


async def _fields(request: web.Request) -> dict[str, Any]:
    body = await request.read()
    if not body:
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise ControlError(400, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise ControlError(400, "the body is not a JSON object")
    return value
