"""The two pages of `/oauth/authorize`: the code to scan, and the sheet on the phone. Both work without script.

Source: mixin.md 4.1, 4.2, 4.10. The code's page waits for a phone; the sheet, opened from it by "I am on the phone",
goes on to the app's OAuth URL itself.
"""

import io
import json
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import segno
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.sandbox.authorize.files import FILES, HERE, PREFIX
from bot.sandbox.consents import Consent
from bot.sandbox.envelope import ApiError
from bot.sandbox.ids import is_id
from bot.sandbox.page.pages import ASSETS, HEADERS, LANGUAGES, preferred_language
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.scopes import PROFILE, grouped
from bot.sandbox.site_files import load_files

WRONG_PIN = "000000"
PIN_DIGITS = 6
PATH = "/oauth/authorize"
SHEET = "phone"


def add_routes(app: web.Application, sandbox: Sandbox) -> None:
    pages = Pages(sandbox)
    app[FILES] = load_files(HERE, PREFIX)
    app.router.add_get(PREFIX + "{digest}/{name:.+}", pages.file)
    app.router.add_get(PATH, pages.begin, allow_head=False)
    app.router.add_get(PATH + "/{code_id}", pages.code)
    app.router.add_get(PATH + "/{code_id}/code.svg", pages.picture)
    app.router.add_get(PATH + "/{code_id}/state", pages.state)
    app.router.add_get(PATH + "/{code_id}/phone", pages.sheet)
    app.router.add_post(PATH + "/{code_id}/phone", pages.decide)
    app.router.add_get(PATH + "/{code_id}/done", pages.done)


