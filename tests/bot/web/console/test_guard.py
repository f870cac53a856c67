"""Who is kept out: other hosts, other origins, other browsers, old links, forms without their token."""

import asyncio
import io
import re
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.entrance import Entrance, Logins
from bot.users import Role
from bot.web.console.visit import csrf_of
from tests.bot.mixin.servers import hearing
from tests.bot.web.console.conftest import OLIVIA, OSCAR, VICTOR, Console, LogIn
from tests.fakes import ANN

pytestmark = pytest.mark.asyncio(loop_scope="module")


def token_of(link: str) -> str:
    return link.partition("?t=")[2]


async def test_check_21_a_viewer_changes_nothing(console: Console, log_in: LogIn) -> None:
    """Every form of the console is refused to a viewer with 403, even with a token of their own; so are owners' forms
    to an operator.
    """
    forms = [f"/users/{ANN}/{each}" for each in ("block", "unsubscribe", "tag", "reply", "said")]
    owners = [f"/users/{ANN}/role", f"/users/{ANN}/forget", "/settings/rate", "/settings/text"]
    async with log_in(VICTOR) as client:
        assert "You can look but not send" in (await client.get(f"/console/users/{ANN}"))[1]
        for path in (*forms, *owners, "/health", "/broadcasts/new", "/delivery/k7q2/drop"):
            assert (await client.post(f"/console{path}"))[0] == 403, path
    async with log_in(OSCAR) as client:
        for path in owners:
            assert (await client.post(f"/console{path}"))[0] == 403, path
    assert await console.store.roster.blocked() == frozenset()


async def test_check_21_a_link_ends_by_itself(console: Console) -> None:
    """After ten minutes it opens nothing, and the page says how to get another."""
    logins: Logins = console.store.logins
    past = Entrance(logins, console.url, now=lambda: datetime.now(UTC) - timedelta(minutes=11))
    link = await past.link(OLIVIA)
    async with aiohttp.ClientSession() as http, http.get(link) as answer:
        page = await answer.text()
    assert answer.status == 410
    assert "older than ten minutes" in page
    assert "mixbot console url" in page


