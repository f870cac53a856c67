"""Pages for people: complete without a script, one request each, in the language and the colours of the browser.

Whatever comes from outside is a value of a template that escapes it; the policy allows the one style sheet and nothing
else.
"""

import hashlib
import re
from base64 import b64encode
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.texts import DEFAULT_LANGUAGE, Texts

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "page.css").read_text(encoding="utf-8")
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
MOST_LANGUAGES = 10

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_environment.globals["style"] = Markup(STYLE)  # noqa: S704 - our own file


def page(language: str, template: str, *, title: str, status: int = 200, **values: object) -> web.Response:
    """A template as an answer."""
    text = _environment.get_template(template).render(lang=language, title=title, **values)
    headers = {"Content-Security-Policy": POLICY, "Content-Language": language, "Vary": "Accept-Language"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def language_of(request: web.Request, texts: Texts) -> str:
    """The language of a page for this browser."""
    return preferred_language(request, texts) or DEFAULT_LANGUAGE


def preferred_language(request: web.Request, texts: Texts) -> str:
    """The first language of `Accept-Language` by its weight that the bot speaks; empty where there is none."""
    wanted: list[tuple[float, str]] = []
    for part in request.headers.get("Accept-Language", "").split(",")[:MOST_LANGUAGES]:
        found = re.fullmatch(r"\s*([A-Za-z]{2,3})(?:-[\w-]{1,20})?\s*(?:;\s*q=([01](?:\.\d{1,3})?))?\s*", part)
        if found and found[1].lower() in texts.languages:
            wanted.append((float(found[2] or 1), found[1].lower()))
    best = max(wanted, key=lambda each: each[0], default=(0.0, ""))
    return best[1] if best[0] > 0 else ""


def web_link(url: str) -> str:
    """The address, if a browser may be sent there; otherwise nothing."""
    return url if re.match(r"https?://[^\s/]", url) else ""
