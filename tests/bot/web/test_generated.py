"""Requests that nobody would write, by the thousand: `MIXBOT_WEB_REQUESTS=10000` is the long form."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Sequence
from urllib.parse import quote

import pytest

from bot.oauth import Outcome
from bot.web import WebOptions, open_web
from tests.bot.mixin.servers import hearing
from tests.bot.web.test_oauth import CHAT, HOSTILE, FakeDoorway
from tests.conftest import OpenBot
from tests.fakes import BOT_ID

REQUESTS = int(os.environ.get("MIXBOT_WEB_REQUESTS", "600"))
SIDE_BY_SIDE = 8
METHODS = ["GET"] * 6 + ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"]
PATHS = [
    "/", "/healthz", "/readyz", "/metrics", "/oauth", "/oauth/", "/oauth/start", "/oauth/callback",
    *(f"/oauth/{each}" for each in Outcome), "/oauth/connected/x", "/console", "/console/", "/console/login",
    "/console/users", "/console/users/x", "/console/audit", "/console/static/x", "/nothing",
]  # fmt: skip
NAMES = ["n", "state", "code", "error", "return_to", "next", "lang", "q", "after", "a[]", "", "__proto__"]
VALUES = [
    *HOSTILE,
    "S3cretTicket",
    "S3cretState",
    "S3cretCode",
    "access_denied",
    "",
    " ",
    "-1",
    "9" * 40,
    "\ud83d\ude00",
]
COOKIE = f"mixbot-oauth-{BOT_ID}"
HEADERS = {
    "Cookie": [f"{COOKIE}=S3cretBrowser", f"{COOKIE}=", "x" * 3000, "a=b; a=c; =; ;", f"__Host-{COOKIE}=x"],
    "Accept-Language": ["zh", "en;q=x", "*" * 300, "zh;q=0.1,en;q=0.2", "\xe9"],
    "Accept": ["text/html", "application/json", "*/*;q=0", "x"],
    "Authorization": ["Bearer", "Bearer x", "Basic eDp5", "x" * 500],
    "Content-Type": ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "x"],
    "Origin": ["https://evil.example", "null", "x"],
    "X-Forwarded-For": ["127.0.0.1", "x"],
    "Range": ["bytes=0-1", "bytes=-"],
    "Transfer-Encoding": ["chunked", "gzip"],
    "Content-Encoding": ["gzip"],
}


def request(chance: random.Random) -> bytes:
    """One, from ordinary to broken."""
    path = chance.choice(PATHS)
    if chance.random() < 0.1:
        path += chance.choice(["/..", "//", "%2f", "%00", "%ff", "/%2e%2e/x", ";x", "?"])
    pairs = [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.randrange(4))]
    if pairs:
        path += "?" + "&".join(f"{quote(name)}={quote(value, errors='replace')}" for name, value in pairs)
    body = b""
    lines = [f"{chance.choice(METHODS)} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {chance.choice(HEADERS[name])}" for name in chance.sample(sorted(HEADERS), chance.randrange(4))]
    if chance.random() < 0.3:
        body = chance.randbytes(chance.choice([0, 1, 40, 4097, 9000]))
        lines.append(f"Content-Length: {len(body)}")
    if "Transfer-Encoding: chunked" in lines:
        body += chance.choice([b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"x\r\n"])
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def allowed(asked: bytes, status: int) -> bool:
    """Below 500, but for pages that say so on purpose."""
    path = asked.split(b" ", 2)[1].split(b"?")[0]
    if status == 503:
        return path.startswith(b"/readyz")
    return 200 <= status < 500 or (status == 502 and path.startswith(b"/oauth/failed"))


async def ask(port: int, asked: bytes) -> bytes:
    """The whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(30):
            writer.write(asked)
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_T19_T21_no_request_breaks_anything(open_bot: OpenBot, caplog: pytest.LogCaptureFixture) -> None:
    """No error of the server, no header and no address of somebody else's making, every page with its policy, and no
    secret in any page; in the log neither secrets nor a word about what others got wrong.
    """
    chance = random.Random(46)
    found: Counter[int] = Counter()

    async def some(count: int, port: int) -> None:
        for _ in range(count):
            asked = request(chance)
            answer = await ask(port, asked)
            head, _, body = answer.partition(b"\r\n\r\n")
            if not head:
                continue  # cut off over a body that nobody reads
            status = int(head.split(b" ", 2)[1])
            found[status] += 1
            assert allowed(asked, status), (asked, answer[:400])
            check(asked, head.split(b"\r\n")[1:], status, body)

    with hearing() as heard:
        async with open_bot() as bot:
            options = WebOptions(port=0, public_url="http://localhost:7002", chat_url=CHAT)
            async with open_web(bot.services, bot.dispatcher.observe, options, FakeDoorway()) as port:
                async with asyncio.TaskGroup() as tasks:
                    for _ in range(SIDE_BY_SIDE):
                        tasks.create_task(some(REQUESTS // SIDE_BY_SIDE, port))
                assert (await ask(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))[
                    9:12
                ] == b"200"

    assert found[200] > REQUESTS / 20
    assert found[303] > 0
    assert not [line for line in heard.lines if "S3cret" in str(line) or "exc_info" in line]
    assert (found[400] > 0, caplog.text) == (True, "")


def check(asked: bytes, headers: Sequence[bytes], status: int, body: bytes) -> None:
    """What every answer has, and what none has."""
    names = dict(line.lower().split(b": ", 1) for line in headers if b": " in line)
    if status == 400:  # no HTTP at all: answered by the library, which quotes it to whoever sent it
        assert names[b"content-type"].startswith(b"text/plain")
    else:
        assert b"default-src 'none'" in names[b"content-security-policy"], asked
        assert names[b"x-content-type-options"] == b"nosniff"
        assert b"S3cret" not in body
    assert b"mine=1" not in b"".join(headers)
    assert b"evil.example" not in names.get(b"location", b"")
    assert not any(word in body for word in (b"<script>alert", b"onerror=alert", b"Traceback"))
