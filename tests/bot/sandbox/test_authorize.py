"""The consent screen over plain HTTP: everything works without a script."""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.sandbox.authorize.files import HERE, PREFIX
from bot.sandbox.authorize.pages import origin_of
from bot.sandbox.scopes import KNOWN
from bot.sandbox.site_files import load_files
from bot.sandbox.world import ALICE, BOB, HOME_URL
from tests.bot.sandbox.client import Answer, Client
from tests.bot.sandbox.page.test_locales import placeholders
from tests.bot.sandbox.person import EVERYTHING, App

FILES = load_files(HERE, PREFIX)
CALLBACK = f"{HOME_URL}/oauth/callback"


@pytest.fixture
def app(client: Client) -> App:
    return App(client)


class Inputs(HTMLParser):
    """Names, values and states of a page's inputs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.boxes: dict[str, set[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        facts = dict(attrs)
        if tag == "input" and facts.get("type") == "checkbox":
            self.boxes[facts["value"]] = {"checked", "disabled"} & facts.keys()


def told(answer: Answer) -> dict[str, list[str]]:
    """The query with which somebody comes back to the app."""
    where = answer.headers["Location"]
    assert (answer.status, where.partition("?")[0]) == (303, CALLBACK)
    return parse_qs(urlsplit(where).query, keep_blank_values=True)


async def test_the_way_begins_with_a_code_to_scan(app: App) -> None:
    """The web's page shows a QR code, "Open in Mixin", and a link for who is on the phone; nothing is decided yet."""
    path = await app.ask()
    page = (await app.visit(path)).raw.decode()
    code_id = path.rpartition("/")[2]
    assert f'href="mixin://codes/{code_id}"' in page
    assert f'href="{path}/phone?back=1"' in page
    picture = await app.visit(path + "/code.svg")
    assert ET.fromstring(picture.raw).tag.endswith("svg")
    assert (await app.visit(path + "/state")).body == {"to": ""}


async def test_the_sheet_shows_what_is_asked_for_and_no_more(app: App) -> None:
    """PROFILE:READ is on and cannot be taken off; the rest is on and can; what was not asked for is not there."""
    path = await app.ask("PROFILE:READ ASSETS:READ")
    sheet = Inputs((await app.visit(path + "/phone?back=1")).raw.decode())
    assert sheet.boxes == {"PROFILE:READ": {"checked", "disabled"}, "ASSETS:READ": {"checked"}}


async def test_authorize_goes_back_with_code_and_state(app: App) -> None:
    """The state and return_to come back unchanged, and the code is longer than 16 characters."""
    query = told(await app.decide(await app.ask(return_to="https://a.example/?b=c&d"), "ASSETS:READ"))
    assert (query["state"], query["return_to"]) == (["st/a te"], ["https://a.example/?b=c&d"])
    assert len(query["code"][0]) > 16
    assert (await app.exchange(query["code"][0])).data["scope"] == "PROFILE:READ ASSETS:READ"


async def test_decline_goes_back_with_access_denied(app: App) -> None:
    """Nothing is granted, also with boxes ticked and whatever the PIN is."""
    query = told(await app.decide(await app.ask(), "ASSETS:READ", pin="", answer="decline"))
    assert query == {"error": ["access_denied"], "state": ["st/a te"]}
    assert await app.client.control("GET", "/authorizations") == []


async def test_an_empty_state_comes_back_empty(app: App) -> None:
    """It is always there."""
    query = told(await app.decide(await app.ask(state="")))
    assert query["state"] == [""]