async def test_T16_looking_at_a_link_does_not_use_it_up(console: Console) -> None:
    """Whoever fetches addresses before people do gets a page with a form; of twenty that send it at once one is in."""
    link = await console.link()
    way, headers = f"{console.url}/console/login", {"Origin": console.url}

    async def enter() -> int:
        async with (
            aiohttp.ClientSession() as http,
            http.post(way, data={"t": token_of(link)}, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status

    async with aiohttp.ClientSession() as http:
        for _ in range(3):
            async with http.get(link) as answer:
                assert (answer.status, "Set-Cookie" in answer.headers) == (200, False)
    codes = await asyncio.gather(*(enter() for _ in range(20)))
    assert (codes.count(303), codes.count(410)) == (1, 19)


async def test_T16_mixin_lets_in_whom_it_names(console: Console) -> None:
    """Only from the browser that set out, once, and only people with a role."""
    console.gate.user_id = OSCAR
    async with aiohttp.ClientSession() as http, aiohttp.ClientSession() as other:
        headers = {"Origin": console.url}

        async def depart() -> str:
            way = f"{console.url}/console/login/mixin"
            async with http.post(way, headers=headers, allow_redirects=False) as answer:
                cookie = answer.headers["Set-Cookie"]
                assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
                return answer.headers["Location"].partition("state=")[2]

        async def come_back(browser: aiohttp.ClientSession, state: str, code: str = "S3cretCode") -> str:
            async with browser.get(
                f"{console.url}/oauth/callback", params={"state": state, "code": code}, allow_redirects=False
            ) as answer:
                return answer.headers["Location"]

        state = await depart()
        assert await come_back(other, state) == "/console/login?why=stale"
        assert await come_back(http, "console.another") == "/console/login?why=stale"
        assert await come_back(http, state) == "/console/"
        assert await come_back(http, state) == "/console/login?why=stale"
        assert len(console.gate.asked) == 1
        assert re.fullmatch(r"[\w-]{43}", console.gate.asked[0][1])
        async with http.get(f"{console.url}/console/") as answer:
            assert "Oscar" in await answer.text()
        console.gate.user_id = ANN
        assert await come_back(http, await depart()) == "/console/login?why=stranger"
        console.gate.user_id = ""
        assert await come_back(http, await depart()) == "/console/login?why=declined"


async def test_T18_no_link_and_no_cookie_is_logged_or_shown(console: Console) -> None:
    """Neither by coming in, nor by a page, nor by what goes wrong."""
    with hearing() as heard:
        link = await console.link()
        async with aiohttp.ClientSession() as http:
            data, headers = {"t": token_of(link)}, {"Origin": console.url}
            async with http.post(f"{console.url}/console/login", data=data, headers=headers) as answer:
                page = await answer.text()
                assert answer.headers["Cache-Control"] == "no-store"
            cookie = next(each.value for each in http.cookie_jar if each.key.startswith("mixbot-console-"))
            async with http.post(f"{console.url}/console/logout", data={"csrf": "no"}, headers=headers) as answer:
                assert answer.status == 403
    for secret in (token_of(link), cookie):
        assert secret not in page
        assert secret not in str(heard.lines)
    assert csrf_of(cookie) in page


async def test_T20_a_form_from_elsewhere_does_nothing(console: Console, log_in: LogIn) -> None:
    """Another origin, none at all, or no token: 403, and nothing is changed."""
    async with log_in() as client:
        await client.get(f"/console/users/{ANN}")
        path = f"/console/users/{ANN}/block"
        for headers in (
            {"Origin": "https://evil.example"}, {"Origin": "null"},
            {"Origin": console.url.replace("localhost", "127.0.0.1")},
            {"Origin": f"{console.url}.evil.example"}, {}, {"Sec-Fetch-Site": "cross-site"},
        ):  # fmt: skip
            assert (await client.post(path, headers))[0] == 403, headers
        for token in ("", "0" * 32, csrf_of("another")):
            assert (await client.post(path, csrf=token))[0] == 403
        assert await console.store.roster.blocked() == frozenset()
        assert (await client.post(path, {"Sec-Fetch-Site": "same-origin"}))[0] == 200
    assert await console.store.roster.blocked() == {ANN}


async def test_T20_another_host_is_refused(console: Console, log_in: LogIn) -> None:
    """A name that somebody made lead here gets 421, on every page; the cookie is strict and for no script."""
    async with log_in() as client:
        for host in ("evil.example", "evil.example:7002", "localhost:1", "console.localhost", "127.0.0.1"):
            for path in ("/console/", "/console/login", "/console/users"):
                assert (await client.get(path, Host=host))[0] == 421, host
    link = await console.link()
    async with aiohttp.ClientSession() as http:
        data, headers = {"t": token_of(link)}, {"Origin": console.url}
        async with http.post(
            f"{console.url}/console/login", data=data, headers=headers, allow_redirects=False
        ) as answer:
            given = set(answer.headers["Set-Cookie"].split("; "))
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"} <= given


async def test_T20_a_link_from_elsewhere_leads_in_all_the_same(console: Console) -> None:
    """A browser keeps the strict cookie back where the way began elsewhere: a page of ours sends it round once."""
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{console.url}/console/users?q=x", headers={"Sec-Fetch-Site": "cross-site"}) as answer:
            page = await answer.text()
        assert answer.status == 200
        assert '<meta http-equiv="refresh" content="0; url=/console/users">' in page
        async with http.get(f"{console.url}/console/users", headers={"Sec-Fetch-Site": "same-origin"}) as answer:
            assert answer.url.path == "/console/login"


async def test_T19_every_page_of_the_console_carries_the_policy(console: Console, log_in: LogIn) -> None:
    """No script and no style within a page, nothing from elsewhere, and in nobody's frame; going back stays inside."""
    async with log_in() as client:
        for path in ("/", "/users", "/audit", "/login", "/settings", "/delivery", "/nowhere"):
            async with client.http.get(f"{console.url}/console{path}") as answer:
                policy, page = answer.headers["Content-Security-Policy"], await answer.text()
            assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(
                policy.split("; ")
            )
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert not re.search(r"<script>|\son\w+=|\sstyle=|javascript:", page)
        for back in ("https://evil.example", "//evil.example", "/\\evil.example", "/x\r\nSet-Cookie: mine=1", ""):
            async with client.http.post(
                f"{console.url}/console/look", data={"back": back, "theme": "dark"}, headers={"Origin": console.url},
                allow_redirects=False,
            ) as answer:  # fmt: skip
                assert answer.headers["Location"].startswith("/console/"), back
                assert "mine" not in str(answer.headers.getall("Set-Cookie"))


async def test_T21_giant_forms_and_a_flood_of_logins(console: Console, log_in: LogIn) -> None:
    """A form of 8 MiB is refused; of three thousand who set out to log in only the last thousand are remembered."""
    async with log_in() as client:
        await client.get(f"/console/users/{ANN}")
        form = io.BytesIO(f"csrf={client.csrf}&text=".encode() + b"x" * (8 << 20))
        headers = {"Origin": client.url, "Content-Type": "application/x-www-form-urlencoded"}
        async with client.http.post(f"{client.url}/console/users/{ANN}/reply", data=form, headers=headers) as answer:
            assert answer.status == 413
    for number in range(1_005):
        await console.entrance.depart(f"secret {number}")
    assert not await console.entrance.returned("secret 0")
    assert await console.entrance.returned("secret 1004")


async def test_T32_strangers_learn_nothing(console: Console) -> None:
    """Unknown, used and foreign links, and pages that are and are not: whoever is not logged in sees the same."""
    async with aiohttp.ClientSession() as http:
        found = set()
        for path in (f"/users/{ANN}", "/users/nobody", "/delivery/k7q2", "/audit.csv", "/broadcasts/1"):
            async with http.get(f"{console.url}/console{path}", allow_redirects=False) as answer:
                found.add((answer.status, answer.headers["Location"], await answer.text()))
        assert found == {(303, "/console/login", "")}


async def test_logging_out_everywhere(console: Console, log_in: LogIn) -> None:
    """Ends the other browsers of the same person as well, and lets their links lead nowhere."""
    async with log_in() as one, log_in() as two, log_in(VICTOR) as another:
        link = await console.link()
        await one.post("/console/logout/everywhere")
        assert "With a link that works once" in (await two.get("/console/"))[1]
        assert "Victor" in (await another.get("/console/"))[1]
    assert await console.entrance.whose(token_of(link)) is None
    await console.store.set_role(VICTOR, Role.NONE)
