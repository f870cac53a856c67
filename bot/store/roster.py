"""Everybody whom the bot knows: listed a page at a time, looked up, blocked. Built where it is asked, which is rare."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
    update,
)

from bot.roster import Known, RosterPage, RosterQuery, Standing
from bot.store.bulk import PerEngine, Words, given_ids
from bot.store.tables import EPOCH, MICROSECOND, Moment, admins, authorizations, microseconds, people, tags, text
from bot.users import Role

_COPIED = ("identity_number", "name", "language", "first_seen", "last_seen", "subscribed", "reachable", "blocked")


def _everybody(bot_id: str) -> Any:
    """Who wrote, and who only allowed something."""
    never = ~exists().where(people.c.bot_id == bot_id, people.c.user_id == authorizations.c.user_id)
    wrote = select(people.c.user_id, people.c.first_seen.label("since"), *(people.c[name] for name in _COPIED))
    blanks: list[Any] = [
        literal(True, Boolean) if name in ("subscribed", "reachable") else literal(False, Boolean)
        if name == "blocked" else null().label(name) if name.endswith("_seen") else literal("")
        for name in _COPIED
    ]  # fmt: skip
    allowed = select(authorizations.c.user_id, authorizations.c.granted_at.label("since"), *blanks)
    return union_all(
        wrote.where(people.c.bot_id == bot_id), allowed.where(authorizations.c.bot_id == bot_id, never)
    ).subquery("everybody")


def _listed(bot_id: str, *wanted: Any) -> tuple[Any, Select[Any]]:
    each = _everybody(bot_id)
    joined = each.outerjoin(admins, and_(admins.c.bot_id == bot_id, admins.c.user_id == each.c.user_id)).outerjoin(
        authorizations, and_(authorizations.c.bot_id == bot_id, authorizations.c.user_id == each.c.user_id)
    )
    columns = wanted or (
        each.c.user_id, each.c.since, *(each.c[name] for name in _COPIED), func.coalesce(admins.c.role, ""),
        func.coalesce(authorizations.c.scope, ""),
    )  # fmt: skip
    return each, select(*columns).select_from(joined)


def _condition(each: Any, bot_id: str, query: RosterQuery, now: datetime) -> ColumnElement[bool]:
    parts: list[Any] = []
    if query.search:
        sought = text(query.search)
        parts.append(
            or_(
                each.c.name.icontains(sought, autoescape=True),
                each.c.identity_number.startswith(sought, autoescape=True),
                each.c.user_id.startswith(sought.lower(), autoescape=True),
            )
        )
    if query.language:
        parts.append(each.c.language == query.language)
    if query.role:
        parts.append(admins.c.role == query.role)
    if query.active_days:
        parts.append(each.c.last_seen >= now - timedelta(days=query.active_days))
    if query.tag:
        parts.append(exists().where(tags.c.bot_id == bot_id, tags.c.user_id == each.c.user_id, tags.c.tag == query.tag))
    free, wanted = each.c.blocked.is_(False), each.c.subscribed.is_(True)
    standings: dict[str, list[Any]] = {
        Standing.SUBSCRIBED: [free, wanted, each.c.reachable.is_(True)],
        Standing.UNSUBSCRIBED: [free, each.c.subscribed.is_(False)],
        Standing.BLOCKED: [each.c.blocked.is_(True)],
        Standing.UNREACHABLE: [free, wanted, each.c.reachable.is_(False)],
        Standing.NEVER_WROTE: [each.c.first_seen.is_(None)],
        Standing.CONNECTED: [authorizations.c.user_id.is_not(None)],
    }
    return and_(literal(True, Boolean), *parts, *standings.get(query.standing, []))


def page(connection: Connection, bot_id: str, query: RosterQuery, now: datetime, after: str, limit: int) -> RosterPage:
    """`after` is the place of the last one of the page before."""
    each, statement = _listed(bot_id)
    statement = statement.where(_condition(each, bot_id, query, now))
    if after:
        since, _, user_id = after.partition(".")
        place = tuple_(literal(EPOCH + int(since) * MICROSECOND, Moment), literal(user_id))
        statement = statement.where(tuple_(each.c.since, each.c.user_id) < place)
    order = (each.c.since.desc(), each.c.user_id.desc())
    found = _read(connection, bot_id, statement.order_by(*order).limit(limit + 1))
    if len(found) <= limit:
        return RosterPage(tuple(found))
    last = found[limit - 1]
    return RosterPage(tuple(found[:limit]), f"{microseconds(last.since)}.{last.user_id}")


def count(connection: Connection, bot_id: str, query: RosterQuery, now: datetime) -> int:
    each, statement = _listed(bot_id, func.count())
    number: int = connection.execute(statement.where(_condition(each, bot_id, query, now))).scalar_one()
    return number


def known(connection: Connection, bot_id: str, who: str) -> Known | None:
    each, statement = _listed(bot_id)
    same = or_(each.c.user_id == who.lower(), and_(each.c.identity_number == who, each.c.identity_number != ""))
    found = _read(connection, bot_id, statement.where(same).limit(1))
    return found[0] if found else None


def all_of(connection: Connection, bot_id: str, user_ids: Sequence[str]) -> dict[str, Known]:
    each, statement = _listed(bot_id)
    found = _read(connection, bot_id, statement.where(each.c.user_id.in_(user_ids))) if user_ids else []
    return {one.user_id: one for one in found}


def _named(words: Words) -> Any:
    bot = bindparam("bot", type_=people.c.bot_id.type)
    by_id = select(people.c.user_id.label("who"), people.c.user_id).where(people.c.bot_id == bot)
    by_number = select(people.c.identity_number, people.c.user_id).where(people.c.bot_id == bot)
    allowed = select(authorizations.c.user_id, authorizations.c.user_id).where(authorizations.c.bot_id == bot)
    return union_all(
        by_id.where(people.c.user_id.in_(words.ids())),
        by_number.where(people.c.identity_number.in_(words.ids()), people.c.identity_number != ""),
        allowed.where(authorizations.c.user_id.in_(words.ids())),
    )


_NAMED = PerEngine(_named)
_OURS = people.c.bot_id == bindparam("bot", type_=people.c.bot_id.type)
_SILENCED = union_all(
    select(people.c.user_id, type_coerce(null(), Moment).label("muted_until")).where(_OURS, people.c.blocked),
    select(people.c.user_id, people.c.muted_until).where(_OURS, people.c.muted_until > bindparam("now", type_=Moment)),
)


def ids_of(connection: Connection, bot_id: str, whos: Sequence[str]) -> Mapping[str, str]:
    if not whos:
        return {}
    rows = connection.execute(_NAMED.on(connection), {"bot": bot_id, "ids": given_ids(list(whos))})
    return {who: user_id for who, user_id in rows}  # noqa: C416 - rows are no pairs to the type checker


def languages(connection: Connection, bot_id: str) -> Mapping[str, int]:
    counted = (
        select(people.c.language, func.count())
        .where(people.c.bot_id == bot_id)
        .group_by(people.c.language)
        .order_by(func.count().desc(), people.c.language)
    )
    return {each[0]: each[1] for each in connection.execute(counted)}


def set_blocked(connection: Connection, bot_id: str, user_id: str, blocked: bool) -> bool:
    person = (people.c.bot_id == bot_id, people.c.user_id == user_id, people.c.blocked.is_not(blocked))
    return connection.execute(update(people).where(*person).values(blocked=blocked)).rowcount == 1


def set_subscribed(connection: Connection, bot_id: str, user_id: str, subscribed: bool) -> bool:
    person = (people.c.bot_id == bot_id, people.c.user_id == user_id, people.c.subscribed.is_not(subscribed))
    return connection.execute(update(people).where(*person).values(subscribed=subscribed)).rowcount == 1


def set_muted(connection: Connection, bot_id: str, user_id: str, until: datetime | None) -> bool:
    person = (people.c.bot_id == bot_id, people.c.user_id == user_id, people.c.muted_until.is_distinct_from(until))
    return connection.execute(update(people).where(*person).values(muted_until=until)).rowcount == 1


def silenced(connection: Connection, bot_id: str, now: datetime) -> tuple[frozenset[str], dict[str, datetime]]:
    rows = connection.execute(_SILENCED, {"bot": bot_id, "now": now}).all()
    return (
        frozenset(user_id for user_id, until in rows if until is None),
        {user_id: until for user_id, until in rows if until is not None},
    )


def blocked(connection: Connection, bot_id: str) -> frozenset[str]:
    wanted = select(people.c.user_id).where(people.c.bot_id == bot_id, people.c.blocked)
    return frozenset(connection.execute(wanted).scalars())


def _read(connection: Connection, bot_id: str, statement: Select[Any]) -> Sequence[Known]:
    rows = connection.execute(statement).all()
    wanted = select(tags.c.user_id, tags.c.tag).where(tags.c.bot_id == bot_id, tags.c.user_id.in_([r[0] for r in rows]))
    given: dict[str, list[str]] = {}
    for user_id, tag in connection.execute(wanted.order_by(tags.c.tag)):
        given.setdefault(user_id, []).append(tag)
    found: list[Known] = []
    for row in rows:
        facts: list[Any] = [*row, tuple(given.get(row[0], ()))]
        facts[10] = Role(facts[10])
        found.append(Known(*facts))
    return found