@pytest.mark.parametrize(
    ("pin", "words"),
    [("000000", "Wrong PIN"), ("12345", "six digits"), ("１２３４５６", "six digits"), ("", "six digits")],
)
async def test_a_wrong_pin_asks_again_and_keeps_the_choice(app: App, pin: str, words: str) -> None:
    """Who one is and what was unticked stay as they were; then the right PIN is enough."""
    path = await app.ask("PROFILE:READ ASSETS:READ SNAPSHOTS:READ")
    again = await app.decide(path, "SNAPSHOTS:READ", person=BOB, pin=pin)
    page = again.raw.decode()
    assert (again.status, words in page) == (200, True)
    assert Inputs(page).boxes["ASSETS:READ"] == set()
    assert Inputs(page).boxes["SNAPSHOTS:READ"] == {"checked"}
    assert f'<option value="{BOB}" selected>' in page
    assert "code" in told(await app.decide(path, "SNAPSHOTS:READ", person=BOB))


async def test_a_request_is_decided_once(app: App) -> None:
    """A second press, or the back button, changes nothing."""
    path = await app.ask()
    await app.decide(path, "ASSETS:READ")
    again = await app.decide(path, "SNAPSHOTS:READ", person=BOB)
    assert (again.status, "This request is over" in again.raw.decode()) == (200, True)
    assert "This request is over" in (await app.visit(path + "/phone")).raw.decode()
    assert (await app.visit(path)).headers["Location"] == path + "/done"


async def test_another_device_decides_while_the_page_waits(app: App) -> None:
    """Opened from a mixin:// link the sheet ends with a word, and the page with the QR code goes to the app."""
    path = await app.ask()
    form = [("as", ALICE), ("pin", "123456"), ("answer", "authorize"), ("scope", "ASSETS:READ")]
    assert (await app.visit(path + "/phone", form)).headers["Location"] == path + "/done"
    assert "Authorized" in (await app.visit(path + "/done")).raw.decode()
    query = told(await app.visit(path))
    waiting = (await app.visit(path + "/state")).body["to"]
    assert parse_qs(urlsplit(waiting).query)["code"] == query["code"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"client_id": "nobody"}, "no app"),
        ({"client_id": ALICE}, "no app"),
        ({"scope": "ASSETS:READ"}, "PROFILE:READ is missing"),
        ({"scope": "PROFILE:READ FULL"}, "there is no FULL"),
        ({"scope": "PROFILE:READ <b>"}, "there is no &lt;b&gt;"),
        ({"response_type": "token"}, "response_type must be code"),
    ],
)
async def test_a_request_that_makes_no_sense_is_explained(app: App, changed: dict[str, str], words: str) -> None:
    """In words, without asking anybody anything."""
    page = await app.visit(app.link(**changed))
    assert (page.status, words in page.raw.decode()) == (200, True)


async def test_nobody_else_may_decide(app: App) -> None:
    """Not a bot, not somebody unknown, and no page of another origin."""
    path = await app.ask()
    for person in (app.app_id, "x"):
        assert "Nobody in the sandbox" in (await app.decide(path, person=person)).raw.decode()
    foreign = await app.client.plain("POST", path + "/phone", b"answer=authorize", {"Origin": "http://evil.example"})
    assert foreign.status == 403
    assert (await app.visit("/oauth/authorize/x/phone")).status == 200


async def test_a_scope_that_was_not_asked_for_is_not_granted(app: App) -> None:
    """A form with more boxes than the sheet has gives no more than the sheet has."""
    query = told(await app.decide(await app.ask("PROFILE:READ"), *EVERYTHING.split()))
    assert (await app.exchange(query["code"][0])).data["scope"] == "PROFILE:READ"


async def test_T19_the_pages_are_strict(app: App) -> None:
    """A policy that lets only the app's own origin receive the form; nothing cached, nothing framed."""
    path = await app.ask()
    for target in (path, path + "/phone", "/oauth/authorize?client_id=x"):
        headers = (await app.visit(target)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert (HOME_URL in policy) == ("client_id" not in target)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://localhost:7002/oauth/callback", "http://localhost:7002"),
        ("https://bot.example/x", "https://bot.example"),
        ("javascript:alert(1)", ""),
        ("http://a; script-src *", ""),
        ("", ""),
    ],
)
def test_a_policy_is_given_origins_only(url: str, origin: str) -> None:
    """Nothing of an address that could be read as another directive gets in."""
    assert origin_of(url) == origin


