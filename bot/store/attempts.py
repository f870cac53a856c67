"""How often a message was tried, counted before each try, so that one that kills the process is noticed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Delete, Select, and_, bindparam, delete, literal_column, select, true
from sqlalchemy.sql.dml import ReturningInsert

from bot.store.bulk import PerEngine, Words, given_ids, given_rows
from bot.store.tables import Moment, attempts

_OURS = attempts.c.bot_id == bindparam("bot")


def _count(words: Words) -> ReturningInsert[tuple[str, int]]:
    given = words.rows("message")
    values = {
        "bot_id": bindparam("bot", type_=attempts.c.bot_id.type),
        "message_id": given.c.message,
        "tries": literal_column("1"),
        "at": bindparam("now", type_=Moment),
    }
    insert = words.insert(attempts).from_select(list(values), select(*values.values()).where(true()))
    again = {"tries": attempts.c.tries + 1, "at": insert.excluded.at}
    return insert.on_conflict_do_update(index_elements=["bot_id", "message_id"], set_=again).returning(
        attempts.c.message_id, attempts.c.tries
    )


def _clear(words: Words) -> Delete:
    return delete(attempts).where(and_(_OURS, attempts.c.message_id.in_(words.ids())))


def _counted(words: Words) -> Select[tuple[str, int]]:
    return select(attempts.c.message_id, attempts.c.tries).where(and_(_OURS, attempts.c.message_id.in_(words.ids())))


_COUNT = PerEngine(_count)
_COUNTED = PerEngine(_counted)
_CLEAR = PerEngine(_clear)
_PRUNE = delete(attempts).where(_OURS, attempts.c.at < bindparam("before", type_=Moment))


def begin(connection: Connection, bot_id: str, message_ids: Sequence[str], at: datetime) -> dict[str, int]:
    """A message that is named twice counts once."""
    rows = given_rows([{"message": message_id} for message_id in sorted(set(message_ids))])
    counted = connection.execute(_COUNT.on(connection), {"bot": bot_id, "now": at, "rows": rows})
    return {row.message_id: row.tries - 1 for row in counted}


def counted(connection: Connection, bot_id: str, message_ids: Sequence[str]) -> dict[str, int]:
    ids = given_ids(list(message_ids))
    found = connection.execute(_COUNTED.on(connection), {"bot": bot_id, "ids": ids})
    return {row.message_id: row.tries for row in found}


def clear(connection: Connection, bot_id: str, message_ids: Sequence[str]) -> None:
    ids = given_ids(list(message_ids))
    connection.execute(_CLEAR.on(connection), {"bot": bot_id, "ids": ids})


def prune(connection: Connection, bot_id: str, before: datetime) -> int:
    return connection.execute(_PRUNE, {"bot": bot_id, "before": before}).rowcount
