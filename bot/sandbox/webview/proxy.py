"""Fetches the bot's page for the frame: GET only, no cookies, nothing of the sandbox within its reach.

The answer carries `sandbox` in its policy: whatever script the page has runs in an origin of its own, which knows
neither the messenger's token nor its storage.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from bot.sandbox.webview.looks import Looks

SITE = "/w/site"
MAX_BYTES = 4 * 1024 * 1024
PATIENCE_S = 5.0
TEXTS = ("text/html", "text/css")
POLICY = "sandbox allow-scripts allow-forms; default-src 'self' 'unsafe-inline' data:; frame-ancestors 'self'"
_LINK = re.compile(r"""(\s(?:href|src|action)=["']?)/(?!/)""", re.IGNORECASE)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)")
ALWAYS, NEVER = "(min-width: 0px)", "(max-width: 0px)"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came; `leads_to`: where the bot sends one instead."""

    status: int
    content_type: str
    body: bytes
    leads_to: str = ""


class Unreachable(Exception):
    """The bot's page cannot be had; the text says why."""


async def fetch(home: str, target: str, looks: Looks) -> Fetched:
    """`target`: path and query on the bot's own origin.

    Raises:
        Unreachable: No answer, too slow, too large.
    """
    origin = URL(home).origin()
    headers = {"Accept-Language": looks.locale, "User-Agent": "Mixin sandbox webview"}
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.get(URL(f"{origin}{target}", encoded=True), headers=headers, allow_redirects=False) as answer,
        ):
            body = await answer.content.read(MAX_BYTES + 1)
            while len(body) <= MAX_BYTES and (more := await answer.content.read(MAX_BYTES)):
                body += more
            where = answer.headers.get("Location", "") if 300 <= answer.status < 400 else ""
            leads_to = str(URL(f"{origin}{target}", encoded=True).join(URL(where))) if where else ""
            content_type = answer.headers.get("Content-Type", "application/octet-stream")
    except (TimeoutError, aiohttp.ClientError, ValueError) as error:
        raise Unreachable(str(error) or type(error).__name__) from error
    if len(body) > MAX_BYTES:
        raise Unreachable(f"more than {MAX_BYTES} bytes")
    return Fetched(answer.status, content_type, body, leads_to)


def dress(fetched: Fetched, looks: Looks, context_url: str) -> bytes:
    """The page with its links kept in the frame, in the chosen colours, and with a `MixinContext`."""
    kind = fetched.content_type.partition(";")[0].strip().lower()
    if kind not in TEXTS:
        return fetched.body
    text = fetched.body.decode(errors="replace")
    text = _SCHEME.sub(lambda found: ALWAYS if (found[1] == "dark") == looks.dark else NEVER, text)
    if kind == "text/html":
        text = _LINK.sub(lambda found: f"{found[1]}{SITE}/{looks.part}/", text)
        script = f'<script src="{context_url}"></script>'
        text = _HEAD.sub(lambda found: found[0] + script, text, count=1) if _HEAD.search(text) else script + text
    return text.encode()


def inside(home: str, url: str) -> str:
    """Path and query, where an address is on the bot's own origin; else ""."""
    if URL(url).origin() != URL(home).origin():
        return ""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
