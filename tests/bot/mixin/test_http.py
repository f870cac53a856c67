"""One request over a real socket: what reaches the server, and what a hostile server cannot do."""

import asyncio
import datetime
import gzip
import ipaddress
import resource
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from bot.errors import Rejected, ServiceError, Unavailable, Unclear
from bot.mixin.auth import Clock
from bot.mixin.hosts import Route
from bot.mixin.http import Exchange, Http, open_session
from bot.mixin.options import MixinOptions
from tests.bot.mixin.servers import FAST, FakeApi, raw, refuse, serve_api
from tests.bot.mixin.vectors import bot_keystore


@pytest.fixture
async def server() -> AsyncIterator[FakeApi]:
    async with serve_api() as api:
        yield api


@asynccontextmanager
async def open_http(*urls: str, options: MixinOptions = FAST) -> AsyncIterator[Http]:
    async with open_session(options) as session:
        yield Http(session, bot_keystore(), Route(urls), Clock(), options)


async def ask(url: str, path: str = "/me", *, method: str = "GET", body: bytes = b"") -> bytes:
    async with open_http(url) as http:
        return bytes(await http.send(Exchange(method, path, body)))


async def test_path_and_query_are_signed_as_they_are_sent(server: FakeApi) -> None:
    """Percent escapes, plus signs and odd characters reach the server untouched, or the token would not fit."""
    server.says({})
    target = "/search/%2B86%20138?a=1+2&b=%E2%98%95&c=x%2Fy&&d="
    await ask(server.url, target)
    assert server.targets == [f"GET {target}"]


async def test_base_address_with_a_path(server: FakeApi) -> None:
    """Behind a proxy with a path in front, that path is signed too."""
    server.says({})
    await ask(server.url + "/mixin", "/me")
    assert server.targets == ["GET /mixin/me"]


async def test_body_is_signed_as_it_is_sent(server: FakeApi) -> None:
    """The bytes of the body arrive as they were given, with their length, and none for an empty POST."""
    server.says({})
    await ask(server.url, "/messages", method="POST", body=b'[ {"a" : "\xe2\x98\x95"} ]')
    await ask(server.url, "/attachments", method="POST")
    assert [asked.body for asked in server.asked] == [b'[ {"a" : "\xe2\x98\x95"} ]', b""]
    assert server.asked[1].headers["Content-Length"] == "0"


async def test_every_attempt_has_a_new_id(server: FakeApi) -> None:
    """The same exchange sent twice has another id and another token."""
    server.says({})
    async with open_http(server.url) as http:
        exchange = Exchange("GET", "/me")
        await http.send(exchange)
        await http.send(exchange)
    first, second = server.asked
    assert first.claims["jti"] != second.claims["jti"]
    assert first.headers["Authorization"] != second.headers["Authorization"]


async def test_T9_redirects_are_never_followed(server: FakeApi) -> None:
    """A server that points elsewhere gets an error; neither token nor body reaches the other place."""
    async with serve_api() as elsewhere:
        elsewhere.says({})
        for status in (301, 302, 303, 307, 308):
            server.answers.clear()
            server.says(raw(b"", status=status, headers={"Location": elsewhere.url + "/me"}))
            with pytest.raises(Unclear):
                await ask(server.url, "/messages", method="POST", body=b"[]")
        assert elsewhere.asked == []


async def test_answer_to_another_request_is_dropped(server: FakeApi) -> None:
    """An answer with a foreign request id leaves the outcome unknown; one without any is taken."""

    async def foreign(request: web.Request) -> web.Response:
        return web.Response(body=b'{"data": 1}', headers={"X-Request-Id": "00000000-0000-4000-8000-000000000000"})

    async def without(request: web.Request) -> web.Response:
        return web.Response(body=b'{"data": 2}')

    server.answers = [foreign, without]
    with pytest.raises(Unavailable, match="another request"):
        await ask(server.url)
    assert await ask(server.url) == b"2"


async def test_gzip_answers_are_read(server: FakeApi) -> None:
    """A compressed answer is the same answer."""
    server.says(raw(gzip.compress(b'{"data": 5}'), headers={"Content-Encoding": "gzip"}))
    assert await ask(server.url) == b"5"


