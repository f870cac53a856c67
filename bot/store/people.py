"""People who wrote to the bot. Rows are written in the order of their ids, so that two writers cannot deadlock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, select, true, update

from bot.records import Sighting
from bot.store.bulk import Insert, PerEngine, Words, given_ids, given_rows
from bot.store.tables import Moment, admins, microseconds, people, text
from bot.users import Person, Role, User

_FACTS = (
    "user_id",
    "conversation_id",
    "first_message_id",
    "first_seen",
    "last_seen",
    "identity_number",
    "name",
    "language",
    "subscribed",
)
"""In the order of `Person`, whose last member is the role."""

_OURS = people.c.bot_id == bindparam("bot")
_THIS_PERSON = and_(_OURS, people.c.user_id == bindparam("who"))


def _known(words: Words) -> Select[Any]:
    role: ColumnElement[str] = func.coalesce(admins.c.role, "")
    return (
        select(*(people.c[name] for name in _FACTS), role)
        .select_from(
            people.outerjoin(admins, and_(admins.c.bot_id == people.c.bot_id, admins.c.user_id == people.c.user_id))
        )
        .where(_OURS, people.c.user_id.in_(words.ids()))
    )


def _meet(words: Words) -> Insert:
    given = words.rows("who", "conversation", "message", "language", numbers=("at",))
    values = {
        "bot_id": bindparam("bot", type_=people.c.bot_id.type),
        "user_id": given.c.who,
        "conversation_id": given.c.conversation,
        "first_message_id": given.c.message,
        "first_seen": given.c.at,
        "last_seen": given.c.at,
        "language": given.c.language,
    }
    new = select(*values.values()).where(true())  # SQLite wants a WHERE before ON CONFLICT
    return words.insert(people).from_select(list(values), new).on_conflict_do_nothing()


_KNOWN = PerEngine(_known)
_MEET = PerEngine(_meet)
_AT = bindparam("at", type_=Moment)
_TOUCH = update(people).where(_THIS_PERSON, people.c.last_seen < _AT).values(last_seen=_AT, reachable=True)
_PROFILE = update(people).where(_THIS_PERSON).values(identity_number=bindparam("number"), name=bindparam("called"))
_LANGUAGE = update(people).where(_THIS_PERSON).values(language=bindparam("spoken"), language_chosen=true())
_GUESS = update(people).where(_THIS_PERSON, ~people.c.language_chosen).values(language=bindparam("spoken"))
_SUBSCRIBED = update(people).where(_THIS_PERSON).values(subscribed=bindparam("wanted"))
_SINCE = bindparam("since", type_=Moment)
_COUNTS = select(
    func.count().label("people"),
    func.count().filter(people.c.subscribed).label("subscribed"),
    func.count().filter(people.c.last_seen >= _SINCE).label("active"),
    func.count().filter(people.c.first_seen >= _SINCE).label("new"),
).where(_OURS)


def known(connection: Connection, bot_id: str, user_ids: Collection[str]) -> dict[str, Person]:
    """Those who are remembered, by user id."""
    found: dict[str, Person] = {}
    for row in connection.execute(_KNOWN.on(connection), {"bot": bot_id, "ids": given_ids(list(user_ids))}):
        facts: list[Any] = [*row]
        facts[-1] = Role(facts[-1])
        found[row[0]] = Person(*facts)
    return found


def meet(connection: Connection, bot_id: str, sightings: Sequence[Sighting]) -> dict[str, Person]:
    """The first sighting of each person counts, and nothing changes for those who are remembered."""
    first: dict[str, Sighting] = {}
    for sighting in sightings:
        first.setdefault(sighting.user_id, sighting)
    rows = given_rows(
        [
            {
                "who": user_id,
                "conversation": sighting.conversation_id,
                "message": sighting.message_id,
                "language": text(sighting.language),
                "at": microseconds(sighting.at),
            }
            for user_id, sighting in sorted(first.items())
        ]
    )
    connection.execute(_MEET.on(connection), {"bot": bot_id, "rows": rows})
    return known(connection, bot_id, first)


def touch(connection: Connection, bot_id: str, last_seen: Mapping[str, datetime]) -> None:
    """Statement by statement: for an UPDATE with a join SQLite reads everybody for each row."""
    if last_seen:
        rows = [{"bot": bot_id, "who": user_id, "at": at} for user_id, at in sorted(last_seen.items())]
        connection.execute(_TOUCH, rows)


def set_profiles(connection: Connection, bot_id: str, users: Sequence[User]) -> None:
    rows = [
        {"bot": bot_id, "who": user.id, "number": text(user.identity_number), "called": text(user.name)}
        for user in sorted(users, key=lambda user: user.id)
    ]
    if rows:
        connection.execute(_PROFILE, rows)


def set_language(connection: Connection, bot_id: str, user_id: str, language: str) -> None:
    connection.execute(_LANGUAGE, {"bot": bot_id, "who": user_id, "spoken": text(language)})


def learn_language(connection: Connection, bot_id: str, user_id: str, language: str) -> None:
    connection.execute(_GUESS, {"bot": bot_id, "who": user_id, "spoken": text(language)})


def set_subscribed(connection: Connection, bot_id: str, user_id: str, subscribed: bool) -> None:
    connection.execute(_SUBSCRIBED, {"bot": bot_id, "who": user_id, "wanted": subscribed})


def counts(connection: Connection, bot_id: str, active_since: datetime) -> dict[str, int]:
    rows = connection.execute(_COUNTS, {"bot": bot_id, "since": active_since})
    return dict(rows.mappings().one())
