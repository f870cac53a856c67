"""The ledger: one row for each recipient of a broadcast. Counts stand in the broadcast's own row, kept in the same
transaction, so that all who ask see the same numbers at any time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, case, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.broadcast import Outcome, Recipient, Settled, State, message_id_of
from bot.ledger import Line
from bot.store.bulk import Insert, PerEngine, Words, given_ids
from bot.store.tables import EPOCH, broadcasts, people, progress, recipients, text

DELIVERED, READ = 1, 2
SENDING, SENT, FAILED, SKIPPED = (
    literal_column(f"'{outcome}'", String)
    for outcome in (Outcome.SENDING, Outcome.SENT, Outcome.FAILED, Outcome.SKIPPED)
)
"""Written out in statements: a parameter would not let the engine see that a partial index is enough."""
PACE_STEP = timedelta(seconds=10)

BOT, WHICH = bindparam("bot", type_=String), bindparam("which", type_=String)
BROADCAST = and_(broadcasts.c.bot_id == BOT, broadcasts.c.broadcast_id == WHICH)
ROWS = and_(recipients.c.bot_id == BOT, recipients.c.broadcast_id == WHICH)
WHY_NOT = case(
    (people.c.blocked, "blocked"),
    (people.c.subscribed.is_(False), "unsubscribed"),
    (people.c.reachable.is_(False), "unreachable"),
    else_="",
)
_SAME_PERSON = and_(people.c.bot_id == recipients.c.bot_id, people.c.user_id == recipients.c.user_id)
_COUNTED = update(broadcasts).where(BROADCAST)

# Sending

_MAY = select(broadcasts.c.fence).where(
    BROADCAST, broadcasts.c.state == State.RUNNING, broadcasts.c.fence == bindparam("fence")
)
_HOLDS = select(broadcasts.c.fence).where(BROADCAST, broadcasts.c.fence == bindparam("fence"))
_WAITING = (
    select(
        recipients.c.seq, recipients.c.user_id, recipients.c.message_id,
        func.coalesce(people.c.language, ""), func.coalesce(people.c.name, ""), func.coalesce(WHY_NOT, ""),
    )
    .select_from(recipients.outerjoin(people, _SAME_PERSON))
    .where(ROWS, recipients.c.outcome == Outcome.WAITING, recipients.c.seq > bindparam("after"))
    .order_by(recipients.c.seq)
    .limit(bindparam("most"))
)  # fmt: skip
_RANGE = and_(ROWS, recipients.c.seq >= bindparam("first"), recipients.c.seq <= bindparam("last"))
_CLAIM = update(recipients).where(_RANGE, recipients.c.outcome == Outcome.WAITING).values(outcome=Outcome.SENDING)
_UNCLAIM = update(recipients).where(ROWS, recipients.c.outcome == Outcome.SENDING).values(outcome=Outcome.WAITING)
_SENT = update(recipients).where(_RANGE, recipients.c.outcome == Outcome.SENDING).values(outcome=Outcome.SENT)
_APART = (
    update(recipients)
    .where(ROWS, recipients.c.seq == bindparam("number"), recipients.c.outcome == Outcome.SENDING)
    .values(outcome=bindparam("became"), reason=bindparam("why"))
)
_AGAIN = (
    update(recipients)
    .where(ROWS, recipients.c.outcome == FAILED)
    .where(or_(bindparam("why") == "", recipients.c.reason == bindparam("why")))
    .values(outcome=Outcome.WAITING, reason="")
)  # fmt: skip
_WHO = select(recipients.c.user_id).where(ROWS, recipients.c.seq == bindparam("number")).scalar_subquery()
_UNREACHABLE = update(people).where(people.c.bot_id == BOT, people.c.user_id == _WHO).values(reachable=False)


async def may_send(connection: AsyncConnection, bot_id: str, broadcast_id: str, fence: int) -> bool:
    """Whether the broadcast runs, and nobody took it over; holds until the transaction ends."""
    statement = _MAY.with_for_update()
    given = {"bot": bot_id, "which": broadcast_id, "fence": fence}
    return (await connection.execute(statement, given)).one_or_none() is not None


async def claim(
    connection: AsyncConnection, bot_id: str, broadcast_id: str, most: int, after: int
) -> Sequence[Recipient]:
    """The next recipients, in order; from now on it is unknown whether they were sent to."""
    which = {"bot": bot_id, "which": broadcast_id}
    found = [Recipient(*row) for row in await connection.execute(_WAITING, which | {"most": most, "after": after})]
    if found:
        await connection.execute(_CLAIM, which | {"first": found[0].seq, "last": found[-1].seq})
    return found


async def unclaim(connection: AsyncConnection, bot_id: str, broadcast_id: str) -> int:
    """Take back what an earlier sender claimed: sending it again under the same ids does no harm."""
    return (await connection.execute(_UNCLAIM, {"bot": bot_id, "which": broadcast_id})).rowcount


def _progress(words: Words) -> Insert:
    insert = words.insert(progress)
    more = progress.c.sent + insert.excluded.sent
    return insert.on_conflict_do_update(index_elements=["bot_id", "broadcast_id", "at"], set_={"sent": more})


_PROGRESS = PerEngine(_progress)
_PACE = select(progress.c.at, progress.c.sent).where(
    progress.c.bot_id == BOT, progress.c.broadcast_id == WHICH
).order_by(progress.c.at)  # fmt: skip


async def settle(
    connection: AsyncConnection, bot_id: str, broadcast_id: str, fence: int, settled: Settled, now: datetime
) -> bool:
    """Note what became of a claim; whether this sender still may."""
    which = {"bot": bot_id, "which": broadcast_id}
    if (await connection.execute(_HOLDS.with_for_update(), which | {"fence": fence})).one_or_none() is None:
        return False
    apart = [
        which | {"number": seq, "became": outcome, "why": text(reason)}
        for outcome, some in ((Outcome.FAILED, settled.failed), (Outcome.SKIPPED, settled.skipped))
        for seq, reason in sorted(some.items())
    ]
    if apart:
        await connection.execute(_APART, apart)
    gone = [which | {"number": seq} for seq, reason in sorted(settled.skipped.items()) if reason == "unreachable"]
    if gone:
        await connection.execute(_UNREACHABLE, gone)
    sent = (await connection.execute(_SENT, which | {"first": settled.first, "last": settled.last})).rowcount
    await _count(connection, which, {"sent": sent, "failed": len(settled.failed), "skipped": len(settled.skipped)})
    if sent:
        step = EPOCH + (now - EPOCH) // PACE_STEP * PACE_STEP
        row = {"bot_id": bot_id, "broadcast_id": broadcast_id, "at": step, "sent": sent}
        await connection.execute(_PROGRESS.on(connection), row)
    return True


async def pace(connection: AsyncConnection, bot_id: str, broadcast_id: str) -> Sequence[tuple[datetime, int]]:
    """How many were sent to in each ten seconds."""
    return [(at, sent) for at, sent in await connection.execute(_PACE, {"bot": bot_id, "which": broadcast_id})]


async def retry(connection: AsyncConnection, bot_id: str, broadcast_id: str, reason: str) -> int:
    """Let those that failed, for that reason or for any, wait again; how many they are."""
    which = {"bot": bot_id, "which": broadcast_id}
    number = (await connection.execute(_AGAIN, which | {"why": reason})).rowcount
    if number:
        await _count(connection, which, {"failed": -number})
    return number


async def _count(connection: AsyncConnection, which: Mapping[str, Any], more: Mapping[str, int]) -> None:
    values = {name: broadcasts.c[name] + number for name, number in more.items() if number}
    if values:
        await connection.execute(_COUNTED.values(**values), which)


# What is known of them


_OF_BOT = recipients.c.bot_id + "" == BOT
"""In words that no index helps with: without them SQLite reads all recipients that the bot ever had."""


def _see(words: Words) -> Any:
    return (
        update(recipients)
        .where(
            _OF_BOT,
            recipients.c.message_id.in_(words.ids()),
            recipients.c.outcome.in_((SENDING, SENT)),
            recipients.c.seen < bindparam("level"),
        )
        .values(seen=bindparam("level"))
        .returning(recipients.c.broadcast_id)
    )


_SEE = PerEngine(_see)
_REASONS = (
    select(recipients.c.outcome, recipients.c.reason, func.count())
    .where(ROWS, recipients.c.outcome.in_((FAILED, SKIPPED)))
    .group_by(recipients.c.outcome, recipients.c.reason)
    .order_by(func.count().desc(), recipients.c.reason)
)
_REPORT = (
    select(recipients.c.seq, recipients.c.user_id, recipients.c.outcome, recipients.c.reason, recipients.c.seen)
    .where(ROWS, recipients.c.seq > bindparam("after"))
    .order_by(recipients.c.seq)
    .limit(bindparam("most"))
)


async def see(connection: AsyncConnection, bot_id: str, message_ids: Sequence[str], *, read: bool) -> None:
    """Note receipts of the first message of each recipient; who read it was delivered it."""
    for level in (DELIVERED, READ) if read else (DELIVERED,):
        given = {"bot": bot_id, "ids": given_ids(list(message_ids)), "level": level}
        seen: dict[str, int] = {}
        for (broadcast_id,) in await connection.execute(_SEE.on(connection), given):
            seen[broadcast_id] = seen.get(broadcast_id, 0) + 1
        for broadcast_id, number in sorted(seen.items()):
            name = "read" if level == READ else "delivered"
            await _count(connection, {"bot": bot_id, "which": broadcast_id}, {name: number})


async def reasons(connection: AsyncConnection, bot_id: str, broadcast_id: str) -> Mapping[tuple[str, str], int]:
    """How many failed or were skipped, by outcome and reason, most first."""
    found = await connection.execute(_REASONS, {"bot": bot_id, "which": broadcast_id})
    return {(outcome, reason): number for outcome, reason, number in found}


async def report(connection: AsyncConnection, bot_id: str, broadcast_id: str, after: int, limit: int) -> Sequence[Line]:
    """Rows after a place in the list."""
    given = {"bot": bot_id, "which": broadcast_id, "after": after, "most": limit}
    return [
        Line(seq, user_id, outcome, reason, seen >= DELIVERED, seen >= READ)
        for seq, user_id, outcome, reason, seen in await connection.execute(_REPORT, given)
    ]


# Forgetting


def _his(words: Words) -> ColumnElement[bool]:
    """The rows of one person, by the ids of the messages that each broadcast has for them: people have no index."""
    return and_(_OF_BOT, recipients.c.message_id.in_(words.ids()))


_EVERY = select(broadcasts.c.broadcast_id).where(broadcasts.c.bot_id == BOT)
_STILL = PerEngine(
    lambda words: select(recipients.c.broadcast_id).where(_his(words), recipients.c.outcome == Outcome.WAITING)
)
_SKIP = PerEngine(
    lambda words: (
        update(recipients)
        .where(_his(words), recipients.c.outcome == Outcome.WAITING)
        .values(outcome=Outcome.SKIPPED, reason="forgotten")
    )
)
_NAMELESS = PerEngine(lambda words: update(recipients).where(_his(words)).values(user_id="", message_id=""))


async def forget(connection: AsyncConnection, bot_id: str, user_id: str) -> None:
    """Leave a row without a name; who still waited is skipped."""
    every = (await connection.execute(_EVERY, {"bot": bot_id})).scalars()
    given = {"bot": bot_id, "ids": given_ids([message_id_of(each, user_id) for each in every])}
    waiting = sorted((await connection.execute(_STILL.on(connection), given)).scalars())
    for statement in (_SKIP, _NAMELESS):
        await connection.execute(statement.on(connection), given)
    for broadcast_id in waiting:
        await _count(connection, {"bot": bot_id, "which": broadcast_id}, {"skipped": 1})
