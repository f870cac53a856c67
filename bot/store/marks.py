"""Processed marks: for each message whose command wrote something, the replies that belong to it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, true, update

from bot.message import Outgoing
from bot.records import Mark
from bot.store.bulk import PerEngine, given_ids
from bot.store.tables import Moment, marks
from bot.wire import decoder, encode

_replies = decoder(tuple[Outgoing, ...])

_THIS_MARK = and_(marks.c.bot_id == bindparam("bot"), marks.c.message_id == bindparam("message"))
_FIND = select(marks.c.replies, marks.c.accepted).where(_THIS_MARK)
_KEEP = insert(marks)
_ACCEPTED = PerEngine(
    lambda words: (
        update(marks)
        .where(marks.c.bot_id == bindparam("bot"), marks.c.message_id.in_(words.ids()))
        .values(accepted=true())
    )
)
_PRUNE = delete(marks).where(marks.c.bot_id == bindparam("bot"), marks.c.at < bindparam("before", type_=Moment))


def find(connection: Connection, bot_id: str, message_id: str) -> Mark | None:
    row = connection.execute(_FIND, {"bot": bot_id, "message": message_id}).one_or_none()
    return None if row is None else Mark(_replies(row.replies), row.accepted)


def keep(connection: Connection, bot_id: str, message_id: str, replies: Sequence[Outgoing], at: datetime) -> None:
    """A second mark for a message is refused, and its transaction with it: whoever was first wins."""
    row = {
        "bot_id": bot_id,
        "message_id": message_id,
        "replies": encode(tuple(replies)),
        "accepted": False,
        "at": at,
    }
    connection.execute(_KEEP, row)


def accepted(connection: Connection, bot_id: str, message_ids: Sequence[str]) -> None:
    ids = given_ids(list(message_ids))
    connection.execute(_ACCEPTED.on(connection), {"bot": bot_id, "ids": ids})


def prune(connection: Connection, bot_id: str, before: datetime) -> int:
    return connection.execute(_PRUNE, {"bot": bot_id, "before": before}).rowcount
