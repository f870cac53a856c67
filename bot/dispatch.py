"""Messages into lanes: in order within a conversation, side by side across conversations, nothing unbounded.

Whoever calls `submit` waits while too much is in flight, so the socket is not read and the messenger keeps the rest.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bot.errors import Forbidden, Rejected, Unreachable
from bot.flood import Flood, Verdict
from bot.message import GroupChange, Message, Outgoing
from bot.outbox import Outbox, Parcel
from bot.runner import Runner
from bot.vitals import Vitals
from bot.wire import Record

log = structlog.get_logger()

YIELD_EVERY = 32
"""A worker lets others run after so many messages that it did not have to wait for."""


@dataclass(frozen=True, slots=True)
class DispatchOptions:
    """`in_flight`: messages that may be unacknowledged; `lane`: those of one conversation that may wait.

    `finished`: at least half as many finished messages are remembered, so that a repetition is known.
    `backlog_age_s`: messages older than that are acknowledged unanswered; 0 answers all.
    """

    concurrency: int = 64
    in_flight: int = 4000
    lane: int = 1000
    finished: int = 50_000
    backlog_age_s: float = 0.0


class _Waiting(Record):
    """A message in a lane. `letter` is the dead letter that it came from, instead of from the messenger."""

    message: Message
    arrived_at: float
    verdict: Verdict
    letter: str = ""


Lane = list[_Waiting]
"""Short as a rule: a list costs a tenth of a deque to make."""


class Dispatcher:
    """Use `open_dispatcher`.

    A conversation with messages has a lane. A lane is either ready, or in the hands of one worker, which takes one
    message and puts the lane back at the end: that is the order within a conversation, and the fairness between them.
    Workers are begun as they are needed, up to the limit on concurrency, and one that never has to wait takes message
    after message without the cost of a task for each.
    """

    def __init__(
        self,
        runner: Runner,
        outbox: Outbox,
        flood: Flood,
        vitals: Vitals,
        options: DispatchOptions,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._runner = runner
        self._outbox = outbox
        self._flood = flood
        self._vitals = vitals
        self._backlog_age_s = options.backlog_age_s
        self._most_in_flight = options.in_flight
        self._most_in_lane = options.lane
        self._most_finished = options.finished
        self._most_workers = options.concurrency
        self._tasks = tasks
        self._lanes: dict[str, Lane] = {}
        self._ready: deque[Lane] = deque()
        self._workers = 0
        self._idle: list[asyncio.Future[None]] = []
        self._woken = False
        self._in_flight: dict[str, float] = {}
        self._finished: set[str] = set()
        self._finished_before: set[str] = set()
        self._moved = asyncio.Event()
        self._closing = False
        outbox.watcher = self

    async def submit(self, message: Message) -> None:
        """Take one message; returns when there is room for it."""
        vitals, message_id = self._vitals, message.id
        vitals.received += 1
        if message_id in self._in_flight:
            vitals.repeated += 1
            return
        if message_id in self._finished or message_id in self._finished_before:
            vitals.repeated += 1
            self._outbox.acknowledge(message_id)
            return
        lane = self._lanes.get(message.conversation_id)
        while len(self._in_flight) >= self._most_in_flight or (lane is not None and len(lane) >= self._most_in_lane):
            self._moved.clear()
            await self._moved.wait()
            lane = self._lanes.get(message.conversation_id)
        now = time.monotonic()
        self._in_flight[message_id] = now
        written_at = message.created_at.timestamp()
        if self._backlog_age_s and self._runner.now() - written_at > self._backlog_age_s:
            vitals.expired += 1
            log.info("message.expired", message_id=message_id)
            self._outbox.acknowledge(message_id)
            return
        if message.direct or type(message.content) is not GroupChange:
            verdict = self._flood.judge(message.user_id, written_at, now)
        else:
            verdict = Verdict.ALLOW  # nobody wrote it, and what is missed is not told again
        if verdict is Verdict.DROP:
            vitals.flooded += 1
            self._outbox.acknowledge(message_id)
            return
        self._enter(lane, _Waiting(message, now, verdict))

    def replay(self, message: Message, reference: str) -> None:
        """Handle a dead letter once more, under a new message id; then the letter is gone, or there is a new one."""
        waiting = _Waiting(message, time.monotonic(), Verdict.ALLOW, letter=reference)
        self._enter(self._lanes.get(message.conversation_id), waiting)

    def observe(self) -> None:
        """Bring the vitals that are states up to date."""
        self._vitals.in_flight = len(self._in_flight)
        self._vitals.oldest_at = next(iter(self._in_flight.values()), None)
        self._vitals.outbox = self._outbox.depth

    def close(self) -> None:
        """Begin no further message; those that wait stay with the messenger."""
        self._closing = True
        for sleeper in self._idle:
            if not sleeper.done():
                sleeper.set_result(None)

    def _enter(self, lane: Lane | None, waiting: _Waiting) -> None:
        if lane is not None:
            lane.append(waiting)
            return
        lane = self._lanes[waiting.message.conversation_id] = [waiting]
        self._ready.append(lane)
        if not self._woken:
            self._wake()

    # Workers

    def _wake(self) -> None:
        """See to it that a worker comes; one is enough, since it wakes the next if there is more."""
        if self._closing:
            return
        if self._idle:
            self._idle.pop().set_result(None)
            self._woken = True
        elif self._workers < self._most_workers:
            self._workers += 1
            self._woken = True
            self._tasks.create_task(self._work(), name="worker")

    async def _work(self) -> None:
        clock = self._runner.time_limit.clock()
        taken = 0
        while not self._closing:
            self._woken = False
            if not self._ready:
                await self._sleep()
                continue
            lane = self._ready.popleft()
            if self._ready and not self._woken:
                self._wake()
            waiting = lane[0]
            try:
                parcel = await self._runner.handle(waiting.message, waiting.arrived_at, waiting.verdict, clock)
            except asyncio.CancelledError:
                if self._closing:
                    raise
                raise RuntimeError("a handler cancelled the task that it runs in") from None
            if waiting.letter:
                parcel.ack, parcel.letter = False, waiting.letter
            del lane[0]
            if lane:
                self._ready.append(lane)
            else:
                del self._lanes[waiting.message.conversation_id]
            if len(lane) == self._most_in_lane - 1:
                self._moved.set()
            self._outbox.put(parcel)
            taken += 1
            if taken % YIELD_EVERY == 0:
                await asyncio.sleep(0)

    async def _sleep(self) -> None:
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._idle.append(sleeper)
        await sleeper

    # What became of it: bot.outbox.Watcher

    def accepted(self, parcel: Parcel) -> None:
        """All replies are out of a message that has a Mark, or that was a dead letter."""
        if parcel.marked and parcel.bodies:
            self._runner.books.accepted_soon(parcel.delivery.message.id)
        if parcel.letter:
            self._runner.books.drop_soon(parcel.letter)

    async def refused(self, parcel: Parcel, outgoing: Outgoing, error: Rejected) -> None:
        """One reply will never arrive: kept in quarantine, unless the person does not want to hear from us, or left."""
        message = parcel.delivery.message
        if outgoing.conversation_id == message.conversation_id and not isinstance(error, Forbidden | Unreachable):
            await self._runner.books.quarantine(message, "", error, 1)

    def settled(self, message_ids: Sequence[str]) -> None:
        """Remember finished messages, and make room."""
        for message_id in message_ids:
            self._in_flight.pop(message_id, None)
        self._finished.update(message_ids)
        if len(self._finished) >= self._most_finished // 2:
            self._finished_before, self._finished = self._finished, set()
        self._moved.set()


@asynccontextmanager
async def open_dispatcher(
    runner: Runner, outbox: Outbox, flood: Flood, vitals: Vitals, options: DispatchOptions
) -> AsyncIterator[Dispatcher]:
    """A Dispatcher at work; leaving the block finishes what has begun, and leaves the rest to the messenger."""
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(runner.time_limit.watch(), name="time limit")
        async with asyncio.TaskGroup() as workers:
            dispatcher = Dispatcher(runner, outbox, flood, vitals, options, workers)
            try:
                yield dispatcher
            finally:
                dispatcher.close()
        watch.cancel()
