"""Patience with the API: what is repeated, what is not, and what a 401 means."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import structlog
from aiohttp import web

from bot.errors import AccessRefused, RateLimited, ServiceError, Unavailable, Unclear
from bot.mixin.access import Access, clock_text
from bot.mixin.auth import Clock
from bot.mixin.hosts import Route
from bot.mixin.http import Http, open_session
from bot.mixin.options import MixinOptions
from tests.bot.mixin.servers import FAST, FakeApi, raw, refuse, serve_api
from tests.bot.mixin.vectors import bot_keystore

HTML = raw(b"<html>Bad Gateway</html>", status=502)


@pytest.fixture
async def server() -> AsyncIterator[FakeApi]:
    async with serve_api() as api:
        yield api


@asynccontextmanager
async def open_access(url: str, *, options: MixinOptions = FAST) -> AsyncIterator[Access]:
    async with open_session(options) as session:
        yield Access(Http(session, bot_keystore(), Route([url]), Clock(), options), options)


async def test_F20_reading_is_repeated(server: FakeApi) -> None:
    """A GET survives a proxy's page, a busy server and garbage, with a new token and id each time."""
    server.says(HTML, refuse(7000, status=500, http=500), raw(b'{"da'), {"ok": True})
    async with open_access(server.url) as access:
        assert bytes(await access.get("/me")) == b'{"ok":true}'
    assert len({asked.claims["jti"] for asked in server.asked}) == 4


async def test_reading_is_given_up(server: FakeApi) -> None:
    """After as many attempts as the options say, the last error is the caller's."""
    server.says(HTML)
    async with open_access(server.url) as access:
        with pytest.raises(Unavailable):
            await access.get("/me")
        assert access.errors == {502: FAST.attempts}
    assert len(server.asked) == FAST.attempts


async def test_safe_posts_are_repeated_and_others_are_not(server: FakeApi) -> None:
    """A POST is repeated only where doing it twice does no harm."""
    server.says(HTML)
    async with open_access(server.url) as access:
        with pytest.raises(Unavailable):
            await access.post("/users/fetch", [], repeat=True)
        assert len(server.asked) == FAST.attempts
        with pytest.raises(Unavailable):
            await access.post("/attachments")
    assert len(server.asked) == FAST.attempts + 1


@pytest.mark.parametrize("code", [403, 10002, 54321])
async def test_F21_F22_refusals_are_not_repeated_here(server: FakeApi, code: int) -> None:
    """A refusal, also one that no document names, is the caller's at once."""
    server.says(refuse(code))
    async with open_access(server.url) as access:
        with pytest.raises(ServiceError, match=f"code {code}"):
            await access.get("/me")
    assert len(server.asked) == 1


async def test_F18_long_pauses_are_the_callers(server: FakeApi) -> None:
    """Asked to wait for longer than the options allow, the caller is told for how long."""
    server.says(raw(b'{"error": {"code": 429}}', headers={"Retry-After": "30"}))
    async with open_access(server.url) as access:
        with pytest.raises(RateLimited) as caught:
            await access.get("/me")
    assert caught.value.retry_after_s == 30.0
    assert len(server.asked) == 1


async def test_F19_short_pauses_are_kept(server: FakeApi) -> None:
    """Without a pause asked for, or with a short one, a busy server is asked again here."""
    server.says(refuse(429), raw(b'{"error": {"code": 429}}', headers={"Retry-After": "0.002"}), 1)
    async with open_access(server.url) as access:
        assert bytes(await access.get("/me")) == b"1"


@pytest.mark.parametrize("ahead_s", [3600.0, -3600.0, 400.0])
async def test_F5_wrong_clock_is_put_right_once(server: FakeApi, ahead_s: float) -> None:
    """A 401 with a clock far off is answered by following the server's clock; the next request needs no second try."""
    server.clock_ahead_s = ahead_s
    server.says(1)
    with structlog.testing.capture_logs() as logs:
        async with open_access(server.url) as access:
            await access.once("POST", "/messages", b"[]")
            await access.get("/me")
            offset_s = access.clock.offset_s
    assert server.targets == ["POST /messages", "POST /messages", "GET /me"]
    assert abs(offset_s - ahead_s) < 2
    assert [line["event"] for line in logs] == ["mixin.clock_corrected"]


