"""A Mixin of the tests' own, on real sockets, that misbehaves as it is told to; it checks no signatures.

It keeps what people said until that is acknowledged, pushes it again on every LIST_PENDING_MESSAGES, and drops messages
of the bot whose id it knows. Every step is noted in the journal before it happens, and `hook` may act on it: raising
`Gone` ends the connection there.
"""

import asyncio
import base64
import json
import random
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.e2e import phones, views
from tests.e2e.blaze import Line
from tests.e2e.journal import Event, Journal, Visible
from tests.e2e.phones import Phones
from tests.e2e.sockets import Gone, Request, read_request, reset, response
from tests.e2e.views import Said, refusal


@dataclass(frozen=True)
class Answer:
    """How one request is treated; as it stands: properly.

    `body` replaces the proper one. `accept`: whether the request takes effect. `delay_s` passes after the effect and
    before the answer. Of the answer, `cut` bytes are sent before the connection is reset. `echo` replaces the
    X-Request-Id.
    """

    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    accept: bool = True
    delay_s: float = 0.0
    cut: int | None = None
    echo: str | None = None


PROPER = Answer()
Hook = Callable[[Event], Awaitable[None]]


@dataclass
class Wire:
    """Use `open_wire`."""

    port: int = 0
    bot_id: str = views.BOT_ID
    journal: Journal = field(default_factory=Journal)
    pending: dict[str, Said] = field(default_factory=dict)
    hook: Hook | None = None
    answers: dict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))
    """By path: how the next requests are treated, one each."""
    weather: Callable[[str], Answer] = field(default=lambda path: PROPER)
    """How requests to a path are treated that `answers` says nothing of."""
    judge: Callable[[Sequence[dict[str, Any]]], Answer | None] = field(default=lambda items: None)
    """Looks at what is posted, and may refuse it."""
    upgrades: deque[Callable[[asyncio.StreamWriter], Awaitable[None]]] = field(default_factory=deque)
    """What is done, instead of upgrading, with the next attempts to connect."""
    attempts: list[float] = field(default_factory=list)
    """When somebody tried to connect to Blaze, in monotonic seconds."""
    requests: int = 0
    tokens: list[str] = field(default_factory=list)
    """The last few that were shown."""
    revoked: bool = False
    clock_ahead_s: float = 0.0
    copies: int = 1
    shuffle: random.Random | None = None
    """Deliver in random order, if set."""
    lines: list[Line] = field(default_factory=list)
    phones: Phones | None = None
    """People's devices, where Message Encryption is on."""

    def __post_init__(self) -> None:
        self._changed = asyncio.Event()
        self._connections: set[asyncio.StreamWriter] = set()

    @property
    def line(self) -> Line:
        """The connection to Blaze that listens."""
        return next(line for line in reversed(self.lines) if line.listening)

    async def say(self, *messages: Said) -> None:
        """People say something: it is kept, and pushed if somebody listens."""
        for said in messages:
            self._keep(said)
        if any(line.listening for line in self.lines):
            line = self.line
            try:
                await line.deliver(messages, "CREATE_MESSAGE")
            except Gone:
                line.abort()

    def keep(self, *messages: Said) -> None:
        """People said something while nobody listened."""
        for said in messages:
            self._keep(said)

    def _keep(self, said: Said) -> None:
        said.phones = self.phones
        self.journal.said[said.id] = self.pending[said.id] = said

    async def note(self, kind: str, ids: Sequence[str] = ()) -> None:
        event = self.journal.note(kind, ids)
        self._changed.set()
        if self.hook is not None:
            await self.hook(event)

    async def until(self, condition: Callable[[], bool], within_s: float = 45.0) -> None:
        """Wait until something noted makes it true.

        Raises:
            TimeoutError: It did not; the text has the last events.
        """
        try:
            async with asyncio.timeout(within_s):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            last = [event.kind for event in self.journal.events[-20:]]
            raise TimeoutError(f"{len(self.pending)} pending after {within_s} s; last: {last}") from None

    async def until_done(self, within_s: float = 45.0) -> None:
        """Wait until all that was said is acknowledged."""
        await self.until(lambda: not self.pending, within_s)

    async def until_listening(self, within_s: float = 45.0) -> None:
        await self.until(lambda: any(line.listening for line in self.lines), within_s)

    async def drop(self) -> None:
        """End every Blaze connection without a word, and count none of them as listening any more."""
        for line in list(self.lines):
            line.abort()

    def signs(self, token: str) -> bool:
        """Whether a token is good enough: not revoked, and of a time that the server agrees with."""
        payload = token.removeprefix("Bearer ").split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        self.tokens = [*self.tokens[-9:], token]
        return not self.revoked and abs(claims["iat"] - (time.time() + self.clock_ahead_s)) <= 300

    # Connections

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: Request | None = None
    ) -> None:
        """A connection; `first` is what was read of it already."""
        self._connections.add(writer)
        try:
            while (request := first or await read_request(reader)) is not None:
                first = None
                if "authorization" not in request.headers:
                    self.journal.strange.append(f"{request.target} without a token")
                if request.headers.get("upgrade", "").lower() == "websocket":
                    await self._blaze(request, reader, writer)
                    return
                await self._answer(request, writer)
        except (Gone, ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            reset(writer)
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _blaze(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.attempts.append(time.monotonic())
        await self.note("attempt")
        if self.upgrades:
            await self.upgrades.popleft()(writer)
            return
        line = Line(self, reader, writer)
        self.lines.append(line)
        try:
            await line.run(request, welcome=self.signs(request.headers["authorization"]))
        finally:
            self.lines.remove(line)
            await self.note("line lost")

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.requests += 1
        path = request.path
        sort = "/messages" if path == "/encrypted_messages" else path
        treat = self.answers[sort].popleft() if self.answers[sort] else self.weather(sort)
        if not self.signs(request.headers["authorization"]):
            body: bytes = refusal(401)
        else:
            body = await self._effect(request, treat)
        if treat.delay_s:
            await asyncio.sleep(treat.delay_s)
        headers = {
            "Content-Type": "application/json",
            "X-Request-Id": request.headers.get("x-request-id", "") if treat.echo is None else treat.echo,
            "X-Server-Time": str(int((time.time() + self.clock_ahead_s) * 1e9)),
            **treat.headers,
        }
        data = response(treat.status, body if treat.body is None else treat.body, headers)
        if treat.cut is not None:
            writer.write(data[: treat.cut])
            await writer.drain()
            raise Gone
        writer.write(data)
        await writer.drain()
        if path in ("/messages", "/encrypted_messages", "/acknowledgements"):
            await self.note("ack answered" if path == "/acknowledgements" else "answered")

    async def _effect(self, request: Request, treat: Answer) -> bytes:
        match request.method, request.path:
            case "POST", "/messages" | "/encrypted_messages":
                if (request.path == "/messages") != (self.phones is None):
                    self.journal.strange.append(f"{request.path} with the wrong sort of encryption")
                return await self._post(request.body, treat)
            case "POST", "/acknowledgements":
                return await self._acknowledge(json.loads(request.body), treat)
        await self.note(f"{request.method} {request.path}")
        return self._look_up(request)

    async def _post(self, body: bytes, treat: Answer) -> bytes:
        found = json.loads(body)
        items = found if isinstance(found, list) else [found]
        if len(items) > 100 or len(body) > 128 * 1024:
            self.journal.strange.append(f"a batch of {len(items)} messages and {len(body)} bytes")
        ids = [item["message_id"] for item in items]
        await self.note("post", ids)
        if (refused := self.judge(items)) is not None:
            return refused.body or b""
        if not treat.accept:
            return b"{}"
        if self.phones is None:
            answer = b"{}"
        else:
            taken = [self.phones.take(item) for item in items]
            answer, items = phones.answers(taken), [clear for _, clear in taken if clear is not None]
        for item in items:
            self._accept(item)
        await self.note("accepted", ids)
        return answer

    def _accept(self, item: Mapping[str, Any]) -> None:
        journal = self.journal
        if item["message_id"] in journal.visible:
            journal.repeated += 1
            return
        data = item.get("data_base64") or item.get("data") or ""
        text = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)).decode()
        journal.visible[item["message_id"]] = Visible(
            item["message_id"], item["conversation_id"], item["category"], text, len(journal.events)
        )

    async def _acknowledge(self, items: Sequence[Mapping[str, str]], treat: Answer) -> bytes:
        ids = [item["message_id"] for item in items]
        if len(ids) > 100:
            self.journal.strange.append(f"a batch of {len(ids)} acknowledgements")
        await self.note("ack", ids)
        if treat.accept:
            for message_id in ids:
                self.journal.acked.setdefault(message_id, len(self.journal.events))
                self.pending.pop(message_id, None)
            await self.note("acked", ids)
        return b"{}"

    def _look_up(self, request: Request) -> bytes:
        first, _, rest = request.path.strip("/").partition("/")
        match request.method, first, rest:
            case "GET", "me", "":
                found: object = views.me(self.bot_id, encrypted=self.phones is not None)
            case "POST", "sessions", "fetch":
                known = self.phones
                found = [one for who in json.loads(request.body) for one in known.view(who)] if known else []
            case "POST", "users", "fetch":
                found = [views.user(who) for who in json.loads(request.body)]
            case "GET", "users", who:
                found = views.user(who)
            case "POST", "conversations", "":
                asked = json.loads(request.body)
                found = views.conversation(asked["conversation_id"], [asked["participants"][0]["user_id"]])
            case "GET", "assets" | "safe", _:
                found = []
            case _:
                return refusal(404)
        return json.dumps({"data": found}).encode()

    async def close(self) -> None:
        for writer in list(self._connections):
            reset(writer)


@asynccontextmanager
async def open_wire() -> AsyncIterator[Wire]:
    """The server, on a free port of this machine."""
    wire = Wire()
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0, limit=2**20)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        await wire.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await server.wait_closed()
