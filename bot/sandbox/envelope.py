"""Answers as Mixin gives them: `{"data": …}` or `{"error": …}`, both mostly with HTTP 200.

Source: mixin.md 1.3, 1.5 and 13.3.
"""

import json
from typing import Any

from aiohttp import web

SERVER_CODES = frozenset({500, 7000, 7001, 10001})
DESCRIPTIONS = {
    400: "The request body can't be parsed.",
    401: "Unauthorized, maybe invalid token.",
    403: "Forbidden",
    404: "The endpoint is not found.",
    429: "Too many requests.",
    500: "Internal Server Error",
    7000: "Blaze server error.",
    7001: "The blaze operation timeout.",
    10002: "The request data has invalid field.",
    10006: "Please update Mixin Messenger to continue using the service.",
    20116: "The group chat is full.",
    20117: "Insufficient balance.",
    20120: "The amount is too small.",
    20121: "The authorization code is expired.",
    20125: "The trace was paid already.",
    20132: "The favorite apps have reached their limit.",
    20133: "The conversation is in too many circles.",
    20140: "Conversation members checksum invalid error.",
}

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class ApiError(Exception):
    """A refusal with one of Mixin's codes; `extra` is shown to the client, `why` only to the sandbox's log."""

    def __init__(self, code: int, *, extra: Any = None, why: str = "", retry_after_s: int | None = None) -> None:
        super().__init__(why or f"{code} {extra or ''}")
        self.code = code
        self.extra = extra
        self.retry_after_s = retry_after_s

    def body(self) -> dict[str, Any]:
        status = 500 if self.code in SERVER_CODES else 202
        error = {"status": status, "code": self.code, "description": DESCRIPTIONS.get(self.code, f"Error {self.code}.")}
        return error if self.extra is None else error | {"extra": self.extra}


def bad_field(field: str, reason: str) -> ApiError:
    return ApiError(10002, extra={"field": field, "reason": reason})


def dumps(value: Any) -> bytes:
    return _encode(value).encode()


def success(data: Any) -> web.Response:
    """`None` becomes the empty object with which Mixin says that there is nothing to say."""
    return web.Response(body=dumps({} if data is None else {"data": data}), content_type="application/json")


def refusal(error: ApiError, *, status: int = 200) -> web.Response:
    """`status` is the HTTP status of a business error; codes of a broken server always go with 500."""
    response = web.Response(
        body=dumps({"error": error.body()}),
        status=500 if error.code in SERVER_CODES else status,
        content_type="application/json",
    )
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response
