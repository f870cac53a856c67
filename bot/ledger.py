"""What is kept of broadcasts, and the Protocol of who keeps it: the rows of one bot, all changes compare-and-set."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.broadcast import Arithmetic, Audience, Broadcast, Recipient, Settled, State
from bot.wire import Value


class AuditEntry(Value, frozen=True):
    """Who did what; `actor_id` is a user id, empty for the service itself, `cli` for the command line."""

    at: datetime
    actor_id: str
    action: str
    subject: str = ""
    detail: str = ""
    number: int = 0
    """Its place in the audit, once it is kept and where that was asked for."""


class AuditQuery(Value, frozen=True):
    """Which entries: `action` is how its name begins, such as `broadcast.`; `before_number` is for the next page."""

    actor_id: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    before_number: int = 0
    limit: int = 50


class Line(Value, frozen=True):
    """What the report says of one recipient."""

    seq: int
    user_id: str
    outcome: str
    reason: str
    delivered: bool
    read: bool


class Totals(Value, frozen=True):
    """All broadcasts of a bot together: how many began, and what became of their recipients."""

    begun: int = 0
    sent: int = 0
    failed: int = 0


RATED_S = 60.0


def rate_of(pace: Sequence[tuple[datetime, int]], now: datetime) -> int:
    """Recipients a minute, from how many were sent to in each ten seconds, over the last minute of them."""
    recent = [(at, sent) for at, sent in pace if (now - at).total_seconds() <= RATED_S + 10]
    if not recent:
        return 0
    span_s = max((now - recent[0][0]).total_seconds(), 1.0)
    return round(60 * sum(sent for _, sent in recent) / span_s)


class Ledger(Protocol):
    """Every method is one transaction, unless its Store is one already. All raise NotKept."""

    async def add(self, broadcast: Broadcast, entry: AuditEntry) -> Broadcast:
        """Keep a new one; gives it with its number."""
        ...

    async def redraft(self, broadcast: Broadcast) -> bool:
        """Change what a draft says, to whom and when, which takes back an approval; whether it still was one."""
        ...

    async def broadcast(self, number: int) -> Broadcast | None: ...

    async def broadcast_by_id(self, broadcast_id: str) -> Broadcast: ...

    async def broadcasts(self, limit: int = 20) -> Sequence[Broadcast]:
        """Newest first, without tests and recalls."""
        ...

    async def arithmetic(self, audience: Audience, at: datetime) -> Arithmetic: ...

    async def audience(
        self, audience: Audience, at: datetime, after: str = "", limit: int = 50, *, excluded: bool = False
    ) -> Sequence[tuple[str, str]]:
        """Who belongs to it, by user id, each with why they would not be sent to; `excluded`: only those with a why."""
        ...

    async def approve(self, broadcast_id: str, approver_id: str, entry: AuditEntry) -> bool:
        """Note who agreed to a draft; whether it still was one."""
        ...

    async def drop_draft(self, broadcast_id: str, entry: AuditEntry) -> bool:
        """Delete a draft; whether it was one."""
        ...

    async def tested_at(self, broadcast_id: str) -> datetime | None:
        """When a test of it was sent last."""
        ...

    async def move(
        self, broadcast_id: str, allowed: Collection[State], values: Mapping[str, Any], entry: AuditEntry
    ) -> bool:
        """Change a broadcast that is in one of these states, and note it; whether it was in one of them."""
        ...

    async def retry(self, broadcast_id: str, reason: str, entry: AuditEntry) -> int:
        """Let those wait again that failed, for that reason or for any; how many they are."""
        ...

    async def note(self, entry: AuditEntry) -> None: ...

    async def audit(self, limit: int = 50) -> Sequence[AuditEntry]:
        """Newest first."""
        ...

    async def audited(self, query: AuditQuery) -> Sequence[AuditEntry]:
        """Newest first, those that fit."""
        ...

    async def audit_broken(self) -> int:
        """The number of the first entry that somebody changed, or that follows one that is gone; 0: all is well."""
        ...

    async def totals(self) -> Totals:
        """Without tests and recalls."""
        ...

    async def reasons(self, broadcast_id: str) -> Mapping[tuple[str, str], int]:
        """How many failed or were skipped, by outcome and reason, most first."""
        ...

    async def report(self, broadcast_id: str, after: int = 0, limit: int = 1000) -> Sequence[Line]:
        """The recipients after a place in the list."""
        ...

    async def pace(self, broadcast_id: str) -> Sequence[tuple[datetime, int]]:
        """How many were sent to in each ten seconds, in order; those in which nobody was are left out."""
        ...

    # For whoever sends

    async def hold(self, broadcast_id: str, fence: int, why: str = "", until: datetime | None = None) -> None:
        """Say that the messenger makes it wait, and until when; without a reason it goes on."""
        ...

    async def due(self, now: datetime) -> Sequence[Broadcast]:
        """Those that should be sent now, and those that begin now; the one that waits longest first."""
        ...

    async def take(self, broadcast_id: str) -> int:
        """Become the one who sends it: gives the fence, and lets what an earlier sender began be sent again."""
        ...

    async def freeze(self, broadcast: Broadcast) -> bool:
        """Write some more of its audience down; whether that is now all of it."""
        ...

    async def claim(self, broadcast_id: str, fence: int, most: int) -> Sequence[Recipient] | None:
        """The next to be sent to; nothing at all where it does not run any more or somebody else took it over.

        Claims are settled in the order in which they were made.
        """
        ...

    async def settle(self, broadcast_id: str, fence: int, settled: Settled) -> bool:
        """Note what became of a claim; False where somebody else took it over."""
        ...

    async def see(self, message_ids: Sequence[str], *, read: bool) -> None:
        """Note receipts; those of other messages are passed over."""
        ...

    async def latest_start(self) -> datetime | None:
        """When a broadcast last began."""
        ...
