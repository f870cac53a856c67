"""What admins do with a broadcast: the same from the chat, from the command line and from the console.

Everything is a compare-and-set on the ledger, so that of two who press at once one wins and the other is told.
"""

import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.broadcast import Audience, Broadcast, Kind, State
from bot.ledger import AuditEntry, AuditQuery, Ledger
from bot.message import Content
from bot.wire import Value, replace

NOBODY_YET = (State.DRAFT, State.SCHEDULED, State.COUNTING)
UNFINISHED = (*NOBODY_YET, State.RUNNING, State.PAUSED)


class WrongState(Exception):
    """It cannot be done in the state that the broadcast is in."""

    def __init__(self, broadcast: Broadcast) -> None:
        super().__init__(f"broadcast {broadcast.number} is {broadcast.state}")
        self.broadcast = broadcast


class Limits(Value, frozen=True):
    """What one admin may not do alone; 0 is no limit. `per_day`: broadcasts that one admin begins in 24 hours.
    `second_admin_over`: with more recipients somebody else has to agree first. `confirm_over`: with more their number
    has to be typed.
    """

    per_day: int = 0
    second_admin_over: int = 0
    confirm_over: int = 500


class NotAlone(Exception):
    """More people than one admin may write to: another one has to agree first."""

    def __init__(self, recipients: int, limit: int) -> None:
        super().__init__(f"{recipients} recipients, more than {limit}: a second admin has to agree")
        self.recipients, self.limit = recipients, limit


