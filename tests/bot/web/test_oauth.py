import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from multidict import CIMultiDictProxy

from bot.errors import NotKept
from bot.oauth import Departure, Outcome
from bot.web import WebOptions, open_web
from tests.bot.mixin.servers import hearing
from tests.conftest import Bot, OpenBot
from tests.fakes import BOT_ID

AWAY = "https://mixin.example/oauth/authorize?state=S3cretState"
CHAT = "https://mixin.example/users/bot"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "a\r\nSet-Cookie: mine=1",
    "https://evil.example/",
    "//evil.example",
    "javascript:alert(1)",
    "\\\\evil.example",
    "x" * 600,
    "é",
    "%00",
]


@dataclass
class FakeDoorway:
    """Implements bot.oauth.Doorway: one link and one state work, and everything that came is noted."""

    outcome: Outcome = Outcome.CONNECTED
    broken: bool = False
    begun: list[str] = field(default_factory=list)
    completed: list[tuple[str, str, str, bool]] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)

    async def begin(self, ticket: str) -> Departure | None:
        self.begun.append(ticket)
        if self.broken:
            raise NotKept("away")
        return Departure(AWAY, "S3cretBrowser") if ticket == "S3cretTicket" else None

    async def complete(self, browser: str, state: str, code: str, *, declined: bool, language: str = "") -> Outcome:
        self.languages.append(language)
        self.completed.append((browser, state, code, declined))
        if self.broken:
            raise NotKept("away")
        return self.outcome if (browser, state) == ("S3cretBrowser", "S3cretState") else Outcome.STALE


@dataclass
class Site:
    """The service's pages and a browser with its cookies."""

    doorway: FakeDoorway
    port: int
    http: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> tuple[int, str, CIMultiDictProxy[str]]:
        async with self.http.get(path, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers

    async def follow(self, path: str, **headers: str) -> tuple[str, str]:
        """Where it ends, and what stands there."""
        async with self.http.get(path, headers=headers) as answer:
            return answer.url.path_qs, await answer.text()


@pytest.fixture
async def bot(open_bot: OpenBot) -> AsyncIterator[Bot]:
    async with open_bot() as opened:
        yield opened


@asynccontextmanager
async def serve(bot: Bot, public_url: str = "http://localhost:7002") -> AsyncIterator[Site]:
    doorway = FakeDoorway()
    options = WebOptions(port=0, public_url=public_url, chat_url=CHAT)
    async with (
        open_web(bot.services, bot.dispatcher.observe, options, doorway) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):
        yield Site(doorway, port, http)


async def test_the_way_there_and_back(bot: Bot) -> None:
    """The link leads to Mixin with a cookie that no script reads; the way back ends on a page without a query."""
    async with serve(bot) as site:
        status, _, headers = await site.get("/oauth/start?n=S3cretTicket")
        assert (status, headers["Location"]) == (303, AWAY)
        cookie = headers["Set-Cookie"]
        assert cookie.startswith(f"mixbot-oauth-{BOT_ID}=S3cretBrowser; ")
        assert re.fullmatch(r"[^;]+; HttpOnly; Max-Age=600; Path=/; SameSite=Lax", cookie)

        path, page = await site.follow("/oauth/callback?code=S3cretCode&state=S3cretState")

    assert site.doorway.completed == [("S3cretBrowser", "S3cretState", "S3cretCode", False)]
    assert path == "/oauth/connected"
    assert "<h1>Connected</h1>" in page
    assert f'href="{CHAT}"' in page
    assert "S3cret" not in page


async def test_T16_by_https_the_cookie_is_for_this_host_alone(bot: Bot) -> None:
    """No other host, no page without encryption, and no subdomain can set or read it."""
    async with serve(bot, "https://bot.example") as site:
        cookie = (await site.get("/oauth/start?n=S3cretTicket"))[2]["Set-Cookie"]

    assert cookie.startswith(f"__Host-mixbot-oauth-{BOT_ID}=S3cretBrowser; ")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?code=S3cretCode",
        "?state=S3cretState&state=S3cretState",
        "?state=&code=S3cretCode",
        "?state=another&code=S3cretCode",
        "?state=" + "x" * 129,
    ],
)
async def test_T16_a_stale_state_changes_nothing(bot: Bot, query: str) -> None:
    """The page of MB142, which says what to do, whatever was wrong; a live state stays live."""
    async with serve(bot) as site:
        await site.get("/oauth/start?n=S3cretTicket")
        path, page = await site.follow(f"/oauth/callback{query}")
        assert path == "/oauth/stale"
        assert "MB142" in page
        assert "/connect" in page
        assert (await site.follow("/oauth/callback?code=S3cretCode&state=S3cretState"))[0] == "/oauth/connected"


