"""Messages into lanes: in order within a conversation, side by side across conversations, nothing unbounded.

Whoever calls `submit` waits while too much is in flight, so the socket is not read and the messenger keeps the rest.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bot.errors import Forbidden, Rejected
from bot.flood import Flood, Verdict
from bot.message import Message, Outgoing
from bot.outbox import Outbox, Parcel
from bot.records import Store
from bot.retry import until_kept
from bot.runner import Runner
from bot.vitals import Vitals

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DispatchOptions:
    """`in_flight`: messages that may be unacknowledged; `lane`: those of one conversation that may wait.

    `backlog_age_s`: messages older than that are acknowledged unanswered; 0 answers all.
    """

    concurrency: int = 64
    in_flight: int = 4000
    lane: int = 1000
    finished: int = 50_000
    backlog_age_s: float = 0.0


@dataclass(slots=True)
class _Waiting:
    """A message in a lane. `letter` is the dead letter that it came from, instead of from the messenger."""

    message: Message
    arrived_at: float
    verdict: Verdict
    letter: str = ""


class Dispatcher:
    """Use `open_dispatcher`."""

    def __init__(
        self,
        runner: Runner,
        outbox: Outbox,
        store: Store,
        flood: Flood,
        vitals: Vitals,
        options: DispatchOptions,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._runner = runner
        self._outbox = outbox
        self._store = store
        self._flood = flood
        self._vitals = vitals
        self._options = options
        self._tasks = tasks
        self._lanes: dict[str, deque[_Waiting]] = {}
        self._slots = asyncio.Semaphore(options.concurrency)
        self._in_flight: dict[str, float] = {}
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._moved = asyncio.Event()
        self._closing = False
        outbox.watcher = self

    async def submit(self, message: Message) -> None:
        """Take one message; returns when there is room for it."""
        self._vitals.received += 1
        if message.id in self._in_flight:
            self._vitals.repeated += 1
            return
        if message.id in self._finished:
            self._vitals.repeated += 1
            self._outbox.acknowledge(message.id)
            return
        lane = await self._room(message)
        now = time.monotonic()
        self._in_flight[message.id] = now
        written_at = message.created_at.timestamp()
        if self._options.backlog_age_s and time.time() - written_at > self._options.backlog_age_s:
            self._vitals.expired += 1
            log.info("message.expired", message_id=message.id)
            self._outbox.acknowledge(message.id)
            return
        verdict = self._flood.judge(message.user_id, written_at)
        if verdict is Verdict.DROP:
            self._vitals.flooded += 1
            self._outbox.acknowledge(message.id)
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

    async def _room(self, message: Message) -> deque[_Waiting] | None:
        while True:
            lane = self._lanes.get(message.conversation_id)
            if len(self._in_flight) < self._options.in_flight and (lane is None or len(lane) < self._options.lane):
                return lane
            self._moved.clear()
            await self._moved.wait()

    def _enter(self, lane: deque[_Waiting] | None, waiting: _Waiting) -> None:
        if lane is None:
            conversation_id = waiting.message.conversation_id
            lane = self._lanes[conversation_id] = deque()
            self._tasks.create_task(self._drain(conversation_id, lane), name="lane")
        lane.append(waiting)

    async def _drain(self, conversation_id: str, lane: deque[_Waiting]) -> None:
        while lane and not self._closing:
            waiting = lane[0]
            async with self._slots:
                if waiting.verdict is Verdict.NOTICE:
                    self._vitals.flooded += 1
                    parcel = await self._runner.slow_down(waiting.message)
                else:
                    parcel = await self._runner.handle(waiting.message, waiting.arrived_at)
            lane.popleft()
            self._moved.set()
            if waiting.letter:
                parcel.ack = False
                await self._drop_letter(waiting.letter)
            self._outbox.put(parcel)
        del self._lanes[conversation_id]

    async def _drop_letter(self, reference: str) -> None:
        await until_kept(lambda: self._store.drop_dead_letter(reference), self._vitals, "dispatch.letter_retry")

    # What became of it: bot.outbox.Watcher

    def accepted(self, parcel: Parcel) -> None:
        """All replies are out."""
        if parcel.marked and parcel.bodies:
            self._runner.note_accepted(parcel.delivery.message.id)

    async def refused(self, parcel: Parcel, outgoing: Outgoing, error: Rejected) -> None:
        """One reply will never arrive: kept in quarantine, unless the person just does not want to hear from us."""
        if not isinstance(error, Forbidden):
            await self._runner.keep_refused(parcel.delivery.message, error)

    def settled(self, message_ids: Sequence[str]) -> None:
        """Remember finished messages, and make room."""
        finished = self._finished
        for message_id in message_ids:
            self._in_flight.pop(message_id, None)
            finished[message_id] = None
        while len(finished) > self._options.finished:
            finished.popitem(last=False)
        self._moved.set()


@asynccontextmanager
async def open_dispatcher(
    runner: Runner, outbox: Outbox, store: Store, flood: Flood, vitals: Vitals, options: DispatchOptions
) -> AsyncIterator[Dispatcher]:
    """A Dispatcher at work; leaving the block finishes what has begun, and leaves the rest to the messenger."""
    async with asyncio.TaskGroup() as tasks:
        dispatcher = Dispatcher(runner, outbox, store, flood, vitals, options, tasks)
        try:
            yield dispatcher
        finally:
            dispatcher.close()
