"""An audience: how many people it has, and writing it down as the recipients of a broadcast, a chunk at a time."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)

from bot.broadcast import Arithmetic, Audience, Broadcast, Kind, Outcome, message_id_of
from bot.store.bulk import Insert, PerEngine, Words, given_ids, given_rows
from bot.store.recipients import BOT, BROADCAST, ITS_BROADCAST, OUTCOME, ROWS, WHY_NOT
from bot.store.tables import Moment, admins, authorizations, broadcasts, conversations, people, recipients, tags

CHUNK = 5_000
"""Rows that are frozen in one transaction."""


_UNTIL = bindparam("until", type_=Moment)


def _wrote(words: Words) -> tuple[Select[Any], Any]:
    """Who ever wrote and fits, with why they cannot be sent to; conditions are switched on by their parameters."""
    since, after = bindparam("since", type_=Moment), bindparam("joined_after", type_=Moment)
    condition = and_(
        or_(bindparam("language") == "", people.c.language == bindparam("language")),
        or_(cast(bindparam("active"), Integer) == 0, people.c.last_seen >= since),
        or_(cast(bindparam("joined"), Integer) == 0, people.c.first_seen >= after),
        _fits_all(people, words),
        people.c.first_seen <= _UNTIL,
        or_(cast(bindparam("excluded"), Integer) == 0, WHY_NOT != ""),
    )
    return select(people.c.user_id, WHY_NOT.label("why")).where(people.c.bot_id == BOT, condition), people.c.user_id


def _allowed(words: Words) -> tuple[Select[Any], Any]:
    """Who only allowed something by OAuth: of them neither a language nor any message is known."""
    wrote = exists().where(people.c.bot_id == BOT, people.c.user_id == authorizations.c.user_id)
    condition = and_(
        bindparam("language") == "",
        cast(bindparam("active"), Integer) == 0,
        cast(bindparam("joined"), Integer) == 0,
        _fits_all(authorizations, words),
        authorizations.c.granted_at <= _UNTIL,
        cast(bindparam("excluded"), Integer) == 0,
        ~wrote,
    )
    chosen = select(authorizations.c.user_id, literal("").label("why"))
    return chosen.where(authorizations.c.bot_id == BOT, condition), authorizations.c.user_id


def _fits_all(table: Table, words: Words) -> ColumnElement[bool]:
    """What can be asked of everybody."""
    user_id = table.c.user_id
    has_role = exists().where(admins.c.bot_id == BOT, admins.c.user_id == user_id, admins.c.role == bindparam("role"))
    has_tag = exists().where(tags.c.bot_id == BOT, tags.c.user_id == user_id, tags.c.tag == bindparam("tag"))
    return and_(
        or_(bindparam("role") == "", has_role),
        or_(bindparam("tag") == "", has_tag),
        or_(cast(bindparam("listed"), Integer) == 0, user_id.in_(words.ids())),
    )


def _next(words: Words) -> Select[Any]:
    """Both kinds of people are read in order, and no further than is needed: a page costs the same wherever it is."""
    pages = []
    for chosen, user_id in (_wrote(words), _allowed(words)):
        page = chosen.where(user_id > bindparam("after")).order_by(user_id).limit(bindparam("most"))
        pages.append(select(page.subquery()))
    both = union_all(*pages).subquery("both")
    return select(both.c.user_id, both.c.why).order_by(both.c.user_id).limit(bindparam("most"))


def _arithmetic(words: Words) -> Any:
    both = union_all(_wrote(words)[0], _allowed(words)[0]).subquery("both")
    return select(
        func.count(),
        *(func.count().filter(both.c.why == reason) for reason in ("unsubscribed", "blocked", "unreachable")),
    ).select_from(both)


def _add(words: Words) -> Insert:
    given = words.rows("who", "message", "outcome", "reason", numbers=("seq",))
    values = {
        "bot_id": bindparam("bot", type_=recipients.c.bot_id.type),
        "broadcast_id": bindparam("which", type_=recipients.c.broadcast_id.type),
        "seq": given.c.seq,
        "user_id": given.c.who,
        "message_id": given.c.message,
        "outcome": given.c.outcome,
        "reason": given.c.reason,
        "seen": literal(0),
    }
    return words.insert(recipients).from_select(list(values), select(*values.values()).where(true()))


_NEXT, _COUNT, _ADD = PerEngine(_next), PerEngine(_arithmetic), PerEngine(_add)
_SENT_TO = (
    select(recipients.c.user_id, literal(""))
    .select_from(recipients.join(broadcasts, ITS_BROADCAST))
    .where(
        ROWS,
        OUTCOME == Outcome.SENT,
        recipients.c.user_id > bindparam("after"),
        recipients.c.user_id != "",
    )
    .order_by(recipients.c.user_id)
    .limit(bindparam("most"))
)
_LAST = select(recipients.c.seq, recipients.c.user_id).where(ROWS).order_by(recipients.c.seq.desc()).limit(1)
_NAMED = _LAST.where(recipients.c.user_id != "")
"""Who was forgotten since has no name any more."""
_GROUPS = and_(
    conversations.c.bot_id == BOT,
    conversations.c.left_at.is_(None),
    conversations.c.joined_at <= bindparam("until", type_=Moment),
)
_COUNT_GROUPS = select(func.count(), literal(0), literal(0), literal(0)).select_from(conversations).where(_GROUPS)
_NEXT_GROUPS = (
    select(conversations.c.conversation_id, literal(""))
    .where(_GROUPS, conversations.c.conversation_id > bindparam("after"))
    .order_by(conversations.c.conversation_id)
    .limit(bindparam("most"))
)
_COUNTED = update(broadcasts).where(BROADCAST)


def arithmetic(connection: Connection, bot_id: str, audience: Audience, now: datetime) -> Arithmetic:
    """How many people or groups an audience has now, and why not more are sent to."""
    if audience.groups:
        row = connection.execute(_COUNT_GROUPS, {"bot": bot_id, "until": now}).one()
    else:
        row = connection.execute(_COUNT.on(connection), _given(bot_id, audience, now)).one()
    return Arithmetic(row[0], row[1], row[2], row[3])


def members(
    connection: Connection,
    bot_id: str,
    audience: Audience,
    now: datetime,
    after: str,
    limit: int,
    *,
    excluded: bool,
) -> list[tuple[str, str]]:
    """Who would be frozen now, in the same order, with why not more of them would be sent to."""
    if audience.groups:
        if excluded:
            return []
        answer = connection.execute(_NEXT_GROUPS, {"bot": bot_id, "until": now, "after": after, "most": limit})
    else:
        given = _given(bot_id, audience, now) | {"after": after, "most": limit, "excluded": int(excluded)}
        answer = connection.execute(_NEXT.on(connection), given)
    return [(user_id, why) for user_id, why in answer]


def freeze(connection: Connection, bot_id: str, broadcast: Broadcast) -> bool:
    """Write the next rows of the audience as it was when the broadcast began; whether that were all."""
    which = {"bot": bot_id, "which": broadcast.id}
    last = connection.execute(_LAST, which).one_or_none()
    named = connection.execute(_NAMED, which).one_or_none()
    seq, after = last[0] if last is not None else 0, named[1] if named is not None else ""
    if broadcast.kind is Kind.RECALL:
        given = {"bot": bot_id, "which": broadcast.of, "after": after, "most": CHUNK}
        answer = connection.execute(_SENT_TO, given)
    elif broadcast.audience.groups:
        until = broadcast.started_at or broadcast.created_at
        given = {"bot": bot_id, "until": until, "after": after, "most": CHUNK}
        answer = connection.execute(_NEXT_GROUPS, given)
    else:
        given = _given(bot_id, broadcast.audience, broadcast.started_at or broadcast.created_at)
        answer = connection.execute(_NEXT.on(connection), given | {"after": after, "most": CHUNK})
    test = broadcast.kind is Kind.TEST  # who is sent a test was named for it
    found = [(user_id, "" if test else why_not) for user_id, why_not in answer]
    rows: list[dict[str, str | int]] = [
        {
            "seq": seq + index,
            "who": user_id,
            "message": message_id_of(broadcast.id, user_id),
            "outcome": Outcome.SKIPPED if why_not else Outcome.WAITING,
            "reason": why_not,
        }
        for index, (user_id, why_not) in enumerate(found, 1)
    ]
    if rows:
        connection.execute(_ADD.on(connection), which | {"rows": given_rows(rows)})
    skipped = sum(1 for row in rows if row["reason"])
    whole = len(found) < CHUNK
    values = {"total": broadcasts.c.total + len(rows), "skipped": broadcasts.c.skipped + skipped, "frozen": whole}
    connection.execute(_COUNTED.values(**values), which)
    return whole


def _given(bot_id: str, audience: Audience, now: datetime) -> dict[str, Any]:
    return {
        "bot": bot_id,
        "language": audience.language,
        "active": audience.active_days,
        "since": now - timedelta(days=audience.active_days),
        "role": audience.role,
        "tag": audience.tag,
        "joined": int(audience.joined_after is not None),
        "joined_after": audience.joined_after or now,
        "listed": int(bool(audience.user_ids)),
        "ids": given_ids(list(audience.user_ids)),
        "until": now,
        "excluded": 0,
    }