async def test_T16_another_browser_gets_nowhere(bot: Bot) -> None:
    """Without the cookie nothing is even looked up."""
    async with serve(bot) as site:
        path, _ = await site.follow("/oauth/callback?code=S3cretCode&state=S3cretState")

    assert path == "/oauth/stale"
    assert site.doorway.completed == []


async def test_T32_unknown_used_and_foreign_links_look_the_same(bot: Bot) -> None:
    """Nobody can tell by the answer whether there is such a link, or whose."""
    async with serve(bot) as site:
        found = {
            (status, body, headers["Location"], headers.get("Set-Cookie"))
            for status, body, headers in [
                await site.get(f"/oauth/start{query}") for query in ("", "?n=", "?n=unknown", "?n=a&n=b", "?n=%00")
            ]
            + [await site.get("/oauth/callback?state=unknown"), await site.get("/oauth/callback")]
        }

    assert found == {(303, "", "stale", None)}


async def test_declining_and_other_ends(bot: Bot) -> None:
    """Each has its page, in plain words, and the cookie goes."""
    async with serve(bot) as site:
        for outcome, status, words in (
            (Outcome.DECLINED, 200, "You declined"),
            (Outcome.OTHER, 403, "somebody else"),
            (Outcome.FAILED, 502, "did not confirm"),
            (Outcome.CONNECTED, 200, "has written to you"),
        ):
            site.doorway.outcome = outcome
            await site.get("/oauth/start?n=S3cretTicket")
            _, _, headers = await site.get("/oauth/callback?error=access_denied&state=S3cretState")
            assert headers["Location"] == outcome
            assert "Max-Age=0" in headers["Set-Cookie"]
            assert (await site.get(f"/oauth/{outcome}"))[0] == status
            assert words in (await site.get(f"/oauth/{outcome}"))[1]

    assert {each[3] for each in site.doorway.completed} == {True}


async def test_the_way_back_tells_which_language_the_browser_prefers(bot: Bot) -> None:
    """Of those that the bot speaks; without any the bot is told none, instead of a guess."""
    async with serve(bot) as site:
        for accept in ("fr, zh-CN;q=0.9, en;q=0.5", "en-GB", "fr", ""):
            await site.get("/oauth/start?n=S3cretTicket")
            path = "/oauth/callback?code=S3cretCode&state=S3cretState"
            await site.get(path, **({"Accept-Language": accept} if accept else {}))

    assert site.doorway.languages == ["zh", "en", "", ""]


async def test_an_error_that_is_no_refusal_is_not_called_one(bot: Bot) -> None:
    """Only `access_denied` means that the person said no."""
    async with serve(bot) as site:
        await site.get("/oauth/start?n=S3cretTicket")
        await site.get("/oauth/callback?error=server_error&state=S3cretState")

    assert site.doorway.completed == [("S3cretBrowser", "S3cretState", "", False)]


async def test_a_database_that_is_away_shows_a_page(bot: Bot) -> None:
    """In words, and not as a crash."""
    async with serve(bot) as site:
        await site.get("/oauth/start?n=S3cretTicket")
        site.doorway.broken = True
        for path in ("/oauth/start?n=S3cretTicket", "/oauth/callback?code=c&state=S3cretState"):
            assert (await site.follow(path))[0] == "/oauth/failed"


