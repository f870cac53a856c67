"""Broadcasts: what is sent and where it stands. Every change of state is a compare-and-set; recipients are beside."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, or_, select, update

from bot.broadcast import Audience, Broadcast, Kind, State, Tally
from bot.ledger import Totals
from bot.message import Content
from bot.store.tables import Moment, broadcasts, text
from bot.wire import decoder, encode

_FACTS = (
    "broadcast_id", "number", "kind", "state", "contents", "audience", "author_id", "created_at", "code", "of",
    "due_at", "rate", "fence", "frozen", "reason", "actor_id", "started_at", "ended_at", "hold", "hold_until",
    "saved_at", "approver_id", "total", "sent", "failed", "skipped", "delivered", "read",
)  # fmt: skip
"""In the order of `Broadcast`, whose last member is made of the last six."""

_read_contents = decoder(dict[str, tuple[Content, ...]])
_read_audience = decoder(Audience)

_OURS = broadcasts.c.bot_id == bindparam("bot")
_THIS = and_(_OURS, broadcasts.c.broadcast_id == bindparam("which"))
_ALL = select(*(broadcasts.c[name] for name in _FACTS)).where(_OURS)
_BY_NUMBER = _ALL.where(broadcasts.c.number == bindparam("number"))
_BY_ID = _ALL.where(broadcasts.c.broadcast_id == bindparam("which"))
_NEWEST = _ALL.where(broadcasts.c.kind == Kind.NEWS).order_by(broadcasts.c.number.desc()).limit(bindparam("most"))
_NOW = bindparam("now", type_=Moment)
_DUE = _ALL.where(
    or_(
        broadcasts.c.state == State.RUNNING,
        and_(broadcasts.c.state.in_((State.COUNTING, State.SCHEDULED)), broadcasts.c.due_at <= _NOW),
    )
).order_by(broadcasts.c.due_at, broadcasts.c.number)
_LAST_NUMBER = select(func.coalesce(func.max(broadcasts.c.number), 0)).where(_OURS)
_LATEST_START = select(func.max(broadcasts.c.started_at)).where(_OURS)
_TOTALS = select(
    func.count(broadcasts.c.started_at),
    *(func.coalesce(func.sum(broadcasts.c[name]), 0) for name in ("sent", "failed")),
).where(_OURS, broadcasts.c.kind == Kind.NEWS)
_ADD = insert(broadcasts)
_DRAFT = (
    update(broadcasts)
    .where(_THIS, broadcasts.c.state == State.DRAFT)
    .values(
        contents=bindparam("new_contents"),
        audience=bindparam("new_audience"),
        due_at=bindparam("new_due_at", type_=Moment),
        saved_at=bindparam("new_saved_at", type_=Moment),
        author_id=bindparam("new_author"),
        approver_id="",
    )
)
_MOVE = update(broadcasts).where(_THIS, broadcasts.c.state.in_(bindparam("allowed", expanding=True)))
_APPROVE = update(broadcasts).where(_THIS, broadcasts.c.state == State.DRAFT).values(approver_id=bindparam("who"))
_HOLD = (
    update(broadcasts)
    .where(_THIS, broadcasts.c.fence == bindparam("fence_now"))
    .values(hold=bindparam("why"), hold_until=bindparam("until", type_=Moment))
)
_TESTED = select(func.max(broadcasts.c.created_at)).where(
    _OURS, broadcasts.c.of == bindparam("which"), broadcasts.c.kind == Kind.TEST
)
_DROP = delete(broadcasts).where(_THIS, broadcasts.c.state == State.DRAFT)
_RATE = update(broadcasts).where(_THIS).values(rate=bindparam("new_rate"))
_TAKE = (
    update(broadcasts)
    .where(_THIS)
    .values(fence=broadcasts.c.fence + 1, claimed_to=broadcasts.c.sent_to)
    .returning(broadcasts.c.fence)
)


def add(connection: Connection, bot_id: str, broadcast: Broadcast) -> Broadcast:
    """Keep a new one under the next number."""
    number = connection.execute(_LAST_NUMBER, {"bot": bot_id}).scalar_one() + 1
    tally = {name: getattr(broadcast.tally, name) for name in Tally.__struct_fields__}
    row = {name: getattr(broadcast, name) for name in _FACTS if name not in tally and name != "broadcast_id"}
    row |= {"bot_id": bot_id, "broadcast_id": broadcast.id, "number": number, **tally}
    row |= {"contents": encode(broadcast.contents), "audience": encode(broadcast.audience)}
    connection.execute(_ADD, row)
    return _one(connection, _BY_ID, {"bot": bot_id, "which": broadcast.id})


def by_number(connection: Connection, bot_id: str, number: int) -> Broadcast | None:
    row = connection.execute(_BY_NUMBER, {"bot": bot_id, "number": number}).one_or_none()
    return None if row is None else _read(row)


def by_id(connection: Connection, bot_id: str, broadcast_id: str) -> Broadcast:
    return _one(connection, _BY_ID, {"bot": bot_id, "which": broadcast_id})


def newest(connection: Connection, bot_id: str, limit: int) -> Sequence[Broadcast]:
    return [_read(row) for row in connection.execute(_NEWEST, {"bot": bot_id, "most": limit})]


def due(connection: Connection, bot_id: str, now: datetime) -> Sequence[Broadcast]:
    """Those that somebody should be sending, the one that is due longest first."""
    return [_read(row) for row in connection.execute(_DUE, {"bot": bot_id, "now": now})]


def latest_start(connection: Connection, bot_id: str) -> datetime | None:
    """When any of them began last: receipts of older ones no longer come."""
    found: datetime | None = connection.execute(_LATEST_START, {"bot": bot_id}).scalar_one()
    return found


def totals(connection: Connection, bot_id: str) -> Totals:
    return Totals(*connection.execute(_TOTALS, {"bot": bot_id}).one())


def redraft(connection: Connection, bot_id: str, broadcast: Broadcast) -> bool:
    """Change what a draft says, to whom and when, which takes back an approval; whether it still was a draft."""
    values: dict[str, Any] = {"new_contents": encode(broadcast.contents), "new_audience": encode(broadcast.audience)}
    values |= {"new_due_at": broadcast.due_at, "new_saved_at": broadcast.saved_at, "new_author": broadcast.author_id}
    result = connection.execute(_DRAFT, {"bot": bot_id, "which": broadcast.id, **values})
    return result.rowcount == 1


def move(
    connection: Connection, bot_id: str, broadcast_id: str, allowed: Collection[State], values: dict[str, Any]
) -> bool:
    """Set `values`, if the state is one of those allowed; whether it was."""
    if "reason" in values:
        values["reason"] = text(values["reason"])
    given = {"bot": bot_id, "which": broadcast_id, "allowed": sorted(allowed)}
    result = connection.execute(_MOVE.values(**values), given)
    return result.rowcount == 1


def set_rate(connection: Connection, bot_id: str, broadcast_id: str, rate: int) -> None:
    connection.execute(_RATE, {"bot": bot_id, "which": broadcast_id, "new_rate": rate})


def take(connection: Connection, bot_id: str, broadcast_id: str) -> int:
    """A new fence: whoever held an older one can change nothing any more, and what it had claimed waits again."""
    fence: int = connection.execute(_TAKE, {"bot": bot_id, "which": broadcast_id}).scalar_one()
    return fence


def approve(connection: Connection, bot_id: str, broadcast_id: str, approver_id: str) -> bool:
    """Note who agreed to a draft; whether it still was one."""
    given = {"bot": bot_id, "which": broadcast_id, "who": approver_id}
    return connection.execute(_APPROVE, given).rowcount == 1


def hold(connection: Connection, bot_id: str, broadcast_id: str, fence: int, why: str, until: datetime | None) -> None:
    """Say why it waits, and until when; whoever was taken over from says nothing."""
    given = {"bot": bot_id, "which": broadcast_id, "fence_now": fence, "why": why, "until": until}
    connection.execute(_HOLD, given)


def tested_at(connection: Connection, bot_id: str, broadcast_id: str) -> datetime | None:
    """When a test of it was sent last."""
    found: datetime | None = connection.execute(_TESTED, {"bot": bot_id, "which": broadcast_id}).scalar_one()
    return found


def drop_draft(connection: Connection, bot_id: str, broadcast_id: str) -> bool:
    """Delete a draft; whether it was one."""
    return connection.execute(_DROP, {"bot": bot_id, "which": broadcast_id}).rowcount == 1


def _one(connection: Connection, statement: Any, given: dict[str, Any]) -> Broadcast:
    return _read(connection.execute(statement, given).one())


def _read(row: Row[Any]) -> Broadcast:
    facts: list[Any] = [*row[:-6], Tally(*row[-6:])]
    facts[2], facts[3] = Kind(facts[2]), State(facts[3])
    facts[4], facts[5] = _read_contents(facts[4]), _read_audience(facts[5])
    return Broadcast(*facts)
