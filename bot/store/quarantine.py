"""Messages that could not be handled, whole, until an admin replays or drops them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, false, func, select, true, update

from bot.message import Message
from bot.records import DeadLetter
from bot.store.bulk import Insert, PerEngine, Words
from bot.store.tables import dead_letters, text
from bot.wire import decoder, encode

_message = decoder(Message)

_OURS = dead_letters.c.bot_id == bindparam("bot")
_KEPT = ("reference", "message", "command", "error", "tries", "at", "replay")


def _keep(words: Words) -> Insert:
    insert = words.insert(dead_letters)
    return insert.on_conflict_do_update(
        index_elements=["bot_id", "message_id"], set_={name: insert.excluded[name] for name in _KEPT}
    )


_KEEP = PerEngine(_keep)
_NEWEST = (
    select(dead_letters)
    .where(_OURS)
    .order_by(dead_letters.c.at.desc(), dead_letters.c.message_id)
    .limit(bindparam("limit"))
)
_FIND = (
    select(dead_letters)
    .where(_OURS, dead_letters.c.reference == bindparam("called"))
    .order_by(dead_letters.c.at.desc(), dead_letters.c.message_id)
    .limit(1)
)
_THIS_LETTER = and_(_OURS, dead_letters.c.message_id == bindparam("which"))
_ASK = update(dead_letters).where(_THIS_LETTER).values(replay=true())
_ASKED = select(exists().where(_OURS, dead_letters.c.replay))
_TAKE = update(dead_letters).where(_OURS, dead_letters.c.replay).values(replay=false()).returning(dead_letters)
_DROP = delete(dead_letters).where(_THIS_LETTER)
_COUNT = select(func.count()).select_from(dead_letters).where(_OURS)


def _letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(row.reference, _message(row.message), row.command, row.error, row.tries, row.at)


def keep(connection: Connection, bot_id: str, letter: DeadLetter) -> None:
    row = {
        "bot_id": bot_id,
        "message_id": letter.message.id,
        "reference": letter.reference,
        "message": encode(letter.message),
        "command": text(letter.command),
        "error": text(letter.error),
        "tries": letter.tries,
        "at": letter.at,
        "replay": False,
    }
    connection.execute(_KEEP.on(connection), row)


def newest(connection: Connection, bot_id: str, limit: int) -> Sequence[DeadLetter]:
    return [_letter(row) for row in connection.execute(_NEWEST, {"bot": bot_id, "limit": limit})]


def find(connection: Connection, bot_id: str, reference: str) -> DeadLetter | None:
    """The newest, should two letters have come to the same short reference."""
    row = connection.execute(_FIND, {"bot": bot_id, "called": reference}).one_or_none()
    return None if row is None else _letter(row)


def drop(connection: Connection, bot_id: str, reference: str) -> bool:
    """Drop the one letter that `find` shows."""
    letter = find(connection, bot_id, reference)
    if letter is not None:
        connection.execute(_DROP, {"bot": bot_id, "which": letter.message.id})
    return letter is not None


def request_replay(connection: Connection, bot_id: str, reference: str) -> bool:
    letter = find(connection, bot_id, reference)
    if letter is not None:
        connection.execute(_ASK, {"bot": bot_id, "which": letter.message.id})
    return letter is not None


def replays_wait(connection: Connection, bot_id: str) -> bool:
    return connection.execute(_ASKED, {"bot": bot_id}).scalar_one()


def take_replays(connection: Connection, bot_id: str) -> Sequence[DeadLetter]:
    """Oldest first."""
    letters = [_letter(row) for row in connection.execute(_TAKE, {"bot": bot_id})]
    return sorted(letters, key=lambda letter: letter.at)


def count(connection: Connection, bot_id: str) -> int:
    return connection.execute(_COUNT, {"bot": bot_id}).scalar_one()