class TooManyToday(Exception):
    """Whoever asks has begun as many broadcasts within a day as one may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} broadcasts within a day")
        self.limit = limit


class SentBefore(Exception):
    """The same was sent to the same people within a day; `again` says that this is meant."""

    def __init__(self, broadcast: Broadcast) -> None:
        super().__init__(f"broadcast {broadcast.number} said the same")
        self.broadcast = broadcast


class Steering:
    """`actor_id` is who steers. Every verb gives the broadcast as it is afterwards; most raise WrongState."""

    def __init__(self, ledger: Ledger, actor_id: str, now: datetime, limits: Limits | None = None) -> None:
        self._ledger = ledger
        self._actor_id = actor_id
        self._now = now
        self._limits = limits or Limits()

    async def draft(
        self, contents: Mapping[str, Sequence[Content]], audience: Audience, due_at: datetime | None = None
    ) -> Broadcast:
        """Keep a new one, with a code that confirms that its preview was seen; `due_at` is when it should begin."""
        kept = {language: tuple(some) for language, some in contents.items()}
        broadcast = replace(self._new(Kind.NEWS, State.DRAFT, kept, audience), due_at=due_at, saved_at=self._now)
        return await self._ledger.add(broadcast, self._entry("broadcast.draft", broadcast.id))

    async def redraft(
        self,
        broadcast: Broadcast,
        contents: Mapping[str, Sequence[Content]],
        audience: Audience,
        due_at: datetime | None = None,
    ) -> Broadcast:
        """Change a draft: what it says, to whom and when. Its author is now who changed it, and nobody agreed to it."""
        kept = {language: tuple(some) for language, some in contents.items()}
        values = {"contents": kept, "audience": audience, "due_at": due_at, "author_id": self._actor_id}
        changed = replace(broadcast, **values, saved_at=self._now)
        if not await self._ledger.redraft(changed):
            raise WrongState(await self._ledger.broadcast_by_id(broadcast.id))
        return await self._ledger.broadcast_by_id(broadcast.id)

    async def drop(self, broadcast: Broadcast) -> None:
        """Delete a draft."""
        if not await self._ledger.drop_draft(broadcast.id, self._entry("broadcast.drop", broadcast.number)):
            raise WrongState(await self._ledger.broadcast_by_id(broadcast.id))

    async def approve(self, broadcast: Broadcast) -> Broadcast:
        """Agree to a draft as it is now, which its author cannot.

        Raises:
            NotAlone: Whoever agrees wrote it.
        """
        if self._actor_id == broadcast.author_id:
            raise NotAlone(0, self._limits.second_admin_over)
        if not await self._ledger.approve(
            broadcast.id, self._actor_id, self._entry("broadcast.approve", broadcast.number)
        ):
            raise WrongState(await self._ledger.broadcast_by_id(broadcast.id))
        return await self._ledger.broadcast_by_id(broadcast.id)

    async def test(self, broadcast: Broadcast, user_ids: Sequence[str]) -> Broadcast:
        """Send it to these people alone, at once, whether they want news or not."""
        test = self._new(
            Kind.TEST, State.COUNTING, broadcast.contents, Audience(user_ids=tuple(user_ids)), of=broadcast.id
        )
        return await self._ledger.add(test, self._entry("broadcast.test", broadcast.number, f"{len(user_ids)} people"))

    async def start(
        self, broadcast: Broadcast, *, undo_s: float, at: datetime | None = None, again: bool = False
    ) -> Broadcast:
        """Begin after `undo_s`, or at a time; that of the draft, where it has one that is still to come.

        Raises:
            NotAlone, TooManyToday, SentBefore: Unless `again`, for the last.
        """
        if broadcast.state is State.DRAFT:
            await self._check(broadcast, again=again)
            if at is None and broadcast.due_at is not None and broadcast.due_at > self._now:
                at = broadcast.due_at
        due_at = at or self._now + timedelta(seconds=undo_s)
        state = State.SCHEDULED if at is not None else State.COUNTING
        return await self._move(broadcast, (State.DRAFT,), state, "broadcast.start", due_at=due_at)

    async def pause(self, broadcast: Broadcast, reason: str = "") -> Broadcast:
        return await self._move(broadcast, (State.RUNNING,), State.PAUSED, "broadcast.pause", reason=reason)

    async def resume(self, broadcast: Broadcast) -> Broadcast:
        return await self._move(broadcast, (State.PAUSED,), State.RUNNING, "broadcast.resume", reason="")

    async def cancel(self, broadcast: Broadcast, reason: str = "") -> Broadcast:
        """Send it to nobody more; who counts down or waits for its time is told that nobody received it."""
        return await self._move(
            broadcast, UNFINISHED, State.CANCELLED, "broadcast.cancel", reason=reason, ended_at=self._now
        )

    async def retry(self, broadcast: Broadcast, reason: str = "") -> tuple[Broadcast, int]:
        """Send again to those with whom it failed, for that reason or for any; and how many they are."""
        if broadcast.state not in (State.FINISHED, State.PAUSED):
            raise WrongState(broadcast)
        entry = self._entry("broadcast.retry", broadcast.number, reason)
        number = await self._ledger.retry(broadcast.id, reason, entry)
        if number:
            allowed = (State.FINISHED, State.PAUSED)
            broadcast = await self._move(
                broadcast, allowed, State.RUNNING, "broadcast.resume", reason="", ended_at=None
            )
        return broadcast, number

    async def recall(self, broadcast: Broadcast) -> Broadcast:
        """Take it back from everybody it was sent to. Gives the broadcast that does so."""
        over = (State.FINISHED, State.CANCELLED, State.PAUSED)
        if broadcast.state not in over or not broadcast.tally.sent:
            raise WrongState(broadcast)
        await self._move(broadcast, over, State.RECALLED, "broadcast.recall")
        recall = self._new(Kind.RECALL, State.COUNTING, broadcast.contents, _alike(broadcast), of=broadcast.id)
        return await self._ledger.add(recall, self._entry("broadcast.recall_begun", broadcast.number))

    async def set_rate(self, broadcast: Broadcast, rate_per_minute: int) -> Broadcast:
        """0 is as fast as the service may."""
        return await self._move(
            broadcast, UNFINISHED, None, "broadcast.rate", str(rate_per_minute), rate=rate_per_minute
        )

    async def _check(self, broadcast: Broadcast, *, again: bool) -> None:
        since = self._now - timedelta(days=1)
        if limit := self._limits.per_day:
            query = AuditQuery(self._actor_id, "broadcast.start", since=since, limit=limit)
            if len(await self._ledger.audited(query)) >= limit:
                raise TooManyToday(limit)
        if (limit := self._limits.second_admin_over) and not self._agreed(broadcast):
            recipients = (await self._ledger.arithmetic(broadcast.audience, self._now)).recipients
            if recipients > limit:
                raise NotAlone(recipients, limit)
        if again:
            return
        for other in await self._ledger.broadcasts():
            begun = (other.started_at or other.due_at or other.created_at) > since
            said = other.state not in (State.DRAFT, State.CANCELLED, State.RECALLED) and other.id != broadcast.id
            if begun and said and (other.contents, other.audience) == (broadcast.contents, broadcast.audience):
                raise SentBefore(other)

    def _agreed(self, broadcast: Broadcast) -> bool:
        """Whether two people know what it says: its author, and who agreed to it or begins it."""
        return self._actor_id != broadcast.author_id or broadcast.approver_id not in ("", broadcast.author_id)

    def _new(
        self,
        kind: Kind,
        state: State,
        contents: Mapping[str, tuple[Content, ...]],
        audience: Audience,
        of: str = "",
    ) -> Broadcast:
        code = f"{secrets.randbelow(10_000):04d}"
        due_at = self._now if state is State.COUNTING else None
        return Broadcast(
            str(uuid.uuid4()), 0, kind, state, contents, audience, self._actor_id, self._now, code, of, due_at
        )

    async def _move(
        self,
        broadcast: Broadcast,
        allowed: Collection[State],
        state: State | None,
        action: str,
        detail: str = "",
        **values: Any,
    ) -> Broadcast:
        if broadcast.state is state:
            await self._ledger.note(self._entry(f"{action}_too", broadcast.number))
            return broadcast  # somebody was quicker, or the same was asked twice
        if state is not None:
            values |= {"state": state, "actor_id": self._actor_id}
        entry = self._entry(action, broadcast.number, detail or str(values.get("reason", "")))
        moved = await self._ledger.move(broadcast.id, allowed, values, entry)
        after = await self._ledger.broadcast_by_id(broadcast.id)
        if not moved:
            if after.state is not state:
                raise WrongState(after)
            await self._ledger.note(self._entry(f"{action}_too", broadcast.number))
        return after

    def _entry(self, action: str, subject: str | int, detail: str = "") -> AuditEntry:
        return AuditEntry(self._now, self._actor_id, action, str(subject), detail)


def _alike(broadcast: Broadcast) -> Audience:
    """Whom a recall is for: those who were sent to, people or groups."""
    return Audience(groups=broadcast.audience.groups)
