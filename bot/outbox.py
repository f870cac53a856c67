"""Replies out, then acknowledgements: batched by count and bytes, retried under the same ids, in order.

A batch whose outcome is unknown is sent again as it is. A batch that is refused is halved until the culprit is alone.
While messages of a conversation are under way, later ones of the same conversation wait, so order is kept with several
requests in flight. A message is acknowledged once all its replies were accepted, or finally refused.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from itertools import repeat
from typing import Protocol

import structlog

from bot.errors import Forbidden, PartlyRejected, Rejected
from bot.message import Delivery, Outgoing
from bot.pace import Pace
from bot.patience import Patience
from bot.platform import Platform
from bot.vitals import Vitals
from bot.wire import Record

log = structlog.get_logger()

ACK_BATCH = 100
ACKS_ENOUGH = 20
"""With so many a request is well shared, and goes at once."""
ACK_LINGER_FIRST_S = 0.02
POURING = 5
"""New messages within one linger from which on it is worth while to wait for more."""
LINGER_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class OutboxOptions:
    """`linger_s`: how long a batch that is not full waits; back-off doubles from `retry_s` to `retry_cap_s`.

    `ack_linger_s`: the longest that an acknowledgement waits for others; only while they come steadily.
    """

    requests: int = 16
    linger_s: float = 0.002
    ack_requests: int = 8
    ack_linger_s: float = 0.4
    retry_s: float = 0.5
    retry_cap_s: float = 30.0


class Parcel(Record):
    """A Delivery made ready: its bytes, and how many of them are still on their way, `left`.

    Without `ack` its message is left alone: a notice, not an answer. `marked` means that a Mark is kept for it;
    `letter` is the dead letter that it answers at last.
    """

    delivery: Delivery
    bodies: Sequence[bytes]
    left: int
    ack: bool = True
    marked: bool = False
    letter: str = ""


class Watcher(Protocol):
    """Who fills the outbox, and wants to know what became of it."""

    def accepted(self, parcel: Parcel) -> None:
        """All replies of a parcel with a mark or a letter are accepted or finally refused."""
        ...

    async def refused(self, parcel: Parcel, outgoing: Outgoing, error: Rejected) -> None:
        """The messenger finally refused one message of a parcel."""
        ...

    def settled(self, message_ids: Sequence[str]) -> None:
        """These messages are acknowledged: they will not come again."""
        ...


class Probe(Protocol):
    """Who wants to see each attempt of a request."""

    def posting(self, bodies: Sequence[bytes]) -> AbstractContextManager[None]: ...
    def acknowledging(self, message_ids: Sequence[str]) -> AbstractContextManager[None]: ...


class _Item(Record):
    outgoing: Outgoing
    body: bytes
    parcel: Parcel


class Outbox:
    """Use `open_outbox`. Bounded by whoever fills it: the dispatcher has a limit on messages in flight."""

    def __init__(
        self,
        platform: Platform,
        vitals: Vitals,
        options: OutboxOptions,
        pace: Pace,
    ) -> None:
        self.watcher: Watcher | None = None
        self.probe: Probe | None = None
        self._platform = platform
        self._vitals = vitals
        self._options = options
        self._ready: deque[_Item] = deque()
        self._blocked: dict[str, list[_Item]] = {}
        self._under_way: set[str] = set()
        self._acks: deque[str] = deque()
        self._ack_linger_s = 0.0
        self._acked_at = float("-inf")
        self._work = asyncio.Event()
        self._ack_work = asyncio.Event()
        self._closing = False
        self._sending = 0
        self.pace = pace
        self.patience = Patience(vitals, options.retry_s, options.retry_cap_s)

    def pack(self, delivery: Delivery, *, ack: bool = True, marked: bool = False) -> Parcel:
        """Make the bytes of every reply.

        Raises:
            ValueError: A reply breaks one of the messenger's limits.
            Unsupported: A reply is of a kind that the messenger does not have.
        """
        replies = self._platform.join(delivery.replies)
        if replies is not delivery.replies:
            delivery = Delivery(delivery.message, replies)
        bodies = [*map(self._platform.pack, replies)]
        return Parcel(delivery, bodies, len(bodies), ack, marked)

    def put(self, parcel: Parcel) -> None:
        """Send the replies, then acknowledge the message."""
        if not parcel.bodies:
            self._accepted(parcel)
            return
        self._ready.extend(map(_Item, parcel.delivery.replies, parcel.bodies, repeat(parcel)))
        self._work.set()

    def acknowledge(self, message_id: str) -> None:
        """Acknowledge a message that needs no reply, or whose replies were accepted before."""
        self._acks.append(message_id)
        if len(self._acks) in (1, ACKS_ENOUGH):
            self._ack_work.set()

    @property
    def depth(self) -> int:
        """Messages of ours that are not yet accepted."""
        return len(self._ready) + sum(map(len, self._blocked.values())) + self._sending

    async def run(self) -> None:
        """Work until `close()` was called and everything is out."""
        async with asyncio.TaskGroup() as tasks:
            acks = tasks.create_task(self._run_acks(), name="outbox.acks")
            await self._run_sends()
            self._ack_work.set()
            await acks

    def close(self) -> None:
        """Take no pause any more; `run` ends when all is sent and acknowledged."""
        self._closing = True
        self._work.set()
        self._ack_work.set()

    # Sending

    async def _run_sends(self) -> None:
        slots = asyncio.Semaphore(self._options.requests)
        async with asyncio.TaskGroup() as tasks:
            while not (self._closing and self.depth == 0):
                await self._work.wait()
                self._work.clear()
                await self._linger()
                while self._ready:
                    await slots.acquire()
                    batch = self._take()
                    if batch:
                        tasks.create_task(self._deliver(batch, slots), name="outbox.send")
                    else:
                        slots.release()

    async def _linger(self) -> None:
        """Give a batch that is not full time to fill: once, and for as long as messages pour in."""
        for _ in range(LINGER_ROUNDS):
            before = len(self._ready)
            if not 0 < before < self._platform.batch or self._closing:
                return
            await asyncio.sleep(self._options.linger_s)
            if len(self._ready) - before < POURING:
                return

    def _take(self) -> list[_Item]:
        ready, under_way, most = self._ready, self._under_way, self._platform.batch
        space = self._platform.batch_bytes - 1
        batch: list[_Item] = []
        mine: set[str] = set()
        while ready and len(batch) < most:
            item = ready.popleft()
            conversation_id = item.outgoing.conversation_id
            if conversation_id in under_way:
                self._blocked.setdefault(conversation_id, []).append(item)
                continue
            space -= len(item.body) + 1
            if space < 0 and batch:
                ready.appendleft(item)
                break
            batch.append(item)
            mine.add(conversation_id)
        under_way |= mine
        self._sending += len(batch)
        return batch

    async def _deliver(self, batch: Sequence[_Item], slots: asyncio.Semaphore) -> None:
        try:
            await self._send(batch)
        finally:
            self._sending -= len(batch)
            for conversation_id in {item.outgoing.conversation_id for item in batch}:
                self._under_way.discard(conversation_id)
                if waiting := self._blocked.pop(conversation_id, None):
                    self._ready.extendleft(reversed(waiting))
            slots.release()
            self._work.set()

    async def _send(self, batch: Sequence[_Item]) -> None:
        try:
            await self.patience.persist(lambda: self._post([item.body for item in batch]), "outbox.send_retry")
        except PartlyRejected as error:
            self._vitals.accepted += len(batch) - len(error.refused)
            for place, reason in error.refused.items():
                await self._refused(batch[place], reason)
        except Rejected as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._send(batch[:middle])
                await self._send(batch[middle:])
                return
            await self._refused(batch[0], error)
        else:
            self._vitals.accepted += len(batch)
        for item in batch:
            parcel = item.parcel
            parcel.left -= 1
            if parcel.left == 0:
                self._accepted(parcel)

    async def _post(self, bodies: Sequence[bytes]) -> None:
        await self.pace.reply(len(bodies))
        with self.probe.posting(bodies) if self.probe is not None else nullcontext():
            await self._platform.send(bodies)

    async def _refused(self, item: _Item, error: Rejected) -> None:
        if isinstance(error, Forbidden):
            try:
                await self.patience.persist(lambda: self._platform.reach(item.outgoing), "outbox.reach_retry")
                await self.patience.persist(lambda: self._post([item.body]), "outbox.send_retry")
            except Rejected as final:
                error = final
            else:
                self._vitals.accepted += 1
                return
        self._vitals.refused += 1
        log.warning("outbox.refused", message_id=item.outgoing.id, code=error.code, request_id=error.request_id)
        if self.watcher is not None:
            await self.watcher.refused(item.parcel, item.outgoing, error)

    def _accepted(self, parcel: Parcel) -> None:
        if (parcel.marked or parcel.letter) and self.watcher is not None:
            self.watcher.accepted(parcel)
        if parcel.ack:
            self.acknowledge(parcel.delivery.message.id)

    # Acknowledging

    async def _run_acks(self) -> None:
        slots = asyncio.Semaphore(self._options.ack_requests)
        async with asyncio.TaskGroup() as tasks:
            while not (self._closing and self.depth == 0 and not self._acks):
                await self._ack_work.wait()
                self._ack_work.clear()
                if self._acks:
                    await self._linger_for_acks()
                while self._acks:
                    await slots.acquire()
                    batch = [self._acks.popleft() for _ in range(min(ACK_BATCH, len(self._acks)))]
                    tasks.create_task(self._settle(batch, slots), name="outbox.ack")

    async def _linger_for_acks(self) -> None:
        """Wait for more to share the request with: longer each time while they come steadily, until there are enough.

        Nobody waits for an acknowledgement, but each request costs as much as several answers.
        """
        clock, most_s = asyncio.get_running_loop().time, self._options.ack_linger_s
        steady = clock() - self._acked_at < most_s
        self._ack_linger_s = min(2 * self._ack_linger_s if steady else ACK_LINGER_FIRST_S, most_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._ack_linger_s):
                while len(self._acks) < ACKS_ENOUGH and not self._closing:
                    self._ack_work.clear()
                    await self._ack_work.wait()
        self._acked_at = clock()

    async def _settle(self, batch: Sequence[str], slots: asyncio.Semaphore) -> None:
        try:
            await self._ack(batch)
        finally:
            slots.release()
        if self.watcher is not None:
            self.watcher.settled(batch)

    async def _ack(self, batch: Sequence[str]) -> None:
        try:
            await self.patience.persist(lambda: self._post_acks(batch), "outbox.ack_retry")
            self._vitals.acknowledged += len(batch)
        except Rejected as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._ack(batch[:middle])
                await self._ack(batch[middle:])
            else:
                log.warning("outbox.ack_refused", message_id=batch[0], code=error.code, request_id=error.request_id)

    async def _post_acks(self, batch: Sequence[str]) -> None:
        with self.probe.acknowledging(batch) if self.probe is not None else nullcontext():
            await self._platform.ack(batch)


@asynccontextmanager
async def open_outbox(
    platform: Platform, vitals: Vitals, options: OutboxOptions, pace: Pace | None = None
) -> AsyncIterator[Outbox]:
    """An Outbox at work; leaving the block waits until everything is sent and acknowledged."""
    outbox = Outbox(platform, vitals, options, pace or Pace())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.run(), name="outbox")
        try:
            yield outbox
        finally:
            outbox.close()
