"""What the browser asks for: the page, its files, and a post's Markdown as a tree.

Everything the page shows comes from the control API under `/_sandbox/`; nothing here knows people or messages.

Source of the headers: OWASP secure headers; `connect-src 'self'` covers the WebSocket of the same origin.
"""

import asyncio
import json

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.sandbox.page.assets import HERE, Assets, content_type, load_assets
from bot.sandbox.page.markdown import MAX_MARKDOWN_BYTES, tree

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ONE_YEAR_S = 31_536_000
LANGUAGES = ("en", "zh")

CHAT, NANDBOX = "chat.html", "nandbox.html"
ASSETS = web.AppKey("page_assets", Assets)
SHELLS = web.AppKey("page_shells", dict[tuple[str, str], str])
OWN_MODULES = "nandbox/"
SHARED = ("api.js", "colors.js", "dom.js", "i18n.js", "people.js", "theme_switch.js", "toast.js", "views.js")
"""What nandbox's page takes of the other's."""


def add_routes(app: web.Application) -> None:
    """Serve the page's files below `/_page/`; `chat_page` itself is for the sandbox to put where it wants it."""
    assets = load_assets()
    app[ASSETS] = assets
    plain = [name for name in assets.named(".js") + assets.named(".css") if "/" not in name and name != "theme.js"]
    own = [name for name in assets.named(".js") + assets.named(".css") if name.startswith(OWN_MODULES)]
    shared = [name for name in plain if name in SHARED or name.endswith(".css")]
    app[SHELLS] = {
        (template, language): _shell(assets, language, template, names)
        for language in LANGUAGES
        for template, names in ((CHAT, plain), (NANDBOX, shared + own))
    }
    app.router.add_get("/_page/{digest}/{name:.+}", _file)
    app.router.add_post("/_page/markdown", _markdown)


async def chat_page(request: web.Request) -> web.Response:
    """Mixin's page, in the language that the browser prefers."""
    return _page(request, CHAT)


async def nandbox_page(request: web.Request) -> web.Response:
    """Nandbox's page, likewise."""
    return _page(request, NANDBOX)


def _page(request: web.Request, template: str) -> web.Response:
    language = preferred_language(request.headers.get("Accept-Language", ""))
    return web.Response(
        text=request.app[SHELLS][template, language],
        content_type="text/html",
        headers=HEADERS | {"Cache-Control": "no-store", "Vary": "Accept-Language"},
    )


def preferred_language(accept: str) -> str:
    """The first of our languages that an Accept-Language header names, in its order of preference; else English."""
    wanted: list[tuple[float, str]] = []
    for item in accept.split(","):
        tag, _, parameter = item.strip().partition(";")
        quality = parameter.strip().removeprefix("q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        wanted.append((-weight, tag.split("-")[0].lower()))
    ranked = [tag for weight, tag in sorted(wanted, key=lambda pair: pair[0]) if weight < 0 and tag in LANGUAGES]
    return ranked[0] if ranked else "en"


async def _file(request: web.Request) -> web.Response:
    assets = request.app[ASSETS]
    name = request.match_info["name"]
    if request.match_info["digest"] != assets.digest or name not in assets.files:
        raise web.HTTPNotFound(headers=HEADERS, text="no such file; reload the page")
    return web.Response(
        body=assets.files[name],
        content_type=content_type(name),
        charset="utf-8",
        headers=HEADERS | {"Cache-Control": f"public, max-age={ONE_YEAR_S}, immutable"},
    )


async def _markdown(request: web.Request) -> web.Response:
    """POST text/plain: the Markdown; answers `{"tree": [...]}`."""
    body = b""
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_MARKDOWN_BYTES:
            raise web.HTTPRequestEntityTooLarge(MAX_MARKDOWN_BYTES, len(body), headers=HEADERS)
    blocks = await asyncio.to_thread(tree, body.decode(errors="replace"))
    return web.json_response({"tree": blocks}, headers=HEADERS | {"Cache-Control": "no-store"})


def _shell(assets: Assets, language: str, template: str, names: list[str]) -> str:
    """`names`: the modules and style sheets that it links."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    texts: dict[str, str] = json.loads(assets.files[f"locales/{language}.json"])
    return environment.get_template(template).render(
        base=assets.base,
        language=language,
        modules=[name for name in names if name.endswith(".js")],
        styles=[name for name in names if name.endswith(".css")],
        t=texts.__getitem__,
    )
