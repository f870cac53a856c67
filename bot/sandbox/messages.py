"""What was said, what still waits for a bot, and who has seen what.

A message is identified by its sender and the id that the sender chose; `seq` is the order in which they came.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

SENT = "SENT"
DELIVERED = "DELIVERED"
READ = "READ"
RETENTION_DAYS = 7
_COLUMNS = (
    "seq, message_id, conversation_id, user_id, session_id, category, data, status, quote_message_id, "
    "representative_id, silent, expire_in, created_at, recalled, sealed, trouble"
)
_SELECT = f"SELECT {_COLUMNS} FROM messages"  # noqa: S608 - column names
_INSERT = "INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(slots=True)
class Message:
    """One thing said. `data` is what people read, and what base64 carries on the wire unless that is `sealed`.

    `trouble`: why a device of the recipient could not open what was sealed.
    """

    message_id: str
    conversation_id: str
    user_id: str
    category: str
    data: bytes
    created_at: str
    session_id: str = ""
    status: str = SENT
    quote_message_id: str = ""
    representative_id: str = ""
    silent: bool = False
    expire_in: int = 0
    recalled: bool = False
    seq: int = 0
    sealed: bytes = b""
    trouble: str = ""

    @property
    def wire(self) -> bytes:
        return self.sealed or self.data


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message on its way to a bot; `seq` is its place in the bot's queue."""

    seq: int
    message: Message


