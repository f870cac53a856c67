"""One endpoint of the API: what it is called, who may call it, what it does; and the call of it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.auth import Caller
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import is_id
from bot.sandbox.people import Person
from bot.sandbox.sandbox import Sandbox

APP_ONLY = "app"
PUBLIC = ""
ANY = "any"
MAX_OFFSET = 2**62


@dataclass(slots=True)
class Call:
    """One request, its token verified; `caller` is None on public endpoints."""

    sandbox: Sandbox
    request: web.Request
    body: bytes
    caller: Caller | None

    @property
    def who(self) -> Person:
        """The person or bot whose token it is."""
        found = self.sandbox.people.get(self.caller.user_id) if self.caller is not None else None
        if found is None:
            raise ApiError(401, why="the token's owner is gone")
        return found

    def part(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    def query(self, name: str) -> str:
        return self.request.query.get(name, "")

    def whole(self, name: str, default: int, highest: int) -> int:
        """A whole number from the query.

        Raises:
            ApiError: 10002.
        """
        text = self.query(name)
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or not int(text[:20]) <= highest:
            raise bad_field(name, f"not a whole number up to {highest}")
        return int(text)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ApiError: 400; also for half of a surrogate pair, which no UTF-8 can say.
        """
        try:
            value = json.loads(self.body)
            if b"\\u" in self.body:
                json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise ApiError(400, why="the body is not JSON") from None
        return value

    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object.

        Raises:
            ApiError: 400, 10002.
        """
        value = self.json() if self.body else {}
        if not isinstance(value, dict):
            raise bad_field("", "the body must be an object")
        return value

    def ids(self) -> list[str]:
        """The body as an array of UUIDs.

        Raises:
            ApiError: 400, 10002.
        """
        value = self.json()
        if not isinstance(value, list) or not all(is_id(one) for one in value):
            raise bad_field("", "the body must be an array of UUIDs in lower case")
        return value


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`scope`: PUBLIC, APP_ONLY, ANY (some good token), or the scope that a person's token needs.

    A bot's own token may call all of them. `legacy`: the documentation of it is gone, and perhaps it is, too.
    """

    method: str
    path: str
    handler: Handler
    scope: str
    summary: str
    query: tuple[str, ...] = ()
    body: dict[str, Any] | None = field(default=None)
    legacy: bool = False