async def test_F30_clock_that_was_put_right_elsewhere(server: FakeApi) -> None:
    """Once the machine's own clock is right again, the offset is given up the same way it was taken."""
    server.says(1)
    async with open_access(server.url) as access:
        access.clock.offset_s = 3600.0
        await access.get("/me")
        assert abs(access.clock.offset_s) < 2


async def test_F5_requests_that_were_under_way_when_the_clock_was_put_right(server: FakeApi) -> None:
    """Several requests are refused at once for the same wrong clock: all are repeated, and the key is not blamed."""
    server.clock_ahead_s = -3600.0
    server.says(1)
    with structlog.testing.capture_logs() as logs:
        async with open_access(server.url) as access:
            answers = await asyncio.gather(*(access.get("/me") for _ in range(5)), access.once("POST", "/messages"))
    assert [bytes(answer) for answer in answers] == [b"1"] * 6
    assert [line["event"] for line in logs] == ["mixin.clock_corrected"]


async def test_F6_dead_key(server: FakeApi) -> None:
    """A 401 that GET /me confirms stops everything, with the likely reason, at exit code 4, after two requests."""
    server.says(refuse(401))
    async with open_access(server.url) as access:
        with pytest.raises(AccessRefused, match=r"MB110: Mixin answered 401 to GET /me\..*clock is fine") as caught:
            await access.once("POST", "/messages", b"[]")
    assert caught.value.exit_code == 4
    assert server.targets == ["POST /messages", "GET /me"]


async def test_F6_dead_key_at_get_me(server: FakeApi) -> None:
    """GET /me is asked once more: the first refusal may have met a clock that was just put right."""
    server.says(refuse(401))
    async with open_access(server.url) as access:
        with pytest.raises(AccessRefused, match="MB110"):
            await access.get("/me")
    assert server.targets == ["GET /me", "GET /me"]


async def test_F6_dead_key_and_no_clock(server: FakeApi) -> None:
    """Where the server does not tell its time, the text does not claim that the clock is fine."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b'{"error": {"code": 401}}')

    server.answers = [answer]
    async with open_access(server.url) as access:
        with pytest.raises(AccessRefused, match=r"MB110: .*clock is right could not be seen"):
            await access.get("/me")


async def test_401_of_one_request_only(server: FakeApi) -> None:
    """A 401 while GET /me works is unclear: the key is not blamed for it."""
    server.says(refuse(401), {})
    async with open_access(server.url) as access:
        with pytest.raises(Unclear, match="although GET /me works"):
            await access.once("POST", "/messages", b"[]")


async def test_F5_clock_that_cannot_be_put_right(server: FakeApi) -> None:
    """Still refused with the server's own time, the clock is named as the reason."""
    server.clock_ahead_s = 362.0
    server.says(refuse(401))
    async with open_access(server.url) as access:
        with pytest.raises(AccessRefused, match=r"MB120: Your clock is 6 min 0[12] s behind Mixin"):
            await access.get("/me")
    assert len(server.asked) == 3


async def test_small_skew_is_left_alone(server: FakeApi) -> None:
    """A clock within a minute is right enough: a 401 is not its fault."""
    server.clock_ahead_s = 50.0
    server.says(refuse(401))
    async with open_access(server.url) as access:
        with pytest.raises(AccessRefused, match=r"MB110: .*\(50\.\d s off\)|MB110: .*\(49\.\d s off\)"):
            await access.get("/me")
        assert access.clock.offset_s == 0.0


def test_words_about_the_clock() -> None:
    """The text names the side, minutes and seconds, and the command that mends it."""
    assert clock_text(362).startswith("Your clock is 6 min 02 s behind Mixin;")
    assert clock_text(-301).startswith("Your clock is 5 min 01 s ahead of Mixin;")
    assert "timedatectl set-ntp true" in clock_text(362)
