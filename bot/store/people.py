"""People who wrote to the bot. Rows are written in the order of their ids, so that two writers cannot deadlock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Sighting
from bot.store.tables import Moment, Upsert, admins, people, text
from bot.users import Person, Role, User

CHUNK = 500
"""How many ids one SELECT names; SQLite takes 32,766, PostgreSQL 65,535."""

_THIS_PERSON = and_(people.c.bot_id == bindparam("bot"), people.c.user_id == bindparam("who"))

_KNOWN = (
    select(
        people.c.user_id,
        people.c.conversation_id,
        people.c.first_message_id,
        people.c.first_seen,
        people.c.last_seen,
        people.c.identity_number,
        people.c.name,
        people.c.language,
        people.c.subscribed,
        func.coalesce(admins.c.role, ""),
    )
    .select_from(
        people.outerjoin(admins, and_(admins.c.bot_id == people.c.bot_id, admins.c.user_id == people.c.user_id))
    )
    .where(people.c.bot_id == bindparam("bot"), people.c.user_id.in_(bindparam("ids", expanding=True)))
)
_MEET = Upsert(people, lambda insert: insert.on_conflict_do_nothing())
_TOUCH = (
    update(people)
    .where(_THIS_PERSON, people.c.last_seen < bindparam("at", type_=Moment))
    .values(last_seen=bindparam("at", type_=Moment))
)
_PROFILE = update(people).where(_THIS_PERSON).values(identity_number=bindparam("number"), name=bindparam("called"))
_LANGUAGE = update(people).where(_THIS_PERSON).values(language=bindparam("spoken"))
_SUBSCRIBED = update(people).where(_THIS_PERSON).values(subscribed=bindparam("wanted"))
_SINCE = bindparam("since", type_=Moment)
_COUNTS = select(
    func.count().label("people"),
    func.count().filter(people.c.subscribed).label("subscribed"),
    func.count().filter(people.c.last_seen >= _SINCE).label("active"),
    func.count().filter(people.c.first_seen >= _SINCE).label("new"),
).where(people.c.bot_id == bindparam("bot"))


async def known(connection: AsyncConnection, bot_id: str, user_ids: Collection[str]) -> dict[str, Person]:
    """Those who are remembered, by user id."""
    ids = list(user_ids)
    found: dict[str, Person] = {}
    for start in range(0, len(ids), CHUNK):
        rows = await connection.execute(_KNOWN, {"bot": bot_id, "ids": ids[start : start + CHUNK]})
        for row in rows:
            facts: list[Any] = [*row]
            facts[-1] = Role(facts[-1])
            found[row[0]] = Person(*facts)
    return found


async def meet(connection: AsyncConnection, bot_id: str, sightings: Sequence[Sighting]) -> dict[str, Person]:
    """The first sighting of each person counts, and nothing changes for those who are remembered."""
    first: dict[str, Sighting] = {}
    for sighting in sightings:
        first.setdefault(sighting.user_id, sighting)
    if not first:
        return {}
    await connection.execute(
        _MEET.on(connection),
        [
            {
                "bot_id": bot_id,
                "user_id": user_id,
                "conversation_id": sighting.conversation_id,
                "first_message_id": sighting.message_id,
                "first_seen": sighting.at,
                "last_seen": sighting.at,
                "language": text(sighting.language),
            }
            for user_id, sighting in sorted(first.items())
        ],
    )
    return await known(connection, bot_id, first)


async def touch(connection: AsyncConnection, bot_id: str, last_seen: Mapping[str, datetime]) -> None:
    if last_seen:
        rows = [{"bot": bot_id, "who": user_id, "at": at} for user_id, at in sorted(last_seen.items())]
        await connection.execute(_TOUCH, rows)


async def set_profiles(connection: AsyncConnection, bot_id: str, users: Sequence[User]) -> None:
    rows = [
        {"bot": bot_id, "who": user.id, "number": text(user.identity_number), "called": text(user.name)}
        for user in sorted(users, key=lambda user: user.id)
    ]
    if rows:
        await connection.execute(_PROFILE, rows)


async def set_language(connection: AsyncConnection, bot_id: str, user_id: str, language: str) -> None:
    await connection.execute(_LANGUAGE, {"bot": bot_id, "who": user_id, "spoken": text(language)})


async def set_subscribed(connection: AsyncConnection, bot_id: str, user_id: str, subscribed: bool) -> None:
    await connection.execute(_SUBSCRIBED, {"bot": bot_id, "who": user_id, "wanted": subscribed})


async def counts(connection: AsyncConnection, bot_id: str, active_since: datetime) -> dict[str, int]:
    rows = await connection.execute(_COUNTS, {"bot": bot_id, "since": active_since})
    return dict(rows.mappings().one())
