"""One request to the console, by somebody who is logged in: what a page is given, and how it answers."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiDictProxy

from bot.ledger import AuditEntry
from bot.records import Store
from bot.services import Services
from bot.steering import Steering
from bot.users import Role
from bot.web.console.looks import Looks
from bot.web.console.options import ConsoleOptions
from bot.web.console.templates import HEADERS, POLICY, render, texts

POWER = {role: power for power, role in enumerate(Role)}
MAX_FORM_BYTES = 3 * 1024 * 1024
"""A list of 20,000 people in a field, and the same as a file."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a role. `name` is what they call themselves, as far as it is known."""

    user_id: str
    name: str
    role: Role

    def may(self, role: Role | str) -> bool:
        """Whether they may do what this role may."""
        return POWER[self.role] >= POWER[Role(role)]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page."""

    options: ConsoleOptions
    services: Services
    files: str
    """The path of the console's own files."""
    closing: asyncio.Event
    """Set when the service ends: whoever keeps a page open is let go."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `token` is what the browser's cookie bears."""

    request: web.Request
    visitor: Visitor
    looks: Looks
    frame: Frame
    token: str = field(repr=False)

    @property
    def services(self) -> Services:
        return self.frame.services

    @property
    def store(self) -> Store:
        return self.frame.services.store

    @property
    def language(self) -> str:
        return self.looks.language

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def steering(self) -> Steering:
        """What the visitor may do with broadcasts."""
        return Steering(self.store.ledger, self.visitor.user_id, self.now, self.services.limits)

    @property
    def csrf(self) -> str:
        """What a form has to bring beside the cookie; it says nothing about the cookie."""
        return csrf_of(self.token)

    def text(self, key: str, /, **values: object) -> str:
        return texts().get(self.language, key, **values)

    def query(self, name: str, most: int = 200) -> str:
        """A parameter of the address, without what it has around it; empty where there is none."""
        return self.request.query.get(name, "").strip()[:most]

    async def form(self) -> "MultiDictProxy[str | bytes | bytearray | web.FileField]":
        """What was filled in; checked before the page is asked."""
        return await self.request.post()

    @asynccontextmanager
    async def files(self) -> AsyncIterator[None]:
        """Files that came with the form are closed at the end of the block, whoever read them."""
        try:
            yield
        finally:
            if self.request.method == "POST":
                for value in (await self.form()).values():
                    if isinstance(value, web.FileField):
                        value.file.close()

    async def field(self, name: str, most: int = 200) -> str:
        """One text that was filled in."""
        value = (await self.form()).get(name, "")
        return value.strip()[:most] if isinstance(value, str) else ""

    async def note(self, action: str, subject: str = "", detail: str = "") -> None:
        """Write down that the visitor did it."""
        await self.store.ledger.note(AuditEntry(self.now, self.visitor.user_id, action, subject, detail))

    def page(self, template: str, *, status: int = 200, **values: object) -> web.Response:
        """A template as an answer. `done` in the address names what was just done, and `wrong` why it was not; both
        are said above the page.
        """
        around = {
            "visitor": self.visitor,
            "csrf": self.csrf,
            "done": self._said("done"),
            "wrong": self._said("wrong"),
            "here": self.request.path.partition("/console")[2] or "/",
        }
        return answer(template, self.frame, self.looks, around | values, status=status)

    def _said(self, name: str) -> str | None:
        value = self.request.query.get(name, "")
        return texts().find(self.language, f"{name}.{value}") if 0 < len(value) < 64 else None

    def see(self, path: str, **query: object) -> web.Response:
        """Go on with a page of the console; `path` begins with a slash, `done=` or `wrong=` names what became of it."""
        given = {name: str(value) for name, value in query.items() if value not in ("", None)}
        address = f"{self.frame.options.base}{path}" + (f"?{urlencode(given)}" if given else "")
        return web.Response(status=303, headers={"Location": address})


def answer(
    template: str,
    frame: Frame,
    looks: Looks,
    values: Mapping[str, object],
    *,
    status: int = 200,
    forms: str = "",
) -> web.Response:
    """A page in its frame; `forms` is where its forms may lead beside to the console itself."""
    services = frame.services
    around: dict[str, object] = {
        "base": frame.options.base,
        "files": frame.files,
        "bot_name": services.name or "mixbot",
        "bot_number": services.number,
        "connected": services.platform.connected,
        "shared": services.registry is not None,
        "language": looks.language,
        "theme": looks.theme,
        "visitor": None,
        "csrf": "",
        "done": None,
        "wrong": None,
        "here": "/",
    }
    text = render(template, looks.language, around | dict(values))
    headers = HEADERS | {
        "Content-Security-Policy": POLICY.format(forms=f" {forms}" if forms else ""),
        "Content-Language": looks.language,
    }
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def csrf_of(token: str) -> str:
    return hashlib.sha256(f"form of {token}".encode()).hexdigest()[:32]


def same(one: str, other: str) -> bool:
    """In a time that does not tell how much of them is the same."""
    return hmac.compare_digest(one.encode(), other.encode())
