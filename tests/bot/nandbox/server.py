"""A nandbox of the tests' own on a real socket: serves as the protocol says, and misbehaves as it is told to."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bot.nandbox.account import Account
from bot.nandbox.options import LineOptions

BOT = "90091783000000101"
TOKEN = f"{BOT}:0:AAAAbbbbCCCCddddEEEEffffGGGGhh"
APP = "90090684000000559"
NADIA = "90089584000000899"
OMAR = "90089584000000900"
NOBODY = "90089584000099999"
GROUP = "90090684000000777"

FAST = LineOptions(
    handshake_timeout_s=5.0, login_timeout_s=2.0, request_timeout_s=5.0, tick_s=0.05, ping_every_s=0.2, silent_s=2.0,
    backoff_first_s=0.01, backoff_most_s=0.05, superseded_s=0.1, grace_s=0.05,
)  # fmt: skip

Request = dict[str, Any]
Serve = Callable[["Visit", Request], Awaitable[None]]
EVENTS = (
    "upgrade", "login", "hello", "question", "answer", "message", "send", "stored", "ack", "delivered",
)  # fmt: skip
"""Where a line can be cut, in the order of a conversation; `stored` is before the acknowledgement, `ack` after it."""


def user(user_id: str, name: Any = "Nadia Farouk", **members: Any) -> dict[str, Any]:
    """A User with everything that `userDetails` has."""
    photo = f"V_0F9o_{user_id}_0_g0LwjLXs6x.jpg"
    return {
        "id": user_id, "name": name, "version": "0F9o", "is_bot": False, "status": "At sea",
        "image": base64.b64encode(b"\xff\xd8\xff\xe0preview").decode(),
        "photo": {"id": photo, "width": 256, "height": 256,
                  "thumbnail": {"id": f"{photo}.thumb.jpg", "width": 120, "height": 120}},
    } | members  # fmt: skip


class Cut(Exception):
    """The line of a visit is cut."""


@dataclass
class Visit:
    """One connection."""

    nandbox: "FakeNandbox"
    socket: ServerConnection

    async def say(self, content: Any) -> None:
        text = content if isinstance(content, str | bytes) else json.dumps(content, separators=(",", ":"))
        if isinstance(text, bytes):
            await self.socket.send(text, text=True)
        else:
            await self.socket.send(text)

    def cut(self) -> None:
        """End TCP without a close frame."""
        self.socket.transport.abort()
        self.nandbox.leave(self)
        raise Cut

    async def fail(self, code: int, *, cut: bool = False) -> None:
        await self.say({"error": code})
        if cut:
            self.cut()

    async def answer(self, request: Request, method: str, **members: Any) -> None:
        """An answer with the question's app and reference."""
        answer = {"method": method, "app_id": APP, **members}
        if "reference" in request:
            answer["reference"] = request["reference"]
        await self.say(answer)


