"""Mixin's side of the wire, as small as a test needs it: an API and a Blaze on loopback, told what to answer."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import structlog
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as Upgrade
from websockets.http11 import Response as UpgradeResponse
from websockets.typing import Subprotocol

from bot.mixin.access import Access
from bot.mixin.api import Api
from bot.mixin.auth import Clock, signature
from bot.mixin.hosts import Hosts, Route
from bot.mixin.http import Http, open_session
from bot.mixin.options import BlazeOptions, MixinOptions
from bot.wire import encode
from tests.bot.mixin.vectors import BOT_ID, SEED, bot_keystore

FAST = MixinOptions(
    blaze=BlazeOptions(
        handshake_timeout_s=2.0,
        close_timeout_s=0.2,
        ping_every_s=0.05,
        pong_wait_s=0.3,
        relist_after_s=0.1,
        backoff_first_s=0.01,
        backoff_most_s=0.05,
        stable_after_s=60.0,
    ),
    request_timeout_s=2.0,
    retry_first_s=0.001,
    retry_most_s=0.01,
    skip_linger_s=0.0,
    profile_every_s=None,
)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
PUBLIC_KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SEED)).public_key()


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    target: str
    body: bytes
    headers: dict[str, str]
    claims: dict[str, Any]


@dataclass
class FakeApi:
    """`answers` are given in turn, the last one again and again. Every token is checked as Mixin would."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    clock_ahead_s: float = 0.0
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    async def another(self) -> None:
        """Until another request has arrived."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    @property
    def targets(self) -> list[str]:
        return [f"{asked.method} {asked.target}" for asked in self.asked]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        token = request.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, PUBLIC_KEY, algorithms=["EdDSA"], options={"verify_exp": False, "verify_iat": False})
        assert claims["sig"] == signature(request.method, request.raw_path, body)
        assert claims["jti"] == request.headers["X-Request-Id"]
        assert (claims["uid"], claims["scp"]) == (BOT_ID, "FULL")
        assert request.headers["Content-Type"] == "application/json"
        self.asked.append(Asked(request.method, request.raw_path, body, dict(request.headers), claims))
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()
        server_s = time.time() + self.clock_ahead_s
        if abs(claims["iat"] - server_s) > 300:
            return self.signed(request, refuse(401))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)

    def signed(self, request: web.Request, response: web.Response) -> web.Response:
        """As the server marks its answers: with the request's id and its own time."""
        response.headers["X-Request-Id"] = request.headers["X-Request-Id"]
        response.headers["X-Server-Time"] = str(int((time.time() + self.clock_ahead_s) * 1e9))
        return response

    def says(self, *responses: web.Response | object) -> None:
        """Answer with `data`, or with a whole response, in turn."""
        for given in responses:
            self.answers.append(self._saying(given))

    def _saying(self, given: web.Response | object) -> Answer:
        async def answer(request: web.Request) -> web.StreamResponse:
            if not isinstance(given, web.Response):
                return self.signed(request, web.Response(body=encode({"data": given})))
            assert isinstance(given.body, bytes)
            copy = web.Response(body=given.body, status=given.status, headers=given.headers)
            return self.signed(request, copy)

        return answer


def refuse(code: int, *, status: int = 202, http: int = 202, extra: object = None) -> web.Response:
    """An error as the API writes it."""
    error = {"status": status, "code": code, "description": f"code {code}", **({"extra": extra} if extra else {})}
    return web.Response(body=encode({"error": error}), status=http)


def raw(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=body, status=status, headers=headers)


@asynccontextmanager
async def serve_api() -> AsyncIterator[FakeApi]:
    api = FakeApi()
    runner = web.ServerRunner(web.Server(api.handle))  # type: ignore[arg-type] # web.Request is what it passes
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield api
    finally:
        await runner.cleanup()


@asynccontextmanager
async def open_api(url: str, *, options: MixinOptions = FAST, clock: Clock | None = None) -> AsyncIterator[Api]:
    """The client towards a server; `api_access(api)` is the way beneath it."""
    async with open_session(options) as session:
        access = Access(Http(session, bot_keystore(), Route([url]), clock or Clock(), options), options)
        yield Api(access, BOT_ID, options)


Script = Callable[[ServerConnection], Awaitable[None]]


@dataclass
class FakeBlaze:
    """Runs one script for each connection, the last one again and again; refuses upgrades while `refusals` last."""

    url: str = ""
    scripts: list[Script] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    connections: int = 0
    connected: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def upgrade(self, connection: ServerConnection, request: Upgrade) -> UpgradeResponse | None:
        self.tokens.append(request.headers["Authorization"])
        assert request.headers["Sec-WebSocket-Protocol"] == "Mixin-Blaze-1"
        assert "Sec-WebSocket-Extensions" not in request.headers
        if self.refusals:
            status = self.refusals.pop(0)
            response = connection.respond(status, "<html>no</html>")
            if 300 <= status < 400:
                response.headers["Location"] = self.redirect_to
            return response
        return None

    redirect_to: str = ""

    async def handle(self, connection: ServerConnection) -> None:
        self.connections += 1
        async with self.connected:
            self.connected.notify_all()
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        with contextlib.suppress(ConnectionClosed):
            await script(connection)

    async def wait_for(self, connections: int) -> None:
        """Until so many connections have been made in all."""
        async with self.connected:
            await self.connected.wait_for(lambda: self.connections >= connections)


@asynccontextmanager
async def serve_blaze(**options: Any) -> AsyncIterator[FakeBlaze]:
    blaze = FakeBlaze()
    async with serve(
        blaze.handle,
        "127.0.0.1",
        0,
        process_request=blaze.upgrade,
        subprotocols=[Subprotocol("Mixin-Blaze-1")],
        ping_interval=None,
        close_timeout=0.2,
        **options,
    ) as server:
        scheme = "wss" if "ssl" in options else "ws"
        blaze.url = f"{scheme}://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"
        yield blaze


class Heard:
    """Log lines as they are written; `until` waits for one."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []

    def __call__(self, logger: Any, method: str, line: Any) -> Any:
        self.lines.append(dict(line))
        for event, future in self._waiting:
            if event == line["event"] and not future.done():
                future.set_result(None)
        raise structlog.DropEvent

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]

    async def until(self, event: str) -> None:
        """Until such a line is written, from now on."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((event, future))
        async with asyncio.timeout(30):
            await future


@contextlib.contextmanager
def hearing() -> Iterator[Heard]:
    """Take the log, as `structlog.testing.capture_logs` does, with a way to wait for it."""
    heard, processors = Heard(), structlog.get_config()["processors"]
    before = processors.copy()
    processors[:] = [heard]
    structlog.configure(processors=processors)
    try:
        yield heard
    finally:
        processors[:] = before
        structlog.configure(processors=processors)


def hosts_of(api: FakeApi, blaze: FakeBlaze) -> Hosts:
    return Hosts((api.url,), (blaze.url,))
