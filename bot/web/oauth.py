"""`/oauth/…`: where the button in the chat leads, where Mixin sends the browser back to, and what people read then.

Whoever has a link or a state that leads nowhere sees the page of MB142, whatever the reason.

An address with a secret in it never stays: each answer to one is a redirect to a plain page. What the browser brings is
bounded before it is looked at, and nothing of it is ever shown.
"""

from typing import NamedTuple

from aiohttp import web

from bot.errors import NotKept
from bot.oauth import Doorway, Outcome
from bot.services import Services
from bot.web.cookies import cookie_name
from bot.web.pages import language_of, page, preferred_language

MAX_SECRET = 128
MAX_CODE = 512
COOKIE_S = 600


class Told(NamedTuple):
    """The texts of a page and its HTTP status."""

    heading: str
    text: str
    status: int


TOLD = {
    Outcome.CONNECTED: Told("web.connected.title", "web.connected.text", 200),
    Outcome.DECLINED: Told("web.declined.title", "web.declined.text", 200),
    Outcome.STALE: Told("web.stale.title", "web.stale.text", 410),
    Outcome.OTHER: Told("web.other.title", "web.other.text", 403),
    Outcome.FAILED: Told("web.failed.title", "web.failed.text", 502),
}


class OAuthPages:
    """`chat_url` leads back to the bot in the messenger; with `secure` browsers reach this by https."""

    def __init__(self, services: Services, doorway: Doorway, *, chat_url: str, secure: bool) -> None:
        self._services = services
        self._doorway = doorway
        self._chat_url = chat_url
        self._secure = secure
        self._cookie = cookie_name("oauth", services.platform.bot_id, secure=secure)

    async def start(self, request: web.Request) -> web.Response:
        """Bind the link to this browser, and go on to Mixin."""
        ticket = _only(request, "n", MAX_SECRET)
        try:
            departure = await self._doorway.begin(ticket) if ticket else None
        except NotKept:
            return _to(Outcome.FAILED)
        if departure is None:
            return _to(Outcome.STALE)
        response = _see(departure.url)
        response.set_cookie(
            self._cookie, departure.browser, max_age=COOKIE_S, path="/", secure=self._secure, httponly=True,
            samesite="Lax",
        )  # fmt: skip
        return response

    async def callback(self, request: web.Request) -> web.Response:
        """What Mixin sends people back with; believed only from the browser that set out, and once."""
        browser = request.cookies.get(self._cookie, "")
        state, code = _only(request, "state", MAX_SECRET), _only(request, "code", MAX_CODE)
        if not state or not 0 < len(browser) <= MAX_SECRET:
            return _to(Outcome.STALE)
        try:
            declined = _only(request, "error", MAX_SECRET) == "access_denied"
            language = preferred_language(request, self._services.texts)
            outcome = await self._doorway.complete(browser, state, code, declined=declined, language=language)
        except NotKept:
            outcome = Outcome.FAILED
        response = _to(outcome)
        if outcome is not Outcome.STALE:
            response.del_cookie(self._cookie, path="/", secure=self._secure, httponly=True, samesite="Lax")
        return response

    async def outcome(self, request: web.Request) -> web.Response:
        """One of the plain pages."""
        try:
            told = TOLD[Outcome(request.match_info["outcome"])]
        except ValueError:
            raise web.HTTPNotFound from None
        texts = self._services.texts
        language = language_of(request, texts)
        heading = texts.get(language, told.heading)
        return page(
            language,
            "outcome.html",
            title=heading,
            status=told.status,
            heading=heading,
            text=texts.get(language, told.text),
            back=texts.get(language, "web.back"),
            hint=texts.get(language, "web.hint"),
            chat_url=self._chat_url,
        )


def _to(outcome: Outcome) -> web.Response:
    """A page beside the address that was asked for, wherever a proxy puts that."""
    return _see(str(outcome))


def _only(request: web.Request, name: str, limit: int) -> str:
    """The one value of that name, if it is plain text of a sensible length; nothing otherwise."""
    values = request.query.getall(name, [])
    if len(values) != 1 or len(values[0]) > limit or not values[0].isascii() or not values[0].isprintable():
        return ""
    return values[0]


def _see(url: str) -> web.Response:
    return web.Response(status=303, headers={"Location": url})