async def test_both_languages(app: App) -> None:
    """By the browser's preference, or by the link at the foot of the page."""
    path = await app.ask()
    assert "我正在使用手机" in (await app.visit(path + "?lang=zh")).raw.decode()
    sheet = (await app.visit(path + "/phone?back=1&lang=zh")).raw.decode()
    assert ("读取你的资产" in sheet, 'lang="zh-CN"' in sheet) == (True, True)
    assert "lang=en" in sheet


def test_every_text_is_there_in_both_languages() -> None:
    """The same keys, none empty, every scope and every key that a template names among them."""
    texts = {one: json.loads(FILES.files[f"locales/{one}.json"]) for one in ("en", "zh")}
    assert texts["en"].keys() == texts["zh"].keys()
    assert all(texts["zh"][key].strip() and placeholders(text) == [] for key, text in texts["en"].items())
    templates = "".join(path.read_text() for path in (HERE / "templates").iterdir())
    named = set(re.findall(r"""\bt\(["']([\w.]+)["']\)""", templates)) | {f"scope.{one}" for one in KNOWN}
    assert named - texts["en"].keys() == set()


def test_T19_no_template_carries_script_or_style() -> None:
    """As on the messenger's page: no handler, no style, no script in the HTML, nothing unescaped."""
    for path in (HERE / "templates").iterdir():
        text = path.read_text()
        assert re.findall(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)|\|\s*safe", text) == []
    assert "innerHTML" not in FILES.files["authorize.js"].decode()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data"),
        ("multipart/form-data", b"zz"),
        ("application/x-www-form-urlencoded; charset=zzz", b"as=1"),
        ("application/x-www-form-urlencoded", b"as=%ff&scope=%00&answer=authorize&pin=%00"),
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b""),
    ],
)
async def test_a_form_that_no_page_sends_decides_nothing(app: App, kind: str, body: bytes) -> None:
    """It gets a page that says so, and the request is still open."""
    path = await app.ask()
    answer = await app.client.plain("POST", path + "/phone", body, {"Content-Type": kind})
    assert (answer.status, "Nobody in the sandbox" in answer.raw.decode()) == (200, True)
    assert "code" in told(await app.decide(path))


@pytest.mark.parametrize(
    "query", ["%", "client_id=%ff&scope=%00", "lang=../../x&client_id=%ed%a0%80", "state=" + "x" * 5000]
)
async def test_nothing_breaks_the_first_page(app: App, query: str) -> None:
    """Whatever stands in the address, the answer is a page."""
    assert (await app.client.plain("GET", f"/oauth/authorize?{query}")).status == 200
    assert (await app.client.plain("GET", f"{app.link('PROFILE:READ')}&{query}")).status in (200, 303)


async def test_links_into_mixin_lead_back_to_the_chat(app: App) -> None:
    """Who follows one sees that the chat is elsewhere; programs get the API's answer; a code leads to its sheet."""
    code_id = (await app.ask()).rpartition("/")[2]
    html = {"Accept": "text/html,*/*", "Accept-Language": "en"}
    async with aiohttp.ClientSession(app.client.sandbox.url) as http:
        for path in (f"/users/{ALICE}", f"/apps/{app.app_id}", f"/conversations/{ALICE}"):
            async with http.get(path, headers=html) as answer:
                assert (answer.status, "data-close" in await answer.text()) == (200, True)
                assert answer.headers["Content-Security-Policy"]
            async with http.get(path) as answer:
                assert answer.content_type == "application/json"
        async with http.get(f"/codes/{code_id}", headers=html, allow_redirects=False) as answer:
            assert answer.headers["Location"] == f"/oauth/authorize/{code_id}/phone"
