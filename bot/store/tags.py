"""Tags of people, and audiences that were given a name."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from bot.broadcast import Audience
from bot.store.bulk import Insert, PerEngine, Words, given_ids
from bot.store.tables import authorizations, people, segments, tags
from bot.wire import decoder, encode

_read_audience = decoder(Audience)

_BOT = bindparam("bot", type_=tags.c.bot_id.type)
_TAG = bindparam("given", type_=tags.c.tag.type)


def _give(words: Words) -> Any:
    known = select(people.c.user_id).where(people.c.bot_id == _BOT, people.c.user_id.in_(words.ids()))
    allowed = select(authorizations.c.user_id).where(
        authorizations.c.bot_id == _BOT, authorizations.c.user_id.in_(words.ids())
    )
    each = known.union(allowed).subquery("each")
    rows = select(_BOT.label("bot_id"), each.c.user_id, _TAG.label("tag")).where(each.c.user_id.is_not(None))
    return (
        words.insert(tags)
        .from_select(["bot_id", "user_id", "tag"], rows)
        .on_conflict_do_nothing()
        .returning(tags.c.user_id)
    )


def _keep(words: Words) -> Insert:
    insert = words.insert(segments)
    return insert.on_conflict_do_update(index_elements=["bot_id", "name"], set_={"audience": insert.excluded.audience})


_GIVE, _KEEP = PerEngine(_give), PerEngine(_keep)
_TAKE = PerEngine(
    lambda words: delete(tags).where(tags.c.bot_id == _BOT, tags.c.tag == _TAG, tags.c.user_id.in_(words.ids()))
)


def give(connection: Connection, bot_id: str, user_ids: Sequence[str], tag: str) -> int:
    """To those of them who are known; how many did not have it."""
    given = {"bot": bot_id, "ids": given_ids(sorted(user_ids)), "given": tag}
    return len(connection.execute(_GIVE.on(connection), given).all())


def take(connection: Connection, bot_id: str, user_ids: Sequence[str], tag: str) -> int:
    given = {"bot": bot_id, "ids": given_ids(sorted(user_ids)), "given": tag}
    return connection.execute(_TAKE.on(connection), given).rowcount


def counts(connection: Connection, bot_id: str) -> Mapping[str, int]:
    """How many people have which tag."""
    wanted = select(tags.c.tag, func.count()).where(tags.c.bot_id == bot_id).group_by(tags.c.tag).order_by(tags.c.tag)
    return {each[0]: each[1] for each in connection.execute(wanted)}


def named(connection: Connection, bot_id: str) -> Mapping[str, Audience]:
    wanted = select(segments.c.name, segments.c.audience).where(segments.c.bot_id == bot_id).order_by(segments.c.name)
    return {name: _read_audience(kept) for name, kept in connection.execute(wanted)}


def keep(connection: Connection, bot_id: str, name: str, audience: Audience) -> None:
    row = {"bot_id": bot_id, "name": name, "audience": encode(audience)}
    connection.execute(_KEEP.on(connection), row)


def drop(connection: Connection, bot_id: str, name: str) -> bool:
    gone = delete(segments).where(segments.c.bot_id == bot_id, segments.c.name == name)
    return connection.execute(gone).rowcount == 1
