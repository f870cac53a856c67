"""One websocket to nandbox, logged in, from its first frame to its last; `connection` keeps one up.

Answers find their question by reference, or by what they are about where the server left it out. An error frame names
no question: it is taken for the oldest open one, since the server answers in order. Where the server then cuts the
line, whoever waits is told so, and the oldest is told that it is to blame.

Source: protocol/nandbox.md 1 to 5
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from websockets.exceptions import ConnectionClosed

from bot.errors import Rejected, Unclear
from bot.nandbox.account import Account
from bot.nandbox.codec import PING, Ack, Answer, Event, Failure, Frame, Hello, Unreadable, decode_frame
from bot.nandbox.login import open_socket
from bot.nandbox.options import LineOptions
from bot.nandbox.refusals import GOES_ON, SUPERSEDED, refusal
from bot.nandbox.views import about
from bot.websocket import Socket

TOO_LARGE = 1009

log = structlog.get_logger()

OnEvent = Callable[[Event], None]


class LineLostError(Exception):
    """The line ended before the answer. `blamed`: over this very question; `alone`: no other was open then."""

    def __init__(self, reason: str, code: int = 0, *, blamed: bool = False, alone: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.blamed = blamed
        self.alone = alone


@dataclass(frozen=True, slots=True)
class Question:
    """A frame that is answered: by `method` under the key, about those ids, of that app where both sides name one.

    The key of a message that is sent is the number that its acknowledgement bears.
    """

    key: str | int
    frame: bytes
    method: str = ""
    about: tuple[str, ...] = ()
    app_id: str = "0"

    def fits(self, answer: Answer) -> bool:
        """Whether an answer can be the one to this question."""
        if answer.method != self.method or about(answer.method, answer.body) != self.about:
            return False
        return self.app_id in ("", "0", answer.app_id) or answer.app_id in ("", "0")


class _Open:
    __slots__ = ("answer", "question")

    def __init__(self, question: Question, answer: "asyncio.Future[Answer | Ack]") -> None:
        self.question = question
        self.answer = answer

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Line:
    """Use `open_line`. `heard_at` is on the event loop's clock.

    `unsettled` has the messages that were sent and not acknowledged, in the order of sending; `suspect` is the question
    over which the line seems to have ended.
    """

    def __init__(self, socket: Socket, hello: Hello, options: LineOptions, on_event: OnEvent) -> None:
        loop = asyncio.get_running_loop()
        self.hello = hello
        self.superseded = False
        self.suspect: Question | None = None
        self.ended = False
        self.began_at = self.heard_at = loop.time()
        self.unsettled: dict[int, None] = {}
        self._socket = socket
        self._options = options
        self._on_event = on_event
        self._open: dict[str | int, _Open] = {}
        self._poison: tuple[int, _Open | None, bool] | None = None
        self._grace: asyncio.TimerHandle | None = None
        self._pinged_at = self.began_at

    async def ask(self, question: Question) -> Answer | Ack:
        """Send a question and wait for its answer, for as long as the caller lets it.

        Raises:
            LineLostError: The line ended first.
            Rejected: The server refused it, as far as can be told.
            Unclear: The answer under its reference is about something else.
        """
        if self.ended:
            raise LineLostError("the line has ended")
        loop = asyncio.get_running_loop()
        waiting = _Open(question, loop.create_future())
        self._open[question.key] = waiting
        if isinstance(question.key, int):
            self.unsettled[question.key] = None
        try:
            self._socket.say(question.frame)
            return await waiting.answer
        except Rejected:
            if isinstance(question.key, int):
                self.unsettled.pop(question.key, None)
            raise
        finally:
            if self._open.get(question.key) is waiting:
                del self._open[question.key]

    def abort(self) -> None:
        """Cut the line: it cannot be trusted any more."""
        self._socket.transport.abort()

    async def close(self) -> None:
        await self._socket.close()

    async def run(self) -> str:
        """Read until the line ends, and give the reason; whoever waits for an answer is told."""
        reason, code = "the line was cut", 0
        tick = asyncio.create_task(self._tick())
        try:
            while True:
                for frame in await self._socket.receive():
                    self._take(decode_frame(frame))
                if self.superseded:
                    reason = "another program logged in with the same token"
                    self.abort()
                    break
        except ConnectionClosed as error:
            if error.sent is not None and error.sent.code == TOO_LARGE:
                reason, code = f"an answer of more than {self._options.max_frame_bytes} bytes", TOO_LARGE
            elif error.rcvd is not None:
                reason = f"the server closed the line ({error.rcvd.code})"
        finally:
            self.ended = True
            tick.cancel()
            if self._grace is not None:
                self._grace.cancel()
            self._tell(reason, code)
        return reason

    def _tell(self, reason: str, code: int) -> None:
        if code and self._poison is None:
            self._poison = (code, self._oldest(), len(self._open) == 1)
        blamed_code, blamed, alone = self._poison or (0, None, False)
        if blamed is not None and not blamed.answer.done():
            self.suspect = blamed.question
        for waiting in self._open.values():
            if waiting is blamed:
                waiting.fail(LineLostError(reason, blamed_code, blamed=True, alone=alone))
            else:
                waiting.fail(LineLostError(reason))

    # What came

    def _take(self, frame: Frame) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        if isinstance(frame, Answer):
            self._answer(frame)
        elif isinstance(frame, Event):
            self._on_event(frame)
        elif isinstance(frame, Ack):
            self.unsettled.pop(frame.reference, None)
            waiting = self._open.get(frame.reference)
            if waiting is not None and not waiting.answer.done():
                waiting.answer.set_result(frame)
        elif isinstance(frame, Failure):
            self._fail(frame.code)
        elif isinstance(frame, Unreadable):
            log.warning("nandbox.frame_unreadable", reason=frame.reason, size=frame.size)

    def _answer(self, answer: Answer) -> None:
        if answer.reference:
            waiting = self._open.get(answer.reference)
            if waiting is None:
                log.info("nandbox.answer_foreign", method=answer.method)
            elif waiting.question.fits(answer):
                self._settle(waiting, answer)
            else:
                log.warning("nandbox.answer_mismatched", method=answer.method)
                waiting.fail(Unclear("nandbox answered another question under this reference"))
            return
        for waiting in list(self._open.values()):
            if waiting.question.fits(answer):
                self._settle(waiting, answer)

    @staticmethod
    def _settle(waiting: _Open, answer: Answer) -> None:
        if not waiting.answer.done():
            waiting.answer.set_result(answer)

    def _fail(self, code: int) -> None:
        log.warning("nandbox.error", nandbox_code=code, open=len(self._open))
        if code == SUPERSEDED:
            self.superseded = True
        elif code in GOES_ON:
            oldest = self._oldest()
            if oldest is not None:
                oldest.fail(refusal(code))
        elif self._poison is None:
            self._poison = (code, self._oldest(), len(self._open) == 1)
            self._grace = asyncio.get_running_loop().call_later(self._options.grace_s, self._survive)

    def _survive(self) -> None:
        """The line was not cut after an error: it was about the oldest question, and that is all."""
        code, oldest, _ = self._poison or (0, None, False)
        self._poison = None
        if oldest is not None:
            oldest.fail(refusal(code))

    def _oldest(self) -> _Open | None:
        return next((waiting for waiting in self._open.values() if not waiting.answer.done()), None)

    # Keeping it alive

    async def _tick(self) -> None:
        """Ping now and then, and more often while somebody waits; cut the line once nothing comes back."""
        loop, options = asyncio.get_running_loop(), self._options
        while True:
            await asyncio.sleep(options.tick_s)
            now = loop.time()
            if now - self.heard_at > options.silent_s:
                log.warning("nandbox.silent", after_s=options.silent_s)
                self.abort()
                return
            if self._open or now - self._pinged_at >= options.ping_every_s:
                self._pinged_at = now
                self._socket.say(PING)


@asynccontextmanager
async def open_line(account: Account, options: LineOptions, on_event: OnEvent) -> AsyncIterator[Line]:
    """A line that is logged in, until the end of the block; `Line.run` has to be run meanwhile. Raises as `login`."""
    async with open_socket(account, options) as (socket, hello):
        yield Line(socket, hello, options, on_event)