async def test_T18_no_secret_leaves_by_a_header_or_a_log(bot: Bot) -> None:
    """Every answer forbids to keep it and to tell where one came from; neither query nor cookie is logged."""
    with hearing() as heard:
        async with serve(bot) as site:
            for path in (
                "/oauth/start?n=S3cretTicket",
                "/oauth/callback?code=S3cretCode&state=S3cretState",
                "/oauth/stale",
            ):
                _, body, headers = await site.get(path)
                assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store")
                assert "S3cret" not in body
            site.doorway.broken = True
            await site.get("/oauth/start?n=S3cretTicket")

    assert heard.lines
    assert "S3cret" not in str(heard.lines)


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_T19_hostile_parameters_are_inert(bot: Bot, hostile: str) -> None:
    """Whatever stands in an address: it is shown nowhere, sets no header, and leads nowhere else."""
    async with serve(bot) as site:
        for path in ("/oauth/start", "/oauth/callback", "/oauth/stale", "/oauth/connected", "/"):
            names = ("n", "state", "code", "error", "error_description", "return_to", "next", "redirect_uri", "url")
            async with site.http.get(path, params=dict.fromkeys(names, hostile), allow_redirects=False) as answer:
                page = await answer.text()
                assert answer.status in (200, 303, 410)
                assert answer.headers.get("Location", "stale") == "stale"
                assert "mine" not in str(answer.headers.getall("Set-Cookie", []))
            assert hostile not in page or len(hostile) < 2
            assert "<script" not in page


async def test_T19_every_page_carries_the_policy(bot: Bot) -> None:
    """No script, no frame, no form, nothing from elsewhere; the one style sheet is named by what is in it."""
    async with serve(bot) as site:
        for path in ("/", *(f"/oauth/{each}" for each in Outcome)):
            _, page, headers = await site.get(path)
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "form-action 'none'" in policy
            assert "unsafe" not in policy
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert not re.search(r"<script|\bon\w+=|style=|src=", page)


async def test_T21_only_get_and_only_what_there_is(bot: Bot) -> None:
    """No other method, no other page, and no body is read."""
    async with serve(bot) as site:
        for path in ("/oauth/start?n=S3cretTicket", "/oauth/callback?code=c&state=S3cretState"):
            for method in ("HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
                async with site.http.request(method, path) as answer:
                    assert answer.status == 405
        async with site.http.post("/oauth/callback", data=io.BytesIO(b"x" * (64 << 20))) as answer:
            assert answer.status == 405
        for path in ("/oauth/", "/oauth/nothing", "/oauth/connected/x", "/oauth"):
            assert (await site.get(path))[0] == 404

    assert (site.doorway.begun, site.doorway.completed) == ([], [])


async def test_T21_half_open_requests_are_given_up(bot: Bot) -> None:
    """Whoever does not finish the head of a request within five seconds is gone; others are served meanwhile."""
    async with serve(bot) as site:
        slow = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(150)]
        for _, writer in slow:
            writer.write(b"GET /oauth/start?n=")
        assert (await site.get("/oauth/stale"))[0] == 410
        async with asyncio.timeout(30):
            ends = await asyncio.gather(*(reader.read() for reader, _ in slow), return_exceptions=True)
        for _, writer in slow:
            writer.close()

    assert {end for end in ends if not isinstance(end, ConnectionError)} <= {b""}


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,zh;q=0.9", "en"),
        ("fr, zh;q=0.2, en;q=0.1", "zh"),
        ("zh;q=0", "en"),
        ("*", "en"),
        ("zh;q=x, ;;;, " + "a" * 500, "en"),
        ("ZH-Hans-CN", "zh"),
    ],
)
async def test_pages_speak_the_language_of_the_browser(bot: Bot, accept: str, language: str) -> None:
    """Chinese or English, as it prefers; English where it says nothing of use."""
    async with serve(bot) as site:
        _, page, headers = await site.get("/oauth/stale", **{"Accept-Language": accept})

    assert f'<html lang="{language}">' in page
    assert ("授权链接已失效" in page) is (language == "zh")
    assert (headers["Content-Language"], headers["Vary"]) == (language, "Accept-Language")


async def test_without_oauth_there_are_no_pages_for_it(bot: Bot) -> None:
    """A service that has no key serves none of this."""
    async with (
        open_web(bot.services, bot.dispatcher.observe, WebOptions(port=0)) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        for path in ("/oauth/start", "/oauth/callback", "/oauth/stale"):
            async with http.get(path) as answer:
                assert answer.status == 404
