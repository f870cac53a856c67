"""What was said on nandbox, and how it looks in frames.

Source: nandbox.md 8.1, 8.2 and 9.4.
"""

import json
import secrets
import sqlite3
import string
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

SENT, DELIVERED, SEEN = "sent", "delivered", "seen"
UPDATED, DELETED, SCHEDULED = "updated", "deleted", "scheduled"
MAX_TEXT = 1800
_ALPHABET = string.ascii_letters + string.digits
_FIRST_NUMBER = 126_200


@dataclass(slots=True)
class Message:
    """One thing said. `talk`: the id of a group or channel, or `talk_key()` of a person and a bot.

    `body`: the keys of its type (`text`, or the media object under the type's name) and what may go with any
    (`caption`, `bg_color`, `reply_to_message_id` and the like). `gmid`: its running number in a group, 0 in a direct
    talk. `receipt`: how far it came, for messages of bots. `to_user_id`, `tags`: whom in a group it is for, if not all.
    """

    message_id: str
    talk: str
    sender_id: str
    type: str
    date: int
    body: dict[str, Any]
    reference: int | str | None = None
    gmid: int = 0
    status: str = ""
    receipt: str = SENT
    to_user_id: str = ""
    tags: list[str] = field(default_factory=list)
    menu_ref: str = ""
    menus: list[Any] = field(default_factory=list)
    schedule_date: int = 0
    seq: int = 0


def talk_key(user_id: str, bot_id: str) -> str:
    return f"{user_id}|{bot_id}"


class Messages:
    """The store; callers hold the transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def next_id(self, node: str) -> str:
        """The id of a message that was taken in by `node` (`d1` for bots, `api1` for phones)."""
        last = self._db.execute("SELECT max(seq) FROM nandbox_messages").fetchone()[0] or 0
        letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
        return f"{node}_{letters}{_FIRST_NUMBER + last + 1}"

    def add(self, message: Message) -> Message:
        reference = None if message.reference is None else str(message.reference)
        cursor = self._db.execute(
            "INSERT INTO nandbox_messages VALUES (?, ?, ?, ?, ?, ?)",
            (None, message.message_id, message.talk, message.sender_id, reference, _value(message)),
        )
        message.seq = cursor.lastrowid or 0
        return message

    def save(self, message: Message) -> Message:
        self._db.execute(
            "UPDATE nandbox_messages SET value = ? WHERE message_id = ?", (_value(message), message.message_id)
        )
        return message

    def drop(self, message: Message) -> None:
        self._db.execute("DELETE FROM nandbox_messages WHERE message_id = ?", (message.message_id,))

    def get(self, message_id: str) -> Message | None:
        return _first(self._db.execute("SELECT seq, value FROM nandbox_messages WHERE message_id = ?", (message_id,)))

    def by_reference(self, sender_id: str, reference: int | str) -> Message | None:
        return _first(
            self._db.execute(
                "SELECT seq, value FROM nandbox_messages WHERE sender_id = ? AND reference = ?",
                (sender_id, str(reference)),
            )
        )

    def count(self, sender_id: str) -> int:
        row = self._db.execute("SELECT count(*) FROM nandbox_messages WHERE sender_id = ?", (sender_id,)).fetchone()
        return int(row[0])

    def scheduled(self) -> list[Message]:
        """Those whose time has not come."""
        rows = self._db.execute(
            "SELECT seq, value FROM nandbox_messages WHERE json_extract(value, '$.status') = ?", (SCHEDULED,)
        )
        return [_from_row(row) for row in rows]

    def newest(self, talk: str, limit: int, before: int | None = None) -> list[Message]:
        """The last `limit` of a talk, before a `seq`, oldest first."""
        rows = self._db.execute(
            "SELECT seq, value FROM nandbox_messages WHERE talk = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
            (talk, before if before is not None else 2**62, limit),
        )
        return [_from_row(row) for row in rows][::-1]


def ack(reference: int | str | None, date: int, message_id: str, gmid: int = 0) -> dict[str, Any]:
    """What a bot hears of a message that was taken in; `gmid` is a number here and a text in messages."""
    body = {"reference": reference, "date": date, "gmid": gmid or None, "message_id": message_id}
    return {"method": "messageAck", "ack": body}


def view(message: Message) -> dict[str, Any]:
    """For the page."""
    shown = asdict(message)
    shown["text"] = message.body.get("text", "")
    return shown


def _value(message: Message) -> str:
    value = asdict(message)
    del value["seq"]
    return json.dumps(value)


def _from_row(row: tuple[int, str]) -> Message:
    return Message(**json.loads(row[1]), seq=row[0])


def _first(rows: Iterable[tuple[int, str]]) -> Message | None:
    return next((_from_row(row) for row in rows), None)