class Pages:
    """What a browser is shown."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    async def file(self, request: web.Request) -> web.Response:
        return request.app[FILES].answer(request.match_info["digest"], request.match_info["name"])

    async def begin(self, request: web.Request) -> web.Response:
        """Where the app sends its people: remember what it asks for, and show the code of it."""
        asked = request.query
        app_id = asked.get("client_id", "").lower()
        app = self._sandbox.people.get(app_id) if is_id(app_id) else None
        if app is None or app.app is None:
            return self._page(request, "trouble.html", why="app", detail=app_id[:64])
        if asked.get("response_type", "code") != "code":
            return self._page(request, "trouble.html", why="type", detail=asked["response_type"][:64])
        try:
            consent = self._sandbox.consents.ask(
                app_id, asked.get("scope", ""), self._sandbox.clock.text(), challenge=asked.get("code_challenge", ""),
                state=asked.get("state", ""), return_to=asked.get("return_to", ""),
            )  # fmt: skip
        except ApiError as error:
            return self._page(request, "trouble.html", why="scope", detail=error.extra["reason"])
        return _go(_path(consent, language=asked.get("lang", "")))

    async def code(self, request: web.Request) -> web.Response:
        """The code to scan; once somebody has decided, on to the app."""
        if (consent := self._consent(request)) is None:
            return self._page(request, "trouble.html", why="gone", detail="")
        if consent.decided:
            return _go(self._next(consent))
        return self._page(request, "code.html", consent=consent)

    async def picture(self, request: web.Request) -> web.Response:
        if (consent := self._consent(request)) is None:
            raise web.HTTPNotFound(headers=HEADERS)
        picture = io.BytesIO()
        segno.make_qr(link(consent)).save(picture, kind="svg", scale=5, border=3, light="#fff", xmldecl=False)
        return web.Response(
            body=picture.getvalue(), content_type="image/svg+xml", headers=HEADERS | {"Cache-Control": "no-store"}
        )

    async def state(self, request: web.Request) -> web.Response:
        """For the script of the code's page, which waits."""
        consent = self._consent(request)
        facts = {"to": self._next(consent) if consent is not None and consent.decided else ""}
        return web.json_response(facts, headers=HEADERS | {"Cache-Control": "no-store"})

    async def sheet(self, request: web.Request) -> web.Response:
        """What the phone shows. `back`: this browser goes on to the app; without it another one waits for that."""
        if (consent := self._consent(request)) is None or consent.decided:
            return self._page(request, "trouble.html", why="gone", detail="")
        return self._sheet(request, consent, ticked=consent.asked, chosen=request.query.get("as", ""), wrong="")

    async def decide(self, request: web.Request) -> web.Response:
        consent = self._consent(request)
        if consent is None or consent.decided:
            return self._page(request, "trouble.html", why="gone", detail="")
        form = parse_qs((await request.read()).decode(errors="replace"), keep_blank_values=True)
        person = self._sandbox.people.get(_last(form, "as"))
        if person is None or person.is_bot:
            return self._page(request, "trouble.html", why="person", detail="")
        ticked = tuple(form.get("scope", []))
        if _last(form, "answer") == "authorize":
            pin = _last(form, "pin")
            if not (len(pin) == PIN_DIGITS and pin.isascii() and pin.isdigit()) or pin == WRONG_PIN:
                wrong = "pin.wrong" if pin == WRONG_PIN else "pin.digits"
                return self._sheet(request, consent, ticked=ticked, chosen=person.user_id, wrong=wrong)
            scopes = tuple(one for one in ticked if one in consent.asked)
            self._sandbox.consents.approve(consent, person.user_id, scopes, self._sandbox.clock.seconds())
        else:
            self._sandbox.consents.refuse(consent, person.user_id)
        if not _last(form, "back"):
            return _go(_path(consent, "done"))
        consent.returned = True
        return _go(self._back(consent))

    async def done(self, request: web.Request) -> web.Response:
        consent = self._consent(request)
        if consent is None or not consent.decided:
            return self._page(request, "trouble.html", why="gone", detail="")
        return self._page(request, "done.html", consent=consent)

    def inside(self, request: web.Request) -> web.Response:
        """A place in Mixin, which is the chat in another window."""
        return self._page(request, "inside.html")

    def _sheet(
        self, request: web.Request, consent: Consent, *, ticked: tuple[str, ...], chosen: str, wrong: str
    ) -> web.Response:
        people = [one for one in self._sandbox.people if not one.is_bot]
        return self._page(
            request, "sheet.html", consent=consent, groups=grouped(consent.asked), ticked=(*ticked, PROFILE),
            profile=PROFILE, people=people, chosen=chosen, wrong=wrong, to=self._callback(consent),
            back=bool(request.query.get("back")),
        )  # fmt: skip

    def _consent(self, request: web.Request) -> Consent | None:
        return self._sandbox.consents.by_code_id(request.match_info["code_id"])

    def _callback(self, consent: Consent) -> str:
        return str(self._app(consent).get("redirect_uri") or "")

    def _app(self, consent: Consent) -> dict[str, Any]:
        found = self._sandbox.people.get(consent.app_id)
        return (found.app if found is not None else None) or {"name": consent.app_id, "app_number": ""}

    def _back(self, consent: Consent) -> str:
        """The app's OAuth URL with what the page adds: always with `?`, always with `state`."""
        told = "error=access_denied" if consent.refused else f"code={consent.code}"
        where = f"{self._callback(consent)}?{told}&state={quote(consent.state, safe='')}"
        return where + (f"&return_to={quote(consent.return_to, safe='')}" if consent.return_to else "")

    def _next(self, consent: Consent) -> str:
        """Where the page that shows the code goes: to the app, unless the code gets there in another way."""
        return _path(consent, "done") if consent.device or consent.returned else self._back(consent)

    def _page(self, request: web.Request, name: str, **facts: Any) -> web.Response:
        language = request.query.get("lang") or preferred_language(request.headers.get("Accept-Language", ""))
        language = language if language in LANGUAGES else "en"
        files, consent = request.app[FILES], facts.get("consent")
        texts: dict[str, str] = json.loads(files.files[f"locales/{language}.json"])
        other = next(one for one in LANGUAGES if one != language)
        text = self._environment.get_template(name).render(
            facts, base=files.base, page_base=request.app[ASSETS].base, language=language, t=texts.__getitem__,
            app=self._app(consent) if consent is not None else {}, path=request.path,
            other=f"{request.path}?{request.rel_url.update_query(lang=other).raw_query_string}",
            query=f"?lang={language}" if request.query.get("lang") else "", link=link(consent) if consent else "",
        )  # fmt: skip
        policy = HEADERS["Content-Security-Policy"]
        if consent is not None and (origin := origin_of(self._callback(consent))):
            policy = policy.replace("form-action 'self'", f"form-action 'self' {origin}")
        headers = HEADERS | {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Vary": "Accept-Language"}
        return web.Response(text=text, content_type="text/html", headers=headers)


def link(consent: Consent) -> str:
    """What the code says: a phone opens the sheet for it."""
    return f"mixin://codes/{consent.code_id}"


def origin_of(url: str) -> str:
    """`https://host:port` for a policy, "" where the address is of no kind that a browser goes to."""
    parts = urlsplit(url)
    plain = parts.netloc.isascii() and not set(parts.netloc) & set(" ;,'\"@")
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and plain else ""


def _last(form: dict[str, list[str]], name: str) -> str:
    return form.get(name, [""])[-1]


def _path(consent: Consent, part: str = "", *, language: str = "") -> str:
    where = f"{PATH}/{consent.code_id}" + (f"/{part}" if part else "")
    return where + (f"?lang={language}" if language in LANGUAGES else "")


def _go(where: str) -> web.Response:
    return web.Response(status=303, headers=HEADERS | {"Location": where, "Cache-Control": "no-store"})
