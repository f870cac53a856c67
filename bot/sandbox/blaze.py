"""Blaze: the WebSocket over which a bot hears what people say.

Source: mixin.md 7 and 13.8; https://developers.mixin.one/docs/app/guide/message-loop
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox import views
from bot.sandbox.api_messages import admit, read_acknowledgement
from bot.sandbox.auth import Asked, Caller, authenticate, claims_of
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.faults import BLAZE_PATH, Fault
from bot.sandbox.frames import FrameError, decode, encode, failure, push, reply
from bot.sandbox.items import read_item, read_list
from bot.sandbox.messages import Waiting
from bot.sandbox.patterns import note_strays
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.serve import proxy_page

PROTOCOLS = ("Mixin-Blaze-1", "MixinBot-Blaze-1")
MAX_FRAME_BYTES = 4 * 1024 * 1024
CHUNK = 100
MAX_BEHIND = 50_000
ROOT_SIG = "f837ebeb4c2981ad9c64b70d0b0d18724c76c60781b9e4bf7a582510df7ada39"
LIVE = "CREATE_MESSAGE"
BUNDLE = 64
MAX_UNSENT_BYTES = 1024 * 1024
UNSENT_AGAIN_S = 0.02
BACKLOG = "LIST_PENDING_MESSAGES"

log = logging.getLogger(__name__)


async def connect(sandbox: Sandbox, request: web.Request) -> web.StreamResponse:
    """Upgrade first, then look at the token: a bad one gets an ERROR frame and a close."""
    sandbox.settle_clock()
    if html := sandbox.faults.fires("html", BLAZE_PATH):
        return proxy_page(int(html.value))
    if sandbox.faults.fires("internal", BLAZE_PATH):
        return proxy_page(500)
    socket = web.WebSocketResponse(
        protocols=PROTOCOLS, compress=False, autoping=False, max_msg_size=MAX_FRAME_BYTES, timeout=2.0
    )
    await socket.prepare(request)
    try:
        caller = _caller(sandbox, request)
    except ApiError as error:
        log.info("sandbox.blaze_refused why=%s", error)
        sandbox.inspector.note(f"{error.code} for a Blaze handshake: {error}")
        await socket.send_bytes(encode(failure(error.body())))
        await socket.close(code=WSCloseCode.OK)
        return socket
    line = BlazeLine(sandbox, socket, request, caller)
    if not sandbox.lines.add(line):
        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"this bot is connected already")
        return socket
    try:
        await line.run()
    finally:
        sandbox.lines.remove(line)
    return socket


def _caller(sandbox: Sandbox, request: web.Request) -> Caller:
    """Handshake tokens are for `GET /`, also where Blaze is served under another path."""
    if sandbox.faults.fires("unauthorized", BLAZE_PATH):
        raise ApiError(401, why="a fault in force")
    authorization = request.headers.get("Authorization", "")
    signed_root = (claims_of(authorization) or {}).get("sig") == ROOT_SIG
    target = "/" if signed_root else request.raw_path
    asked = Asked("GET", target, b"", authorization, request.headers.get("X-Request-Id", ""))
    caller = authenticate(sandbox, asked, now_s=sandbox.clock.seconds(), used=sandbox.used_ids)
    if caller.scopes is not None:
        raise ApiError(401, why="a person's token is not for Blaze")
    return caller


class BlazeLine:
    """One connection of one bot."""

    def __init__(self, sandbox: Sandbox, socket: web.WebSocketResponse, request: web.Request, caller: Caller) -> None:
        self.bot_id = caller.user_id
        self.listening = False
        self._sandbox = sandbox
        self._socket = socket
        self._transport = request.transport
        self._awake = asyncio.Event()
        self._soon: deque[dict[str, Any]] = deque()
        self._unsettled: set[str] = set()
        self._cursor = 0
        self._backlog_to = 0
        self._dead = False
        self._heard_at = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Until either side ends it."""
        with suppress(ConnectionError):
            try:
                async with asyncio.TaskGroup() as group:
                    helpers = [group.create_task(self._push()), group.create_task(self._ping())]
                    await self._read()
                    for helper in helpers:
                        helper.cancel()
            except* ConnectionError as lost:
                log.debug("sandbox.blaze_lost errors=%d", len(lost.exceptions))

    # What the rest of the sandbox tells a line

    def wake(self) -> None:
        self._awake.set()

    def settled(self, message_ids: Iterable[str]) -> None:
        self._unsettled.difference_update(message_ids)
        self._awake.set()

    def push_later(self, frame: dict[str, Any]) -> None:
        self._soon.append(frame)
        self._awake.set()
        if len(self._soon) > MAX_BEHIND:
            self.cut()

    def replaced(self) -> None:
        self.cut()

    def cut(self) -> None:
        """End it as a broken cable would: no close frame."""
        if self._transport is not None:
            self._transport.abort()

    # What the bot says

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            self._heard_at = asyncio.get_running_loop().time()
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                return
            if self._is_dead() or message.type is WSMsgType.PONG:
                continue
            if message.type is WSMsgType.PING:
                await self._socket.pong(message.data)
                continue
            try:
                if message.type is not WSMsgType.BINARY:
                    raise FrameError("a text frame")
                frame = decode(message.data)
            except FrameError as error:
                self._sandbox.inspector.note(f"Blaze closed with 1003: {error}")
                await self._socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=str(error).encode()[:100])
                return
            self._sandbox.inspector.frame("in", frame, len(message.data))
            await self._send(self._answer(frame))

    def _answer(self, frame: dict[str, Any]) -> dict[str, Any]:
        if self._sandbox.faults.fires("blaze_error"):
            return failure(ApiError(7000).body(), frame)
        try:
            return reply(frame, self._act(frame))
        except ApiError as error:
            return failure(error.body(), frame)

    def _act(self, frame: dict[str, Any]) -> Any:
        action, params = frame.get("action"), frame.get("params")
        if action == BACKLOG:
            return self._begin()
        if not isinstance(params, dict):
            raise bad_field("params", "must be an object")
        if action == LIVE:
            item = read_item(params)
            admit(self._sandbox, 1)
            bot = self._sandbox.person(self.bot_id)
            self._sandbox.delivery.accept(bot, [item], recipient_needed=False)
            note_strays(self._sandbox, self.bot_id, [item])
            return views.own_send(item.message_id, self.bot_id, self._sandbox.clock.text())
        if action == "ACKNOWLEDGE_MESSAGE_RECEIPT":
            rows: list[Any] = [params]
        elif action == "ACKNOWLEDGE_MESSAGE_RECEIPTS":
            rows = read_list(params.get("messages"))
        else:
            raise ApiError(404, why=f"unknown action {action!r}")
        self._sandbox.delivery.acknowledge(self.bot_id, [read_acknowledgement(one) for one in rows])
        return None

    def _begin(self) -> None:
        """LIST_PENDING_MESSAGES: start, or start again, with everything that is not acknowledged."""
        self._sandbox.forget_old()
        self._cursor = 0
        self._backlog_to = self._sandbox.queue.last(self.bot_id)
        self._unsettled.clear()
        self.listening = True
        for message_id, status, at in self._sandbox.queue.take_receipts(self.bot_id):
            self.push_later(push("ACKNOWLEDGE_MESSAGE_RECEIPT", views.receipt(message_id, status, at)))
        self._awake.set()

    # What the bot hears

    async def _push(self) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            while self._soon:
                await self._send_soon()
            while self.listening and (room := self._sandbox.options.window - len(self._unsettled)) > 0:
                waiting = self._sandbox.queue.after(self.bot_id, self._cursor, min(room, CHUNK))
                if not waiting:
                    break
                if reorder := self._sandbox.faults.fires("reorder"):
                    await asyncio.sleep(reorder.value)
                    waiting = self._sandbox.queue.after(self.bot_id, self._cursor, min(room, CHUNK))
                    waiting.reverse()
                self._cursor = max((one.seq for one in waiting), default=self._cursor)
                self._unsettled.update(one.message.message_id for one in waiting)
                for one in waiting:
                    await self._deliver(one)

    async def _deliver(self, waiting: Waiting) -> None:
        source = BACKLOG if waiting.seq <= self._backlog_to else LIVE
        frame = push(LIVE, views.incoming(waiting.message, source))
        await self._send(frame)
        if self._sandbox.faults.fires("duplicate"):
            await self._send(frame | {"id": push(LIVE, {})["id"]})

    async def _send_soon(self) -> None:
        """One frame of those that wait; in calm weather many in one write, which is what a burst of receipts costs."""
        if self._transport is None or not self._sandbox.faults.calm or self._is_dead() or len(self._soon) < 2:
            await self._send(self._soon.popleft())
            return
        many = [self._soon.popleft() for _ in range(min(len(self._soon) - 1, BUNDLE))]
        raws = [encode(frame) for frame in many]
        for frame, raw in zip(many, raws, strict=True):
            self._sandbox.inspector.frame("out", frame, len(raw))
        self._transport.write(b"".join(framed(raw) for raw in raws))
        while self._transport.get_write_buffer_size() > MAX_UNSENT_BYTES:  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(UNSENT_AGAIN_S)
        await self._send(self._soon.popleft())

    async def _send(self, frame: dict[str, Any]) -> None:
        if self._is_dead():
            return
        raw = encode(frame)
        self._sandbox.inspector.frame("out", frame, len(raw))
        await self._socket.send_bytes(raw)
        for fault in self._sandbox.faults.standing("drop_blaze"):
            self._count(fault)

    def _count(self, fault: Fault) -> None:
        fault.seen += 1
        if fault.seen >= fault.value:
            fault.seen = 0
            if self._sandbox.faults.hits(fault):
                self._sandbox.faults.used(fault)
                self.cut()

    def _is_dead(self) -> bool:
        self._dead = self._dead or bool(self._sandbox.faults.fires("half_open"))
        return self._dead

    async def _ping(self) -> None:
        """Ping as often as Mixin may, and end lines that nobody is on."""
        loop, options = asyncio.get_running_loop(), self._sandbox.options
        while True:
            await asyncio.sleep(min(options.ping_every_s, options.silence_s))
            if loop.time() - self._heard_at >= options.silence_s and not self._dead:
                self.cut()
            elif not self._dead:
                await self._socket.ping()


def framed(raw: bytes) -> bytes:
    """A binary WebSocket frame as a server sends it: whole and not masked. Source: RFC 6455, 5.2."""
    size = len(raw)
    if size < 126:
        return bytes((0x82, size)) + raw
    if size < 65_536:
        return b"\x82\x7e" + size.to_bytes(2, "big") + raw
    return b"\x82\x7f" + size.to_bytes(8, "big") + raw
