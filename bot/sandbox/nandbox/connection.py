"""One WebSocket of a bot: login first, then its requests in order, and events in between.

Source: nandbox.md 2 to 5 and 13.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from bot.sandbox.nandbox.accounts import Bot
from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.methods import METHODS, READING
from bot.sandbox.nandbox.nandbox import Nandbox
from bot.sandbox.nandbox.weather import Held, Weather
from bot.sandbox.nandbox.wire import (
    MAX_FRAME_BYTES,
    SUPERSEDED,
    Frame,
    Refused,
    bad_content,
    decode,
    encode,
    error_frame,
)
from bot.sandbox.tables import transaction

LINGER_S = 1.0
MAX_BEHIND = 50_000
GARBAGE = '{"method":"userDetails","user":{'
HIDDEN = "…"

log = logging.getLogger(__name__)


async def connect(nandbox: Nandbox, request: web.Request) -> web.StreamResponse:
    """Any origin, any headers: the token in the first frame is what counts."""
    socket = web.WebSocketResponse(compress=False, max_msg_size=MAX_FRAME_BYTES, timeout=2.0)
    await socket.prepare(request)
    with suppress(ConnectionError):
        await Connection(nandbox, socket, request.transport).run()
    return socket


class Connection:
    """`bot_id` is "" until the bot has logged in."""

    def __init__(self, nandbox: Nandbox, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self.bot_id = ""
        self._nandbox = nandbox
        self._socket = socket
        self._transport = transport
        self._weather = Weather(nandbox.faults)
        self._held = Held(self._send)
        self._soon: deque[Frame] = deque()
        self._awake = asyncio.Event()
        self._ended = False

    async def run(self) -> None:
        """Until either side ends it."""
        try:
            async with asyncio.timeout(self._nandbox.settings.login_s):
                message = await self._socket.receive()
        except TimeoutError:
            self.cut()
            return
        try:
            await self._log_in(message)
        except Refused as refused:
            await self._refuse(refused)
            return
        telling = asyncio.create_task(self._tell())
        try:
            await self._read()
        finally:
            self._ended = True
            self._held.drop()
            telling.cancel()
            self._nandbox.lines.remove(self)
            with suppress(asyncio.CancelledError, ConnectionError):
                await telling

    # What the rest of the sandbox tells a line

    def push_later(self, frame: Frame) -> None:
        self._soon.append(frame)
        self._awake.set()
        if len(self._soon) > MAX_BEHIND:
            self.cut()

    def superseded(self) -> None:
        """The same bot has logged in elsewhere."""
        self._soon.clear()
        self.push_later(error_frame(SUPERSEDED))
        asyncio.get_running_loop().call_later(LINGER_S, self.cut)

    def cut(self) -> None:
        """End it as a broken cable would: no close frame."""
        self._ended = True
        if self._transport is not None:
            self._transport.abort()

    # What the bot says

    async def _log_in(self, message: WSMessage) -> None:
        frame = self._frame(message)
        token = frame.get("token")
        bot = self._nandbox.accounts.by_token(token) if isinstance(token, str) else None
        if frame["method"] != "TOKEN_AUTH" or bot is None or self._weather.fires("nandbox_unauthorized", "TOKEN_AUTH"):
            self._nandbox.inspector.note(f"nandbox refused a login: {_why(frame, bot)}")
            raise bad_content("no good TOKEN_AUTH")
        self.bot_id = bot.id
        await self._send(self._welcome(bot))
        self._nandbox.lines.add(self)

    def _welcome(self, bot: Bot) -> Frame:
        user = self._nandbox.accounts.user(bot.id)
        return {
            "date": self._nandbox.now_ms(), "is_nandbox": 0, "method": "TOKEN_AUTH_OK",
            "name": user.name if user is not None else "", "ID": bot.id, "id": bot.id, "localId": bot.local_id,
            "email": None, "token": bot.token,
        }  # fmt: skip

    async def _read(self) -> None:
        while not self._ended:
            try:
                async with asyncio.timeout(self._nandbox.settings.idle_s):
                    message = await self._socket.receive()
            except TimeoutError:
                await self._socket.close(code=WSCloseCode.GOING_AWAY)
                return
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                return
            try:
                await self._answer(self._frame(message))
            except Refused as refused:
                self._nandbox.inspector.note(f"nandbox answers {refused.code}: {refused}")
                if refused.cut:
                    await self._refuse(refused)
                    return
                await self._send(error_frame(refused.code))

    def _frame(self, message: WSMessage) -> Frame:
        if message.type is not WSMsgType.TEXT:
            raise bad_content("no text frame")
        frame = decode(message.data)
        self._nandbox.inspector.frame("in", _shown(frame), len(message.data))
        return frame

    async def _answer(self, frame: Frame) -> None:
        method = frame["method"]
        if method == "PING":
            answers = [{"method": "PONG"}]
        elif method == "TOKEN_AUTH":
            await self._log_in_again(frame)
            return
        else:
            handler = METHODS.get(method)
            if handler is None:
                if self._nandbox.settings.strict:
                    raise bad_content(f"unknown method {method!r}")
                return
            asked = Asked(self._nandbox, self.bot_id, frame)
            if method in READING:
                answers = handler(asked)
            else:
                with transaction(self._nandbox.db):
                    answers = handler(asked)
        if self._weather.calm:
            for answer in answers:
                await self._send(answer)
        else:
            await self._answer_in_weather(method, answers)

    async def _log_in_again(self, frame: Frame) -> None:
        token = frame.get("token")
        bot = self._nandbox.accounts.by_token(token) if isinstance(token, str) else None
        if bot is None or bot.id != self.bot_id:
            raise bad_content("no good TOKEN_AUTH")
        await self._send(self._welcome(bot))

    async def _answer_in_weather(self, method: str, answers: list[Frame]) -> None:
        weather = self._weather
        if delay := weather.fires("nandbox_delay", method):
            await asyncio.sleep(delay.value)
        if weather.fires("nandbox_silence", method):
            return
        if weather.fires("nandbox_lose_answer", method):
            self.cut()
            return
        if error := weather.fires("nandbox_error", method):
            await self._send(error_frame(int(error.value)))
            return
        if close := weather.fires("nandbox_close", method):
            self._ended = True
            await self._socket.close(code=int(close.value))
            return
        if weather.fires("nandbox_garbage", method):
            await self._socket.send_str(GARBAGE)
            return
        answers = weather.spoil(method, answers)
        if shuffle := weather.fires("nandbox_shuffle", method):
            self._held.add(answers, shuffle.value)
            return
        for answer in answers:
            await self._send(answer)

    async def _refuse(self, refused: Refused) -> None:
        """The error, then the end of TCP without a close frame; what was sent meanwhile is read and thrown away, for a
        reset would take the error with it.
        """
        self._ended = True
        await self._send(error_frame(refused.code))
        if self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER_S):
                    while (await self._socket.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                        pass
        self.cut()

    # What the bot hears

    async def _tell(self) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            while self._soon:
                frame = self._soon.popleft()
                await self._send(frame)
                if not self._weather.calm and self._weather.fires("nandbox_duplicate", str(frame.get("method"))):
                    await self._send(frame)
                if frame.get("error") == SUPERSEDED:
                    if self._transport is not None:
                        self._transport.close()
                    return

    async def _send(self, frame: Frame) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        text = encode(frame)
        self._nandbox.inspector.frame("out", _shown(frame), len(text))
        await self._socket.send_str(text)
        if not self._weather.calm and self._weather.cuts_now():
            self.cut()


def _shown(frame: Frame) -> Frame:
    """For people to look at: without the token."""
    shown = frame if "method" in frame else {"action": "error", **frame}
    if isinstance(token := frame.get("token"), str):
        shown = shown | {"token": token.rpartition(":")[0] + f":{HIDDEN}"}
    return shown


def _why(frame: Frame, bot: Bot | None) -> str:
    if frame["method"] != "TOKEN_AUTH":
        return f"the first frame is {frame['method']!r}"
    return "nobody has that token" if bot is None else "a fault in force"
