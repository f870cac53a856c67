"""Coming in and going out: by a link that works once, or by what Mixin says.

A link is used up by a form, never by opening it: whoever looks at addresses before people do must not log in.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode

from aiohttp import web

from bot.entrance import Entered
from bot.ledger import AuditEntry
from bot.oauth import Gate
from bot.users import Role
from bot.web.console.looks import LANGUAGE, THEME, THEMES, choose
from bot.web.console.site import MAX_TOKEN, Site
from bot.web.console.templates import texts
from bot.web.console.visit import Visit
from bot.web.cookies import cookie_name

STATE = "console."
"""How the state of a login begins, so that the one address that Mixin sends browsers back to can tell it."""
MAX_CODE = 512
COOKIE_S = 600


class LoginPages:
    """`gate` is who asks Mixin, where that is possible."""

    def __init__(self, site: Site, gate: Gate | None) -> None:
        self._site = site
        self._gate = gate
        self._secure = site.frame.options.secure
        self._cookie = cookie_name("console-oauth", site.frame.services.platform.bot_id, secure=self._secure)

    async def login(self, request: web.Request) -> web.Response:
        """The ways in; with a link, the door itself."""
        token = _only(request.query.getall("t", []), MAX_TOKEN)
        visit = await self._site.visit(request)
        if not token:
            return self._page(request, visit)
        found = await self._site.entrance.whose(token)
        if found is not None and self._site.entrance.works(found) and found.user_id:
            person = await self._site.frame.services.store.person(found.user_id)
            name = person.name if person is not None and person.name else found.user_id[:8]
            return self._site.bare(request, "door.html", token=token, name=name)
        used_at = found.used_at if found is not None else None
        return self._page(request, visit, 410, stale="used" if used_at else "old", used_at=used_at)

    async def enter(self, request: web.Request) -> web.Response:
        """Use a link up."""
        token = str((await request.post()).get("t", ""))[:MAX_TOKEN]
        entered = await self._site.entrance.enter(token)
        if not isinstance(entered, Entered):
            used_at = entered.used_at if entered is not None else None
            visit = await self._site.visit(request)
            return self._page(request, visit, 410, stale="used" if used_at else "old", used_at=used_at)
        return await self._welcome(entered, "link")

    async def leave(self, visit: Visit) -> web.Response:
        await self._site.entrance.leave(visit.token)
        await visit.note("console.logout")
        response = visit.see("/login", done="logout")
        self._site.let_out(response)
        return response

    async def leave_everywhere(self, visit: Visit) -> web.Response:
        await visit.store.logins.end_sessions(visit.visitor.user_id)
        await visit.note("console.logout_everywhere")
        response = visit.see("/login", done="logout")
        self._site.let_out(response)
        return response

    async def look(self, request: web.Request) -> web.Response:
        """Choose a language or colours, and go back to where that was."""
        form = await request.post()
        back = str(form.get("back", "/"))
        response = self._site.to(back if back.startswith("/") and back.isascii() and back.isprintable() else "/")
        language, theme = str(form.get("language", "")), str(form.get("theme", ""))
        if language in texts().languages:
            choose(response, LANGUAGE, language, secure=self._secure)
        if theme in THEMES:
            choose(response, THEME, theme, secure=self._secure)
        return response

    # With Mixin

    async def depart(self, request: web.Request) -> web.Response:
        """Have Mixin ask who it is."""
        if self._gate is None:
            raise web.HTTPNotFound
        browser, state = secrets.token_urlsafe(32), STATE + secrets.token_urlsafe(32)
        await self._site.entrance.depart(f"{state} {browser}")
        response = web.Response(status=303, headers={"Location": self._gate.address(state, _verifier(browser))})
        response.set_cookie(
            self._cookie, browser, max_age=COOKIE_S, path="/", secure=self._secure, httponly=True, samesite="Lax"
        )
        return response

    def expects(self, request: web.Request) -> bool:
        """Whether what Mixin sends somebody back with is a login of ours."""
        return _only(request.query.getall("state", []), MAX_TOKEN).startswith(STATE)

    async def returned(self, request: web.Request) -> web.Response:
        """Back from Mixin: believed only from the browser that set out, and once."""
        browser = request.cookies.get(self._cookie, "")
        state = _only(request.query.getall("state", []), MAX_TOKEN)
        code = _only(request.query.getall("code", []), MAX_CODE)
        came = 0 < len(browser) <= MAX_TOKEN and await self._site.entrance.returned(f"{state} {browser}")
        if not came or self._gate is None:
            return self._site.to("/login?why=stale")
        user_id = await self._gate.who(code, _verifier(browser)) if code else ""
        roles = await self._site.frame.services.store.admins()
        if not user_id or roles.get(user_id, Role.NONE) is Role.NONE:
            response = self._site.to(f"/login?why={'stranger' if user_id else 'declined'}")
        else:
            response = await self._welcome(await self._site.entrance.admit(user_id), "Mixin")
        response.del_cookie(self._cookie, path="/", secure=self._secure, httponly=True, samesite="Lax")
        return response

    async def _welcome(self, entered: Entered, how: str) -> web.Response:
        session = entered.session
        entry = AuditEntry(session.at, session.user_id, "console.login", "", how)
        await self._site.frame.services.store.ledger.note(entry)
        response = self._site.to("/")
        self._site.let_in(response, entered)
        return response

    def _page(self, request: web.Request, visit: Visit | None, status: int = 200, **values: object) -> web.Response:
        why = request.query.get("why", "")
        around = {
            "stale": "",
            "used_at": None,
            "why": why if why in ("stale", "stranger", "declined") else "",
            "logged_in": visit is not None,
            "left": request.query.get("done") == "logout",
            "by_mixin": self._gate is not None,
        }
        forms = self._gate.origin if self._gate is not None else ""
        return self._site.bare(request, "login.html", status, forms, **(around | values))


def _verifier(browser: str) -> str:
    """PKCE's, out of what only this browser has."""
    return urlsafe_b64encode(hashlib.sha256(f"verifier of {browser}".encode()).digest()).rstrip(b"=").decode()


def _only(values: list[str], limit: int) -> str:
    """The one value, if it is plain text of a sensible length."""
    if len(values) != 1 or len(values[0]) > limit or not values[0].isascii() or not values[0].isprintable():
        return ""
    return values[0]
