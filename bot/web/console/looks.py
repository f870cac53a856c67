"""How a page looks to this browser: its language and its colours, as it prefers or as somebody chose."""

from typing import NamedTuple

from aiohttp import web

from bot.texts import Texts
from bot.web.pages import language_of

LANGUAGE, THEME = "mixbot-language", "mixbot-theme"
THEMES = ("auto", "light", "dark")
ONE_YEAR_S = 31_536_000


class Looks(NamedTuple):
    """`theme` is one of THEMES."""

    language: str
    theme: str


def looks_of(request: web.Request, texts: Texts) -> Looks:
    """What was chosen in this browser, else what it asks for."""
    language, theme = request.cookies.get(LANGUAGE, ""), request.cookies.get(THEME, "")
    return Looks(
        language if language in texts.languages else language_of(request, texts),
        theme if theme in THEMES else "auto",
    )


def choose(response: web.Response, name: str, value: str, *, secure: bool) -> None:
    """Remember a choice in this browser."""
    response.set_cookie(name, value, max_age=ONE_YEAR_S, path="/", secure=secure, httponly=True, samesite="Lax")
