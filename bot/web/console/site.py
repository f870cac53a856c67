"""Who comes in: every request to the console passes here before its page is asked.

The host has to be ours, whatever changes something has to come from a page of ours and bring its token, and the role
is looked up anew each time. A browser sends the session's cookie only where the way began on this site; whoever follows
a link from elsewhere is led on by a page of ours once, and then it does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot.entrance import Entered, Entrance
from bot.errors import NotKept
from bot.services import Services
from bot.users import Role
from bot.web.console.files import load_files
from bot.web.console.looks import looks_of
from bot.web.console.options import ConsoleOptions
from bot.web.console.templates import texts
from bot.web.console.visit import MAX_FORM_BYTES, Frame, Visit, Visitor, answer, csrf_of, same
from bot.web.cookies import cookie_name

log = structlog.get_logger()

Page = Callable[[Visit], Awaitable[web.StreamResponse]]
Bare = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_TOKEN = 128


class Site:
    """The console as an application of its own, to be put below `/console`."""

    def __init__(self, entrance: Entrance, frame: Frame) -> None:
        self.entrance = entrance
        self.frame = frame
        self.app = web.Application(middlewares=[self._guard])
        self._cookie = cookie_name("console", frame.services.platform.bot_id, secure=frame.options.secure)

    # Adding pages

    def page(self, path: str, page: Page, role: Role = Role.VIEWER) -> None:
        """Something to look at, for this role and those above."""
        self.app.router.add_get(path, self._inside(page, role), allow_head=False)

    def action(self, path: str, page: Page, role: Role = Role.OPERATOR) -> None:
        """Something that a form does, for this role and those above; it is answered by `visit.see`."""
        self.app.router.add_post(path, self._inside(page, role))

    def open(self, method: str, path: str, serve: Bare) -> None:
        """What everybody may see."""
        self.app.router.add_route(method, path, serve)

    def _inside(self, page: Page, role: Role) -> Bare:
        async def served(request: web.Request) -> web.StreamResponse:
            visit = await self.visit(request)
            if visit is None:
                return self._outside(request)
            async with visit.files():
                if request.method == "POST":
                    token = (await visit.form()).get("csrf", "")
                    if not isinstance(token, str) or not same(token, csrf_of(visit.token)):
                        return self.trouble(request, "form", 403)
                if not visit.visitor.may(role):
                    log.warning("console.forbidden", role=visit.visitor.role, path=_route(request))
                    return self.trouble(request, "role", 403, visit.visitor)
                return await page(visit)

        return served

    # Knowing people

    async def visit(self, request: web.Request) -> Visit | None:
        """Who asks, if they are logged in and still have a role."""
        token = request.cookies.get(self._cookie, "")
        session = await self.entrance.session(token) if 0 < len(token) <= MAX_TOKEN else None
        if session is None:
            return None
        store = self.frame.services.store
        role = (await store.admins()).get(session.user_id, Role.NONE)
        if role is Role.NONE:
            return None
        person = await store.person(session.user_id)
        name = person.name if person is not None and person.name else session.user_id[:8]
        return Visit(request, Visitor(session.user_id, name, role), looks_of(request, texts()), self.frame, token)

    def let_in(self, response: web.Response, entered: Entered) -> None:
        """Give a browser its cookie."""
        response.set_cookie(
            self._cookie, entered.token, max_age=self.frame.options.lifetime_s, path="/",
            secure=self.frame.options.secure, httponly=True, samesite="Strict",
        )  # fmt: skip

    def let_out(self, response: web.Response) -> None:
        response.del_cookie(self._cookie, path="/", secure=self.frame.options.secure, httponly=True, samesite="Strict")

    def bare(
        self, request: web.Request, template: str, status: int = 200, forms: str = "", **values: object
    ) -> web.Response:
        """A page for somebody who is not logged in."""
        return answer(template, self.frame, looks_of(request, texts()), values, status=status, forms=forms)

    def trouble(self, request: web.Request, what: str, status: int, visitor: Visitor | None = None) -> web.Response:
        """Why it was not done: `trouble.WHAT` in the catalog."""
        response = self.bare(request, "trouble.html", status, what=what, visitor=visitor)
        response.headers["Cache-Control"] = "no-store"
        return response

    def to(self, path: str) -> web.Response:
        return web.Response(status=303, headers={"Location": self.frame.options.base + path})

    def _outside(self, request: web.Request) -> web.Response:
        if request.method == "GET" and request.headers.get("Sec-Fetch-Site", "") in ("cross-site", "same-site"):
            return self.bare(request, "bounce.html", to=self.frame.options.base + request.path.partition("/console")[2])
        return self.to("/login")

    # Guarding

    @web.middleware
    async def _guard(self, request: web.Request, handler: Bare) -> web.StreamResponse:
        port = request.transport.get_extra_info("sockname")[1] if request.transport is not None else 0
        if not self.frame.options.serves(request.host, port):
            return self.trouble(request, "host", 421)
        if request.method not in ("GET", "HEAD") and not _from_here(request, self.frame.options):
            log.warning("console.foreign_form", path=_route(request))
            return self.trouble(request, "origin", 403)
        request = request.clone(client_max_size=MAX_FORM_BYTES) if request.method == "POST" else request
        try:
            return await handler(request)
        except NotKept:
            return self.trouble(request, "database", 503)
        except web.HTTPNotFound:
            return self.trouble(request, "nothing", 404, await self._visitor(request))
        except web.HTTPRequestEntityTooLarge:
            return self.trouble(request, "too_large", 413)
        except ValueError:
            if request.method == "POST":
                log.warning("console.unreadable_form", path=_route(request), exc_info=True)
                return self.trouble(request, "form", 400)
            raise

    async def _visitor(self, request: web.Request) -> Visitor | None:
        with suppress(NotKept):
            visit = await self.visit(request)
            return visit.visitor if visit is not None else None
        return None


def _from_here(request: web.Request, options: ConsoleOptions) -> bool:
    """Whether a page of the same origin sent it, as the browser says it; one that says nothing is not believed."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site") == "same-origin"
    parts, public = urlsplit(origin), urlsplit(options.public_url)
    same_host = parts.scheme in ("http", "https") and parts.netloc.lower() == request.host.lower()
    return same_host or (parts.scheme, parts.netloc.lower()) == (public.scheme, public.netloc.lower())


def _route(request: web.Request) -> str:
    """The pattern of the address, which has no secret and nobody's id in it."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


def open_site(entrance: Entrance, options: ConsoleOptions, services: Services) -> Site:
    """A console without pages."""
    files = load_files()
    closing = asyncio.Event()
    site = Site(entrance, Frame(options, services, f"{options.base}/static/{files.digest}", closing))

    async def close(_: web.Application) -> None:
        closing.set()

    site.app.on_shutdown.append(close)
    site.open("GET", "/static/{digest}/{name}", files.serve)
    return site
