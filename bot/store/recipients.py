"""The ledger: one row for each recipient of a broadcast. Counts stand in the broadcast's own row, kept in the same
transaction, so that all who ask see the same numbers at any time.

They are sent to in order, so what became of nearly all of them is a place in the list: up to the broadcast's `sent_to`
they were sent to, and of those from there to `claimed_to` nobody knows yet. Only a row that went another way says so.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)

from bot.broadcast import Outcome, Recipient, Settled, State, message_id_of
from bot.ledger import Line
from bot.store.bulk import Insert, PerEngine, Words, given_ids
from bot.store.tables import EPOCH, broadcasts, people, progress, recipients, text

DELIVERED, READ = 1, 2
AGAIN, FAILED, SENDING, SKIPPED = (
    literal_column(f"'{outcome}'", String) for outcome in ("again", Outcome.FAILED, Outcome.SENDING, Outcome.SKIPPED)
)
"""Written out in statements: a parameter would not let the engine see that a partial index is enough."""
PACE_STEP = timedelta(seconds=10)

BOT, WHICH = bindparam("bot", type_=String), bindparam("which", type_=String)
BROADCAST = and_(broadcasts.c.bot_id == BOT, broadcasts.c.broadcast_id == WHICH)
ROWS = and_(recipients.c.bot_id == BOT, recipients.c.broadcast_id == WHICH)
APART = and_(ROWS, recipients.c.outcome.in_((AGAIN, FAILED, SENDING, SKIPPED)))
"""The rows that went another way; an index has these alone."""
OUTCOME = case(
    (recipients.c.outcome == AGAIN, Outcome.WAITING),
    (recipients.c.outcome != Outcome.WAITING, recipients.c.outcome),
    (recipients.c.seq <= broadcasts.c.sent_to, Outcome.SENT),
    (recipients.c.seq <= broadcasts.c.claimed_to, Outcome.SENDING),
    else_=Outcome.WAITING,
)
"""What became of a row, where it is joined with its broadcast."""
ITS_BROADCAST = and_(broadcasts.c.bot_id == recipients.c.bot_id, broadcasts.c.broadcast_id == recipients.c.broadcast_id)
WHY_NOT = case(
    (people.c.blocked, "blocked"),
    (people.c.subscribed.is_(False), "unsubscribed"),
    (people.c.reachable.is_(False), "unreachable"),
    else_="",
)
_SAME_PERSON = and_(people.c.bot_id == recipients.c.bot_id, people.c.user_id == recipients.c.user_id)

# Sending

_MAY = (
    select(broadcasts.c.claimed_to)
    .where(BROADCAST, broadcasts.c.state == State.RUNNING, broadcasts.c.fence == bindparam("now_fence"))
    .with_for_update()
)
_NEXT = select(
    recipients.c.seq,
    recipients.c.user_id,
    recipients.c.message_id,
    func.coalesce(people.c.language, ""),
    func.coalesce(people.c.name, ""),
    case((recipients.c.user_id == "", "forgotten"), else_=func.coalesce(WHY_NOT, "")),
).select_from(recipients.outerjoin(people, _SAME_PERSON))
_IN_ORDER = (
    _NEXT.where(ROWS, recipients.c.outcome == Outcome.WAITING, recipients.c.seq > bindparam("after"))
    .order_by(recipients.c.seq)
    .limit(bindparam("most"))
)
_TO_TRY_AGAIN = select(recipients.c.seq).where(APART, recipients.c.outcome == AGAIN).limit(bindparam("most"))
_ONCE_MORE = _NEXT.where(ROWS, recipients.c.seq.in_(_TO_TRY_AGAIN)).order_by(recipients.c.seq)
_CLAIM = update(broadcasts).where(BROADCAST).values(claimed_to=bindparam("place"))
_CLAIM_ONE = update(recipients).where(ROWS, recipients.c.seq == bindparam("number")).values(outcome=Outcome.SENDING)
_TAKE_BACK = update(recipients).where(APART, recipients.c.outcome == SENDING).values(outcome=AGAIN)


def _more(count: Column[int]) -> ColumnElement[int]:
    return count + bindparam(f"more_{count.name}", type_=Integer)


_SETTLE = (
    update(broadcasts)
    .where(BROADCAST, broadcasts.c.fence == bindparam("now_fence"))
    .values(
        sent=_more(broadcasts.c.sent),
        failed=_more(broadcasts.c.failed),
        skipped=_more(broadcasts.c.skipped),
        sent_to=case((broadcasts.c.sent_to < bindparam("place"), bindparam("place")), else_=broadcasts.c.sent_to),
    )
)
_BECAME = (
    update(recipients)
    .where(ROWS, recipients.c.seq == bindparam("number"))
    .values(outcome=bindparam("became"), reason=bindparam("why"))
)  # fmt: skip
_RETRY = (
    update(recipients)
    .where(APART, recipients.c.outcome == FAILED)
    .where(or_(bindparam("why") == "", recipients.c.reason == bindparam("why")))
    .values(outcome=AGAIN, reason="")
)  # fmt: skip
_WHO = select(recipients.c.user_id).where(ROWS, recipients.c.seq == bindparam("number")).scalar_subquery()
_UNREACHABLE = update(people).where(people.c.bot_id == BOT, people.c.user_id == _WHO).values(reachable=False)


def claim(connection: Connection, bot_id: str, broadcast_id: str, fence: int, most: int) -> Sequence[Recipient] | None:
    """The next recipients, in order, and then those who are tried again; from now on it is unknown whether they were
    sent to. Nothing at all where it does not run, or somebody took it over.
    """
    which = {"bot": bot_id, "which": broadcast_id}
    after = connection.execute(_MAY, which | {"now_fence": fence}).scalar_one_or_none()
    if after is None:
        return None
    found = [Recipient(*row) for row in connection.execute(_IN_ORDER, which | {"most": most, "after": after})]
    if found:
        connection.execute(_CLAIM, which | {"place": found[-1].seq})
        return found
    found = [Recipient(*row, again=True) for row in connection.execute(_ONCE_MORE, which | {"most": most})]
    if found:
        connection.execute(_CLAIM_ONE, [which | {"number": recipient.seq} for recipient in found])
    return found


def take_back(connection: Connection, bot_id: str, broadcast_id: str) -> None:
    """Let those be tried again whom an earlier sender tried again: under the same ids that does no harm."""
    connection.execute(_TAKE_BACK, {"bot": bot_id, "which": broadcast_id})


def _progress(words: Words) -> Insert:
    insert = words.insert(progress)
    more = progress.c.sent + insert.excluded.sent
    return insert.on_conflict_do_update(index_elements=["bot_id", "broadcast_id", "at"], set_={"sent": more})


_PROGRESS = PerEngine(_progress)
_PACE = select(progress.c.at, progress.c.sent).where(
    progress.c.bot_id == BOT, progress.c.broadcast_id == WHICH
).order_by(progress.c.at)  # fmt: skip


def settle(connection: Connection, bot_id: str, broadcast_id: str, fence: int, settled: Settled, now: datetime) -> bool:
    """Note what became of a claim; whether this sender still may."""
    which = {"bot": bot_id, "which": broadcast_id}
    claimed, failed, skipped = settled.claimed, settled.failed, settled.skipped
    sent, last = len(claimed) - len(failed) - len(skipped), claimed[-1]
    counts = {"more_sent": sent, "more_failed": len(failed), "more_skipped": len(skipped)}
    given = which | counts | {"now_fence": fence, "place": 0 if last.again else last.seq}
    if connection.execute(_SETTLE, given).rowcount == 0:
        return False
    apart = [
        which | {"number": seq, "became": outcome, "why": text(reason)}
        for outcome, some in ((Outcome.FAILED, failed), (Outcome.SKIPPED, skipped))
        for seq, reason in sorted(some.items())
    ]
    if last.again:
        others = (each.seq for each in claimed if each.seq not in failed and each.seq not in skipped)
        apart += [which | {"number": seq, "became": Outcome.SENT, "why": ""} for seq in others]
    if apart:
        connection.execute(_BECAME, apart)
    gone = [which | {"number": seq} for seq, reason in sorted(skipped.items()) if reason == "unreachable"]
    if gone:
        connection.execute(_UNREACHABLE, gone)
    if sent:
        step = EPOCH + (now - EPOCH) // PACE_STEP * PACE_STEP
        row = {"bot_id": bot_id, "broadcast_id": broadcast_id, "at": step, "sent": sent}
        connection.execute(_PROGRESS.on(connection), row)
    return True


def pace(connection: Connection, bot_id: str, broadcast_id: str) -> Sequence[tuple[datetime, int]]:
    """How many were sent to in each ten seconds."""
    return [(at, sent) for at, sent in connection.execute(_PACE, {"bot": bot_id, "which": broadcast_id})]


def retry(connection: Connection, bot_id: str, broadcast_id: str, reason: str) -> int:
    """Let those that failed, for that reason or for any, wait again; how many they are."""
    which = {"bot": bot_id, "which": broadcast_id}
    number = connection.execute(_RETRY, which | {"why": reason}).rowcount
    if number:
        _count(connection, which, {"failed": -number})
    return number


def _count(connection: Connection, which: Mapping[str, Any], more: Mapping[str, int]) -> None:
    values = {name: broadcasts.c[name] + number for name, number in more.items()}
    connection.execute(update(broadcasts).where(BROADCAST).values(**values), which)


# What is known of them


_OF_BOT = recipients.c.bot_id + "" == BOT
"""In words that no index helps with: without them SQLite reads all recipients that the bot ever had."""


def _received(words: Words) -> ColumnElement[bool]:
    """The rows for which receipts say more than is known."""
    return and_(
        _OF_BOT,
        recipients.c.message_id.in_(words.ids()),
        recipients.c.outcome.in_((Outcome.WAITING, SENDING, Outcome.SENT)),
        recipients.c.seen < bindparam("level"),
    )


def _unseen(words: Words) -> Any:
    rows = select(recipients.c.broadcast_id, recipients.c.seen).where(_received(words)).with_for_update().subquery()
    return select(rows.c.broadcast_id, rows.c.seen, func.count()).group_by(rows.c.broadcast_id, rows.c.seen)


_UNSEEN = PerEngine(_unseen)
_SEE = PerEngine(lambda words: update(recipients).where(_received(words)).values(seen=bindparam("level")))
_REASONS = (
    select(recipients.c.outcome, recipients.c.reason, func.count())
    .where(APART, recipients.c.outcome.in_((FAILED, SKIPPED)))
    .group_by(recipients.c.outcome, recipients.c.reason)
    .order_by(func.count().desc(), recipients.c.reason)
)
_REPORT = (
    select(recipients.c.seq, recipients.c.user_id, OUTCOME, recipients.c.reason, recipients.c.seen)
    .select_from(recipients.join(broadcasts, ITS_BROADCAST))
    .where(ROWS, recipients.c.seq > bindparam("after"))
    .order_by(recipients.c.seq)
    .limit(bindparam("most"))
)


def see(connection: Connection, bot_id: str, message_ids: Sequence[str], *, read: bool) -> None:
    """Note receipts of the first message of each recipient; who read it was delivered it."""
    given = {"bot": bot_id, "ids": given_ids(list(message_ids)), "level": READ if read else DELIVERED}
    more: dict[str, dict[str, int]] = {}
    for broadcast_id, seen, number in connection.execute(_UNSEEN.on(connection), given):
        counts = more.setdefault(broadcast_id, {})
        if seen < DELIVERED:
            counts["delivered"] = number
        if read:
            counts["read"] = counts.get("read", 0) + number
    if more:
        connection.execute(_SEE.on(connection), given)
    for broadcast_id, counts in sorted(more.items()):
        _count(connection, {"bot": bot_id, "which": broadcast_id}, counts)


def reasons(connection: Connection, bot_id: str, broadcast_id: str) -> Mapping[tuple[str, str], int]:
    """How many failed or were skipped, by outcome and reason, most first."""
    found = connection.execute(_REASONS, {"bot": bot_id, "which": broadcast_id})
    return {(outcome, reason): number for outcome, reason, number in found}


def report(connection: Connection, bot_id: str, broadcast_id: str, after: int, limit: int) -> Sequence[Line]:
    """Rows after a place in the list."""
    given = {"bot": bot_id, "which": broadcast_id, "after": after, "most": limit}
    return [
        Line(seq, user_id, outcome, reason, seen >= DELIVERED, seen >= READ)
        for seq, user_id, outcome, reason, seen in connection.execute(_REPORT, given)
    ]


# Forgetting


def _his(words: Words) -> ColumnElement[bool]:
    """The rows of one person, by the ids of the messages that each broadcast has for them: people have no index."""
    return and_(_OF_BOT, recipients.c.message_id.in_(words.ids()))


_EVERY = select(broadcasts.c.broadcast_id).where(broadcasts.c.bot_id == BOT)
_STILL = PerEngine(
    lambda words: (
        select(recipients.c.broadcast_id, recipients.c.seq)
        .select_from(recipients.join(broadcasts, ITS_BROADCAST))
        .where(_his(words), OUTCOME == Outcome.WAITING)
        .order_by(recipients.c.broadcast_id)
        .with_for_update(of=broadcasts)
    )
)
_NAMELESS = PerEngine(lambda words: update(recipients).where(_his(words)).values(user_id="", message_id=""))


def forget(connection: Connection, bot_id: str, user_id: str) -> None:
    """Leave a row without a name; who still waited is skipped."""
    every = connection.execute(_EVERY, {"bot": bot_id}).scalars()
    given = {"bot": bot_id, "ids": given_ids([message_id_of(each, user_id) for each in every])}
    waiting = connection.execute(_STILL.on(connection), given).all()
    for which, seq in waiting:
        row = {"bot": bot_id, "which": which}
        connection.execute(_BECAME, row | {"number": seq, "became": Outcome.SKIPPED, "why": "forgotten"})
        _count(connection, row, {"skipped": 1})
    connection.execute(_NAMELESS.on(connection), given)


def of_person(bot_id: str, user_id: str) -> Select[Any]:
    """What each broadcast keeps of one person."""
    columns = (OUTCOME.label(column.name) if column.name == "outcome" else column for column in recipients.c)
    joined = recipients.join(broadcasts, ITS_BROADCAST)
    return select(*columns).select_from(joined).where(recipients.c.bot_id == bot_id, recipients.c.user_id == user_id)
