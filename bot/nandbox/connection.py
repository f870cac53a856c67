"""A line to nandbox, kept up for as long as the process lives, and what is asked and sent over it.

A question that was open when the line was lost is asked again on the next one: asking twice is harmless. A message is
sent again under the same reference, unless the next login says that it arrived. A request over which the server cuts
the line is tried once more with no other beside it, so that no innocent one is refused; if it is to blame, it fails.

Source: protocol/nandbox.md 2, 6 and 14
"""

import asyncio
import random
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import structlog
from websockets.exceptions import WebSocketException

from bot.beside import beside
from bot.errors import Unauthorized, Unavailable, Unclear
from bot.nandbox.account import Account
from bot.nandbox.codec import Ack, Answer, Event, Hello, question_frame
from bot.nandbox.line import Line, LineLostError, OnEvent, Question, open_line
from bot.nandbox.login import LoginRefusedError
from bot.nandbox.options import LineOptions
from bot.nandbox.refusals import refusal

TRIES = 4
MOST_ARRIVED = 10_000
ALERT_AFTER = 5
REFUSED = "MB157"
SUPERSEDED = "MB158"

log = structlog.get_logger()


def _no_event(event: Event) -> None:
    pass


class Connection:
    """Use `open_connection`. `on_event` is told what nobody asked for, and must neither wait nor fail."""

    def __init__(self, account: Account, options: LineOptions) -> None:
        self.account = account
        self.options = options
        self.on_event: OnEvent = _no_event
        self.on_hello: Callable[[Hello], None] = lambda hello: None
        self.hello: Hello | None = None
        self.reconnects = 0
        self.trouble = ""
        """Why there is no line, and none will be tried for soon; empty while there is hope."""
        self.refused = False
        """Whether the server did not accept the token the last time."""
        self._line: Line | None = None
        self._heard_at: float | None = None
        self._turn = asyncio.Event()
        self._gate = asyncio.Event()
        self._gate.set()
        self._suspect: Question | None = None
        self._prefix = f"{secrets.token_hex(6)}-"
        self._numbers = count(1)
        self._room = asyncio.Semaphore(options.outstanding)
        self._doubtful: Sequence[int] = ()
        self._arrived: OrderedDict[int, None] = OrderedDict()
        self._failures = 0
        self._missed = 0
        self._task: asyncio.Task[Any] | None = None
        self._closed = False

    @property
    def connected(self) -> bool:
        return self._line is not None

    @property
    def heard_at(self) -> float | None:
        """When nandbox was last heard of, on the event loop's clock."""
        return self._line.heard_at if self._line is not None else self._heard_at

    # Asking and sending

    async def ask(self, method: str, members: dict[str, Any], reply: str, *about: str) -> Answer:
        """Ask for what comes back under the method `reply`, about those ids.

        Raises:
            Unauthorized: The server refuses the token.
            Unavailable: There is no line, or it did not last long enough.
            Unclear: The line is well, and the answer did not come.
            Rejected: The server refused, see `refusals`.
        """
        reference = f"{self._prefix}{next(self._numbers):x}"
        frame = question_frame(method, members, app_id=self.account.app_id, reference=reference)
        answer = await self._exchange(Question(reference, frame, reply, about, self.account.app_id))
        assert isinstance(answer, Answer)
        return answer

    async def send(self, reference: int, frame: bytes) -> None:
        """Send a message, and return once the server has it; not again where it is known to have arrived.

        Raises:
            Unavailable: The outcome is unknown: send the same frame again.
            Rejected: The server refused it.
        """
        if reference in self._arrived:
            return
        try:
            await self._exchange(Question(reference, frame))
        except Unauthorized as error:
            raise Unavailable(str(error)) from None  # the message can wait for another token

    async def _exchange(self, question: Question) -> Answer | Ack | None:
        loop, suspect = asyncio.get_running_loop(), False
        line: Line | None = None
        asked_at = loop.time()
        try:
            async with asyncio.timeout(self.options.request_timeout_s), self._room:
                for _ in range(TRIES):
                    line = await self._next_line(through_gate=not suspect)
                    if question.key in self._arrived:
                        return None
                    asked_at = loop.time()
                    try:
                        return await line.ask(question)
                    except LineLostError as lost:
                        if lost.blamed and (lost.alone or suspect):
                            raise refusal(lost.code) from None
                        suspect = suspect or lost.blamed
                raise Unavailable("the line to nandbox was lost again and again")
        except TimeoutError:
            raise self._silence(question, line, asked_at) from None
        finally:
            if self._suspect is question:
                self._suspect = None
                self._gate.set()

    async def _next_line(self, *, through_gate: bool) -> Line:
        """The line as soon as there is one, and as nobody has to have it alone."""
        while True:
            if through_gate and not self._gate.is_set():
                await self._gate.wait()
            elif self._line is not None:
                return self._line
            elif self.refused:
                raise Unauthorized("nandbox refuses the token")
            elif self.trouble:
                raise Unavailable(f"nandbox cannot be reached: {self.trouble}")
            else:
                await self._turn.wait()

    def _silence(self, question: Question, line: Line | None, asked_at: float) -> Unavailable:
        """What it means that no answer came in time."""
        if line is None or line is not self._line:
            return Unavailable("nandbox cannot be reached")
        if isinstance(question.key, int) or line.heard_at <= asked_at:
            line.abort()  # the next login tells whether the message arrived
        if line.heard_at <= asked_at:
            return Unavailable("nandbox has fallen silent")
        return Unclear("nandbox is there, and did not answer")

    # Keeping the line up

    async def run(self) -> None:
        """Connect, again and again, until `close()`."""
        self._task = asyncio.current_task()
        while not self._closed:
            pause_s = await self._attempt()
            if pause_s > self.options.patience_s:
                self.trouble = self.trouble or "waiting to connect again"
            elif self._missed <= 1 and not self.refused:
                self.trouble = ""  # there is hope: whoever asks waits for the next attempt
            self._turned()
            say = log.error if self._failures >= ALERT_AFTER else log.info
            say("nandbox.retry", delay_s=round(pause_s, 2), failures=self._failures)
            await asyncio.sleep(pause_s)

    async def _attempt(self) -> float:
        """One line from its beginning to its end; gives the pause that is due before the next."""
        host, line = urlsplit(self.account.uri).hostname, None
        self._missed += 1
        try:
            async with open_line(self.account, self.options, lambda event: self.on_event(event)) as line:
                self._begin(line)
                reason = await line.run()
                log.warning("nandbox.lost", host=host, reason=reason, lived_s=round(self._end(line), 1))
        except LoginRefusedError as error:
            code = {"code": REFUSED} if error.code else {}
            log.error("nandbox.login_refused", host=host, nandbox_code=error.code, **code)
            self.trouble, self.refused = "it closes the line during the login", bool(error.code)
        except (OSError, TimeoutError, WebSocketException, EOFError, ValueError) as error:
            reason = f"{type(error).__name__}: {str(error)[:200]}"
            log.warning("nandbox.unreachable", host=host, reason=reason)
            self.trouble, self.refused = reason, False
        finally:
            if line is not None and self._line is line:
                self._end(line)
        return self._pause(line)

    def _begin(self, line: Line) -> None:
        hello, doubtful = line.hello, self._doubtful
        if hello.local_id in doubtful:
            self._note_arrived(doubtful[: doubtful.index(hello.local_id) + 1])
        self._doubtful = ()
        self.hello, self._line, self.trouble, self._missed = hello, line, "", 0
        self.refused = False
        self.on_hello(hello)
        log.info("nandbox.connected", name=hello.name, reconnects=self.reconnects)
        self._turned()

    def _note_arrived(self, references: Sequence[int]) -> None:
        for reference in references:
            self._arrived[reference] = None
        while len(self._arrived) > MOST_ARRIVED:
            self._arrived.popitem(last=False)

    def _end(self, line: Line) -> float:
        """Note that a line is gone; gives for how long it was there, in seconds."""
        self._line, self._heard_at, self._doubtful = None, line.heard_at, tuple(line.unsettled)
        self.reconnects += 1
        if line.suspect is not None:
            self._suspect = line.suspect
            self._gate.clear()  # until the suspect, who was told just now, has had its turn alone
        if line.superseded:
            log.error("nandbox.superseded", code=SUPERSEDED)
            self.trouble = "another program logged in with the same token"
        self._turned()
        return asyncio.get_running_loop().time() - line.began_at

    def _pause(self, line: Line | None) -> float:
        """How long to wait now: longer the more attempts failed in a row, and never in step with others."""
        options = self.options
        if line is not None and (line.suspect is not None or self._lived(line) >= options.stable_after_s):
            self._failures = 0
        self._failures += 1
        longest_s = min(options.backoff_first_s * 2.0 ** min(self._failures - 1, 30), options.backoff_most_s)
        pause_s = longest_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        return max(pause_s, options.superseded_s) if line is not None and line.superseded else pause_s

    @staticmethod
    def _lived(line: Line) -> float:
        return line.heard_at - line.began_at

    def _turned(self) -> None:
        """Wake everybody who waits for the line, or for the end of hope."""
        self._turn.set()
        self._turn = asyncio.Event()

    def close(self) -> None:
        """No more lines: whoever still waits for one fails."""
        self._closed, self.trouble = True, "the program is ending"
        self._turned()
        if self._task is not None:
            self._task.cancel()


@asynccontextmanager
async def open_connection(account: Account, options: LineOptions | None = None) -> AsyncIterator[Connection]:
    """A connection that is kept up while the block runs."""
    connection = Connection(account, options or LineOptions())
    async with beside(connection.run(), stop=connection.close):
        yield connection
