"""The frame around the page, and the page within it."""

import json

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from yarl import URL

from bot.sandbox.page.pages import ASSETS, HEADERS, preferred_language
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.site_files import load_files
from bot.sandbox.webview.files import FILES, HERE, PREFIX
from bot.sandbox.webview.looks import LOCALES, Looks, read_part, read_query
from bot.sandbox.webview.proxy import POLICY, SITE, Unreachable, dress, fetch, inside

SITE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-store",
}


def add_routes(app: web.Application, sandbox: Sandbox) -> None:
    pages = Pages(sandbox)
    app[FILES] = load_files(HERE, PREFIX)
    app.router.add_get(PREFIX + "{digest}/{name:.+}", pages.file)
    for path in ("/w", "/w/"):
        app.router.add_get(path, pages.frame, allow_head=False)
    app.router.add_get("/w/context/{looks}", pages.context)
    app.router.add_get(SITE + "/{looks}/{path:.*}", pages.site)


class Pages:
    """What a browser is shown below `/w/`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    async def file(self, request: web.Request) -> web.Response:
        return request.app[FILES].answer(request.match_info["digest"], request.match_info["name"])

    async def frame(self, request: web.Request) -> web.Response:
        """Title bar, capsule, switches; the form works without script."""
        language = preferred_language(request.headers.get("Accept-Language", ""))
        looks = read_query(request.query, "zh-CN" if language == "zh" else "en-US")
        files, app = request.app[FILES], self._sandbox.bot.app or {}
        texts: dict[str, str] = json.loads(files.files[f"locales/{language}.json"])
        home = str(app.get("home_uri") or "")
        start = inside(home, home) if _is_web(home) else ""
        text = self._environment.get_template("webview.html").render(
            base=files.base, page_base=request.app[ASSETS].base, language=language, t=texts.__getitem__,
            name=self._sandbox.bot.full_name, number=self._sandbox.bot.identity_number, home=home, looks=looks,
            locales=LOCALES, source=f"{SITE}/{looks.part}{start}" if start else "",
        )  # fmt: skip
        policy = HEADERS["Content-Security-Policy"] + "; frame-src 'self'"
        headers = HEADERS | {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Vary": "Accept-Language"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def context(self, request: web.Request) -> web.Response:
        """The bridge that Mixin gives to pages, as far as it tells something."""
        looks = _looks(request)
        text = f"window.MixinContext = {{ getContext: () => {json.dumps(looks.context())}, reloadTheme: () => {{}} }};"
        return web.Response(text=text, content_type="text/javascript", headers=SITE_HEADERS)

    async def site(self, request: web.Request) -> web.Response:
        looks, home = _looks(request), str((self._sandbox.bot.app or {}).get("home_uri") or "")
        if not _is_web(home):
            return _words(404, "The bot has no home page.")
        query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
        target = request.rel_url.raw_path.removeprefix(f"{SITE}/{looks.part}") + query
        try:
            fetched = await fetch(home, target, looks)
        except Unreachable as error:
            return _words(502, f"The bot's page cannot be reached: {error}")
        if fetched.leads_to:
            path = inside(home, fetched.leads_to)
            if not path:
                return _words(200, f"The page would go on to {fetched.leads_to}")
            return web.Response(status=302, headers=SITE_HEADERS | {"Location": f"{SITE}/{looks.part}{path}"})
        body = dress(fetched, looks, f"/w/context/{looks.part}")
        return web.Response(
            body=body, status=fetched.status, headers=SITE_HEADERS | {"Content-Type": fetched.content_type}
        )


def _looks(request: web.Request) -> Looks:
    try:
        return read_part(request.match_info["looks"])
    except ValueError:
        raise web.HTTPNotFound(headers=SITE_HEADERS) from None


def _is_web(url: str) -> bool:
    try:
        return URL(url).scheme in ("http", "https") and bool(URL(url).host)
    except ValueError:
        return False


def _words(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/plain", headers=SITE_HEADERS)