@dataclass
class FakeNandbox:
    """`serve` has what answers a method; `cuts` are events at which the line is cut, each once, in this order."""

    people: dict[str, dict[str, Any]] = field(default_factory=lambda: {NADIA: user(NADIA), OMAR: user(OMAR, "Omar")})
    serve: dict[str, Serve] = field(default_factory=dict)
    cuts: list[str] = field(default_factory=list)
    journal: list[Request] = field(default_factory=list)
    """Every request, in order."""
    said: list[Request] = field(default_factory=list)
    """Messages of the bot, each reference once."""
    pushes: list[dict[str, Any]] = field(default_factory=list)
    """Messages of people that no line has carried yet."""
    last_reference: int = 0
    logins: int = 0
    uri: str = ""

    def __post_init__(self) -> None:
        self.changed = asyncio.Event()
        self.visits: list[Visit] = []
        self._references: dict[Any, str] = {}
        self._numbers = 0

    @property
    def account(self) -> Account:
        files = self.uri.replace("ws", "http", 1).replace("/api/", "/")
        return Account(TOKEN, self.uri, APP, f"{files}upload/", f"{files}download/")

    def asked(self, method: str) -> list[Request]:
        return [request for request in self.journal if request.get("method") == method]

    async def until(self, true: Callable[[], bool], within_s: float = 30.0) -> None:
        """Wait until something is so, looking whenever something happened."""
        async with asyncio.timeout(within_s):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    async def push(self, frame: dict[str, Any]) -> None:
        """Something that a person did; kept until a line carried it wholly."""
        self.pushes.append(frame)
        for visit in self.visits[-1:]:
            with suppress(Cut, ConnectionClosed):
                await self._flush(visit)

    def _at(self, visit: Visit, event: str) -> None:
        self.changed.set()
        if self.cuts and self.cuts[0] == event:
            self.cuts.pop(0)
            visit.cut()

    async def visit(self, socket: ServerConnection) -> None:
        """Serve one connection to its end."""
        visit = Visit(self, socket)
        try:
            self._at(visit, "upgrade")
            await self._log_in(visit)
            await self._flush(visit)
            async for text in socket:
                await self._serve(visit, json.loads(text))
        except (Cut, ConnectionClosed):
            pass
        finally:
            self.leave(visit)

    def leave(self, visit: Visit) -> None:
        """Nothing is said by this line any more."""
        if visit in self.visits:
            self.visits.remove(visit)
        self.changed.set()

    async def _log_in(self, visit: Visit) -> None:
        request = json.loads(await visit.socket.recv())
        self.journal.append(request)
        self._at(visit, "login")
        if handler := self.serve.get("TOKEN_AUTH"):
            await handler(visit, request)
        if request != {"method": "TOKEN_AUTH", "token": TOKEN, "rem": True}:
            await visit.fail(199999, cut=True)
        await visit.say({
            "date": 1774000000000, "is_nandbox": 0, "method": "TOKEN_AUTH_OK", "name": "Harbour Helper", "ID": BOT,
            "id": BOT, "localId": self.last_reference, "email": None, "token": TOKEN,
        })  # fmt: skip
        self.logins += 1
        self.visits.append(visit)
        self._at(visit, "hello")

    async def _serve(self, visit: Visit, request: Request) -> None:
        method = request.get("method", "")
        if method != "PING":
            self.journal.append(request)
        self.changed.set()
        if handler := self.serve.get(method):
            await handler(visit, request)
        elif method == "PING":
            await visit.say({"method": "PONG"})
        elif method == "getUser":
            self._at(visit, "question")
            if request["user_id"] not in self.people:
                await visit.fail(199999, cut=True)
            await visit.answer(request, "userDetails", user=self.people[request["user_id"]])
            self._at(visit, "answer")
        elif method.startswith("send"):
            await self.take(visit, request)

    async def take(self, visit: Visit, request: Request) -> None:
        """Store a message once, and acknowledge it."""
        self._at(visit, "send")
        reference = request["reference"]
        if reference not in self._references:
            self._numbers += 1
            self._references[reference] = f"d1_s4y2PKhZ{self._numbers}"
            self.said.append(request)
        self.last_reference = reference
        self._at(visit, "stored")
        await visit.say({
            "method": "messageAck",
            "ack": {"reference": reference, "date": 1719314102985, "gmid": None,
                    "message_id": self._references[reference]},
        })  # fmt: skip
        self._at(visit, "ack")
        await visit.say({"reference": reference, "method": "messageDelivered", "message_id": "d1_x1"})
        self._at(visit, "delivered")

    async def _flush(self, visit: Visit) -> None:
        while self.pushes:
            await visit.say(self.pushes[0])
            self.pushes.pop(0)
            if self.cuts[:1] == ["message"]:
                await (await visit.socket.ping())  # what a cut catches on its way is lost, as nandbox says
                self._at(visit, "message")


@asynccontextmanager
async def open_nandbox(
    context: ssl.SSLContext | None = None, *, port: int = 0, **facts: Any
) -> AsyncIterator[FakeNandbox]:
    """Serve until the block ends."""
    nandbox = FakeNandbox(**facts)
    server: Server
    async with serve(nandbox.visit, "127.0.0.1", port, ssl=context, compression=None, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        nandbox.uri = f"{'wss' if context else 'ws'}://127.0.0.1:{port}/nandbox/api/"
        yield nandbox
