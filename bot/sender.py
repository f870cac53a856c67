"""Sends what is due: claims recipients from the ledger, posts to them at the common pace, notes what became of them.

A claim is kept before its first message leaves. Whoever takes over, after a crash or a freeze, sends what is claimed
again under the same ids, which the messenger drops; and whoever was taken over from can note nothing any more.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from bot.broadcast import (
    Broadcast,
    Kind,
    Recipient,
    Settled,
    State,
    Tally,
)
from bot.envelopes import Envelopes, Packed
from bot.errors import Forbidden, PartlyRejected, Rejected, Unavailable, Unreachable
from bot.ledger import AuditEntry
from bot.message import Outgoing, Text, reply_id
from bot.outbox import Outbox
from bot.services import Services

log = structlog.get_logger()

JUDGED_FROM = 50
"""Recipients that must have been tried before failures are counted in percent."""
LOOK_S = 2.0
"""How long is sent before it is looked again at which broadcasts are due, and how fast."""
AHEAD = 2
"""Claims whose messages may be under way at the same time."""


@dataclass(frozen=True, slots=True)
class SenderOptions:
    """`claim`: recipients that may be under way, which is also how many may get theirs after a pause.

    `late_s`: a scheduled broadcast that could not begin for longer is paused instead. `leave_s`: how long a broadcast
    is left at least to another process that took it over.
    """

    requests: int = 4
    claim: int = 2000
    failure_pause_percent: float = 5.0
    late_s: float = 3600.0
    leave_s: float = 5.0
    poll_s: float = 0.5


class Sender:
    """One for each bot, on whatever process runs it."""

    def __init__(self, services: Services, outbox: Outbox, options: SenderOptions) -> None:
        self._services = services
        self._ledger = services.store.ledger
        self._platform = services.platform
        self._vitals = services.vitals
        self._pace = outbox.pace
        self._patience = outbox.patience
        self._options = options
        self._fences: dict[str, int] = {}
        self._left_until: dict[str, float] = {}
        self._held: set[str] = set()

    async def run(self) -> None:
        """Send until cancelled; what is under way then is sent again by whoever comes next."""
        while True:
            try:
                due = [each for each in await self._ledger.due(datetime.now(UTC)) if not self._left(each)]
                for broadcast in due:
                    await self._advance(broadcast)
            except Unavailable as error:
                self._fences.clear()  # a claim may be left open: taking over again opens it for sending
                self._vitals.database_retried += 1
                log.error("broadcast.ledger_retry", error=str(error))
                due = []
            if not due:
                await asyncio.sleep(self._options.poll_s)

    async def _advance(self, broadcast: Broadcast) -> None:
        """One step: begin, write more of the audience down, send to the next recipients, or finish."""
        if broadcast.state is not State.RUNNING:
            await self._begin(broadcast)
            return
        fence = self._fences.get(broadcast.id) or await self._take(broadcast)
        if not broadcast.frozen:
            await self._ledger.freeze(broadcast)
            return
        await self._send(broadcast, fence)

    async def _send(self, broadcast: Broadcast, fence: int) -> None:
        """Claim and post for a while: the next claim is made when the last messages of the one before are on their way,
        so that the messenger is never waited for with nothing under way.
        """
        until = time.monotonic() + LOOK_S
        slots = asyncio.Semaphore(self._options.requests)
        posting: deque[asyncio.Task[Settled]] = deque()
        claimed: Sequence[Recipient] | None = ()
        kept = True
        try:
            while kept:
                claimed = await self._ledger.claim(broadcast.id, fence, self._portion(broadcast))
                if claimed:
                    gone = asyncio.Event()
                    task = asyncio.create_task(self._deliver(broadcast, claimed, fence, slots, gone))
                    posting.append(task)
                    await gone.wait()
                elif not posting:
                    break
                if time.monotonic() > until:
                    break
                if not claimed or len(posting) >= AHEAD or posting[0].done():
                    kept = await self._settle(broadcast, fence, await posting.popleft())
            while kept and posting:
                kept = await self._settle(broadcast, fence, await posting.popleft())
        finally:
            for task in posting:
                task.cancel()
            if posting:
                await asyncio.wait(posting)
        if claimed is None or not kept:
            await self._leave(broadcast, fence)
        elif not claimed:
            await self._finish(broadcast)

    async def _settle(self, broadcast: Broadcast, fence: int, settled: Settled) -> bool:
        if not await self._ledger.settle(broadcast.id, fence, settled):
            return False
        if broadcast.id in self._held:
            self._held.discard(broadcast.id)
            await self._ledger.hold(broadcast.id, fence)
        if settled.failed:
            await self._judge(broadcast)
        return True

    async def _begin(self, broadcast: Broadcast) -> None:
        now = datetime.now(UTC)
        late = broadcast.due_at is not None and now - broadcast.due_at > timedelta(seconds=self._options.late_s)
        if broadcast.state is State.SCHEDULED and late:
            values = {"state": State.PAUSED, "reason": "late", "actor_id": "", "started_at": now}
        else:
            values = {"state": State.RUNNING, "started_at": now}
        entry = AuditEntry(
            now, "", f"broadcast.{values['state']}", str(broadcast.number), str(values.get("reason", ""))
        )
        if await self._ledger.move(broadcast.id, (broadcast.state,), values, entry):
            log.info("broadcast.begun", broadcast=broadcast.number, kind=broadcast.kind, state=values["state"])

    async def _take(self, broadcast: Broadcast) -> int:
        fence = self._fences[broadcast.id] = await self._ledger.take(broadcast.id)
        if fence > 1:
            log.info("broadcast.resumed", broadcast=broadcast.number, waiting=broadcast.tally.waiting)
            entry = AuditEntry(datetime.now(UTC), "", "broadcast.taken_over", str(broadcast.number))
            await self._ledger.note(entry)
        return fence

    async def _leave(self, broadcast: Broadcast, fence: int) -> None:
        """It is paused, or another process took it over: leave it to that one for as long as it goes on."""
        self._fences.pop(broadcast.id, None)
        if (await self._ledger.broadcast_by_id(broadcast.id)).fence != fence:
            self._left_until[broadcast.id] = time.monotonic() + self._options.leave_s * random.uniform(1, 2)  # noqa: S311
            log.warning("broadcast.taken_over", broadcast=broadcast.number)

    def _left(self, broadcast: Broadcast) -> bool:
        return self._left_until.get(broadcast.id, 0.0) > time.monotonic()

    def _portion(self, broadcast: Broadcast) -> int:
        """All claims under way are about a second's worth, so that a pause takes hold soon."""
        rate = broadcast.rate or self._pace.rate_per_minute
        return max(1, min(self._options.claim, rate // 60) // AHEAD)

    # Posting

    async def _deliver(
        self,
        broadcast: Broadcast,
        claimed: Sequence[Recipient],
        fence: int,
        slots: asyncio.Semaphore,
        gone: asyncio.Event,
    ) -> Settled:
        """Post to all of a claim; `gone` is set when the last of it is on its way."""
        failed: dict[int, str] = {}
        skipped: dict[int, str] = {}
        told = partial(self._hold, broadcast.id, fence)
        services = self._services
        envelopes = Envelopes(broadcast, self._platform, services.texts, services.language)
        try:
            async with asyncio.TaskGroup() as tasks:
                for batch in envelopes.batches(claimed, failed, skipped):
                    await slots.acquire()
                    await self._pace.news(sum(len(bodies) for _, bodies in batch), broadcast.rate)
                    task = tasks.create_task(self._post(batch, failed, skipped, told))
                    task.add_done_callback(lambda _: slots.release())
                gone.set()
        finally:
            gone.set()
        return Settled(claimed, failed, skipped)

    async def _post(
        self, batch: Sequence[Packed], failed: dict[int, str], skipped: dict[int, str], told: "_Told"
    ) -> None:
        """Post; a batch that is refused is halved until the culprit is alone, unless the messenger names it."""
        try:
            await self._hand_over(batch, told)
        except PartlyRejected as error:
            owners = [recipient for recipient, bodies in batch for _ in bodies]
            for place, reason in error.refused.items():
                _note(owners[place], reason, failed, skipped)
        except Rejected as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._post(batch[:middle], failed, skipped, told)
                await self._post(batch[middle:], failed, skipped, told)
                return
            if not isinstance(error, Forbidden) or not await self._reached(batch[0], told):
                _note(batch[0][0], error, failed, skipped)

    async def _hand_over(self, batch: Sequence[Packed], told: "_Told") -> None:
        bodies = [body for _, some in batch for body in some]
        try:
            await self._patience.persist(lambda: self._platform.send(bodies), "broadcast.send_retry", told)
        except PartlyRejected as error:
            self._vitals.accepted += len(bodies) - len(error.refused)
            raise
        self._vitals.accepted += len(bodies)

    async def _hold(self, broadcast_id: str, fence: int, code: int, delay_s: float) -> None:
        """Say in the ledger that the messenger makes us wait; that this fails delays nothing."""
        self._held.add(broadcast_id)
        until = datetime.now(UTC) + timedelta(seconds=delay_s)
        with suppress(Unavailable):
            await self._ledger.hold(broadcast_id, fence, str(code or "offline"), until)

    async def _reached(self, packed: Packed, told: "_Told") -> bool:
        """Create the conversation that is missing, and try once more."""
        recipient = packed[0]
        outgoing = Outgoing("", self._platform.conversation_with(recipient.user_id), recipient.user_id, Text(""))
        try:
            await self._patience.persist(lambda: self._platform.reach(outgoing), "broadcast.reach_retry", told)
            await self._hand_over([packed], told)
        except Rejected:
            return False
        return True

    # Judging

    async def _judge(self, broadcast: Broadcast) -> None:
        """Pause by itself where too many fail: something is wrong with what is sent, or with the bot."""
        tally = (await self._ledger.broadcast_by_id(broadcast.id)).tally
        tried = tally.sent + tally.failed
        limit = self._options.failure_pause_percent
        percent = 100 * tally.failed / max(tried, 1)
        if tried < min(JUDGED_FROM, tally.total) or percent <= limit:
            return
        now, reason = datetime.now(UTC), f"failures {percent:.0f} % (limit {limit:g} %)"
        values = {"state": State.PAUSED, "reason": reason, "actor_id": ""}
        entry = AuditEntry(now, "", "broadcast.pause", str(broadcast.number), reason)
        if await self._ledger.move(broadcast.id, (State.RUNNING,), values, entry):
            log.warning("broadcast.paused", broadcast=broadcast.number, reason=reason)
            await self._tell_author(broadcast, "broadcast.note_paused", tally, reason=reason)

    async def _finish(self, broadcast: Broadcast) -> None:
        now = datetime.now(UTC)
        entry = AuditEntry(now, "", "broadcast.finish", str(broadcast.number))
        values = {"state": State.FINISHED, "ended_at": now}
        if await self._ledger.move(broadcast.id, (State.RUNNING,), values, entry):
            self._fences.pop(broadcast.id, None)
            self._left_until.pop(broadcast.id, None)
            tally = (await self._ledger.broadcast_by_id(broadcast.id)).tally
            facts = {"sent": tally.sent, "failed": tally.failed, "skipped": tally.skipped}
            log.info("broadcast.finished", broadcast=broadcast.number, kind=broadcast.kind, **facts)
            if broadcast.kind is not Kind.TEST:
                await self._tell_author(broadcast, "broadcast.note_finished", tally)

    async def _tell_author(self, broadcast: Broadcast, key: str, tally: Tally, **values: object) -> None:
        """Say in the chat how it ended; once, since the id follows from the broadcast and the numbers."""
        author_id = broadcast.author_id
        person = await self._services.store.person(author_id)
        if person is None:
            return
        numbers: Mapping[str, object] = {
            "number": broadcast.number, "sent": tally.sent, "failed": tally.failed, "skipped": tally.skipped,
            "total": tally.total,
        }  # fmt: skip
        text = Text(self._services.texts.get(person.language, key, **numbers, **values))
        note_id = reply_id(broadcast.id, f"{key} {tally.sent} {tally.failed}")
        note = Outgoing(note_id, self._platform.conversation_with(author_id), author_id, text)
        try:
            await self._pace.reply(1)
            body = self._platform.pack(note)
            await self._patience.persist(lambda: self._platform.send([body]), "broadcast.note_retry")
        except Rejected as error:
            log.warning("broadcast.note_refused", code=error.code, request_id=error.request_id)


def _note(recipient: Recipient, error: Rejected, failed: dict[int, str], skipped: dict[int, str]) -> None:
    if isinstance(error, Forbidden | Unreachable):
        skipped[recipient.seq] = "unreachable"
    else:
        failed[recipient.seq] = f"{error.code} {error}"[:200]


_Told = Callable[[int, float], Awaitable[None]]