BOMB = gzip.compress(b'{"data": "' + b" " * 48 * 1024 * 1024 + b'"}', 9)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(BOMB, "gzip"), (b" " * (1024 * 1024 + 1), ""), (b"{}", "br"), (b"{}", "gzip"), (b"{}", "deflate, gzip")],
)
async def test_T13_F26_answer_bombs(server: FakeApi, body: bytes, encoding: str) -> None:
    """Of a huge answer no more than a mebibyte is kept, compressed or not; odd encodings are refused."""
    server.says(raw(body, headers={"Content-Encoding": encoding} if encoding else {}))
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Unavailable, match="the answer"):
        await ask(server.url)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 64 * 1024


async def test_T13_endless_answer(server: FakeApi) -> None:
    """An answer that never ends is cut off at the limit, and its connection closed."""
    closed = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" " * 65536)
        finally:
            closed.set()

    server.answers = [endless]
    async with open_http(server.url) as http:
        with pytest.raises(Unavailable, match="larger than"):
            await http.send(Exchange("GET", "/me"))
        async with asyncio.timeout(30):
            await closed.wait()


async def test_F25_answer_that_hangs(server: FakeApi) -> None:
    """A server that does not answer is given up after the total timeout."""
    hanging = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        await hanging.wait()
        return web.Response()

    server.answers = [hang]
    async with open_http(server.url, options=replace(FAST, request_timeout_s=0.1)) as http:
        with pytest.raises(Unavailable, match="Timeout"):
            await http.send(Exchange("GET", "/me"))
    hanging.set()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x16\x03\x01\x02\x00",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 999999 What\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
    ],
)
async def test_F23_F24_garbage_on_the_line(answer: bytes) -> None:
    """Whatever a server writes instead of HTTP, and wherever it stops, the outcome is unknown and nothing else."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        with pytest.raises(Unavailable):
            await ask(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_nobody_listens() -> None:
    """A refused connection is an unknown outcome, and the mirror is tried after two of them."""
    async with serve_api() as gone:
        dead = gone.url
    async with serve_api() as mirror, open_http(dead, mirror.url) as http:
        mirror.says({})
        for _ in range(2):
            with pytest.raises(Unavailable, match="cannot reach"):
                await http.send(Exchange("GET", "/me"))
        await http.send(Exchange("GET", "/me"))
        assert mirror.targets == ["GET /me"]


def self_signed(folder: Path, name: str, *, expired: bool = False) -> ssl.SSLContext:
    """A server's TLS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    ends = now - datetime.timedelta(days=1) if expired else now + datetime.timedelta(days=1)
    alternative = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.mark.parametrize(("name", "expired"), [("127.0.0.1", False), ("127.0.0.1", True), ("api.mixin.one", False)])
async def test_T10_certificates_are_checked(tmp_path: Path, name: str, expired: bool) -> None:
    """A server with a self-signed, expired or foreign certificate never sees a request."""
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=self_signed(tmp_path, name, expired=expired))
    async with server:
        with pytest.raises(Unavailable, match=r"(?i)certificate"):
            await ask(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert seen == []


async def test_clock_of_the_server_is_read(server: FakeApi) -> None:
    """How far the server's clock is ahead is told with every answer, refusals included."""
    server.clock_ahead_s = 200.0
    server.says(refuse(10002, extra={"field": "limit"}))
    exchange = Exchange("GET", "/me")
    async with open_http(server.url) as http:
        with pytest.raises(Rejected) as caught:
            await http.send(exchange)
    assert caught.value.extra == {"field": "limit"}
    assert caught.value.request_id == exchange.request_id
    assert exchange.skew_s is not None
    assert 199.0 < exchange.skew_s < 201.0


@pytest.mark.parametrize("text", ["", "-1", "soon", "9" * 400, "1e9", "٣"])
async def test_clock_that_makes_no_sense(server: FakeApi, text: str) -> None:
    """A server time that is no plain number is no server time."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b"{}", headers={"X-Server-Time": text})

    server.answers = [answer]
    exchange = Exchange("GET", "/me")
    async with open_http(server.url) as http:
        await http.send(exchange)
    assert exchange.skew_s is None


async def test_T22_errors_show_no_token(server: FakeApi) -> None:
    """No error of a request holds the token."""
    async with serve_api() as gone:
        dead = gone.url
    server.says(raw(b"<html>", status=502))
    for url in (dead, server.url):
        with pytest.raises(ServiceError) as caught:
            await ask(url)
        assert "eyJ" not in f"{caught.value!r} {caught.value.__dict__}"