class Messages:
    """The store of messages; callers hold the transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, message: Message) -> bool:
        """Keep it and give it its `seq`; False where this sender used the id before."""
        cursor = self._db.execute(
            _INSERT,
            (
                None, message.message_id, message.conversation_id, message.user_id, message.session_id,
                message.category, message.data, message.status, message.quote_message_id, message.representative_id,
                message.silent, message.expire_in, message.created_at, message.recalled, message.sealed,
                message.trouble,
            ),
        )  # fmt: skip
        if cursor.rowcount != 1:
            return False
        message.seq = cursor.lastrowid or 0
        return True

    def get(self, message_id: str, user_id: str | None = None) -> Message | None:
        """By id, and by sender where that matters."""
        where = f"{_SELECT} WHERE message_id = ?"
        if user_id is None:
            return _first(self._db.execute(f"{where} ORDER BY seq LIMIT 1", (message_id,)))
        return _first(self._db.execute(f"{where} AND user_id = ?", (message_id, user_id)))

    def newest(self, conversation_id: str, limit: int, before: int | None = None) -> list[Message]:
        """The last `limit` of a conversation, before a `seq`, oldest first; recalls show on what they took back."""
        rows = self._db.execute(
            f"{_SELECT} WHERE conversation_id = ? AND seq < ? AND category != 'MESSAGE_RECALL' "
            "ORDER BY seq DESC LIMIT ?",
            (conversation_id, before if before is not None else 2**62, limit),
        )
        return [from_row(row) for row in rows][::-1]

    def last(self, conversation_id: str, user_id: str) -> Message | None:
        """The last thing that somebody said there."""
        return _first(
            self._db.execute(
                f"{_SELECT} WHERE conversation_id = ? AND user_id = ? ORDER BY seq DESC LIMIT 1",
                (conversation_id, user_id),
            )
        )

    def said_after(self, message: Message, user_id: str) -> list[Message]:
        """What somebody said in a message's conversation after it, oldest first."""
        rows = self._db.execute(
            f"{_SELECT} WHERE conversation_id = ? AND user_id = ? AND seq > ? AND category != 'MESSAGE_RECALL' "
            "ORDER BY seq",
            (message.conversation_id, user_id, message.seq),
        )
        return [from_row(row) for row in rows]

    def statuses(self, conversation_id: str, user_id: str) -> dict[str, int]:
        """How many of somebody's messages there have which status."""
        rows = self._db.execute(
            "SELECT status, count(*) FROM messages WHERE conversation_id = ? AND user_id = ? GROUP BY status",
            (conversation_id, user_id),
        )
        return {SENT: 0, DELIVERED: 0, READ: 0} | dict(rows)

    def containing(self, conversation_id: str, text: str, limit: int) -> list[Message]:
        """The last `limit` in which a text stands, oldest first; Latin letters match in either case."""
        rows = self._db.execute(
            f"{_SELECT} WHERE conversation_id = ? AND recalled = 0 AND category != 'MESSAGE_RECALL' "
            "AND instr(lower(CAST(data AS TEXT)), lower(?)) ORDER BY seq DESC LIMIT ?",
            (conversation_id, text, limit),
        )
        return [from_row(row) for row in rows][::-1]

    def forget(self, conversation_id: str) -> None:
        """Drop all of a conversation, and whatever waits because of it."""
        one = (conversation_id,)
        for table in ("pending", "receipts", "acknowledged"):
            self._db.execute(
                f"DELETE FROM {table} WHERE message_id IN (SELECT message_id FROM messages WHERE conversation_id = ?)",  # noqa: S608
                one,
            )
        for table in ("seen", "messages"):
            self._db.execute(f"DELETE FROM {table} WHERE conversation_id = ?", one)  # noqa: S608

    def recall(self, message: Message) -> Message:
        self._db.execute("UPDATE messages SET recalled = 1, data = x'' WHERE seq = ?", (message.seq,))
        return replace(message, recalled=True, data=b"")

    def raise_status(self, message_ids: Iterable[str], status: str, *, not_by: str) -> list[Message]:
        """Mark messages of others as delivered or read, never back; gives those that changed."""
        lower = (SENT,) if status == DELIVERED else (SENT, DELIVERED)
        marks = ", ".join("?" * len(lower))
        changed = []
        for message_id in message_ids:
            rows = self._db.execute(
                f"UPDATE messages SET status = ? WHERE message_id = ? AND user_id != ? AND status IN ({marks}) "  # noqa: S608 - marks
                f"RETURNING {_COLUMNS}",
                (status, message_id, not_by, *lower),
            )
            changed += [from_row(row) for row in rows]
        return changed

    def unread(self, conversation_id: str, user_id: str) -> int:
        return int(
            self._db.execute(
                "SELECT count(*) FROM messages WHERE conversation_id = :conversation AND user_id != :user AND seq > "
                "coalesce((SELECT seq FROM seen WHERE conversation_id = :conversation AND user_id = :user), 0) "
                "AND category NOT IN ('MESSAGE_RECALL', 'MESSAGE_PIN', 'SYSTEM_CONVERSATION')",
                {"conversation": conversation_id, "user": user_id},
            ).fetchone()[0]
        )

    def see(self, conversation_id: str, user_id: str) -> list[Message]:
        """Somebody has looked at a conversation; gives what was not read before."""
        rows = self._db.execute(
            f"{_SELECT} WHERE conversation_id = ? AND user_id != ? AND status != 'READ' AND "
            "category NOT LIKE 'SYSTEM_%' ORDER BY seq",
            (conversation_id, user_id),
        )
        fresh = [from_row(row) for row in rows]
        self._db.execute(
            "REPLACE INTO seen SELECT :conversation, :user, coalesce(max(seq), 0) FROM messages "
            "WHERE conversation_id = :conversation",
            {"conversation": conversation_id, "user": user_id},
        )
        return fresh

    def undelivered_to(self, conversation_ids: Iterable[str], user_id: str) -> list[Message]:
        """What came while somebody was away."""
        found: list[Message] = []
        for conversation_id in conversation_ids:
            rows = self._db.execute(
                f"{_SELECT} WHERE conversation_id = ? AND user_id != ? AND status = 'SENT'", (conversation_id, user_id)
            )
            found += [from_row(row) for row in rows]
        return found


def from_row(row: tuple[Any, ...]) -> Message:
    """A row of the columns above."""
    seq, message_id, conversation_id, user_id, session_id, category, data, status, quote, representative = row[:10]
    silent, expire_in, created_at, recalled, sealed, trouble = row[10:]
    return Message(
        message_id, conversation_id, user_id, category, data, created_at, session_id, status, quote, representative,
        bool(silent), expire_in, bool(recalled), seq, sealed, trouble,
    )  # fmt: skip


def _first(rows: Iterable[tuple[Any, ...]]) -> Message | None:
    return next((from_row(row) for row in rows), None)
