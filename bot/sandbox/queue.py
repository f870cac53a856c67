"""What waits for bots: messages until they are acknowledged or seven days old, receipts until they were pushed once.

Source: mixin.md 6.2, 7.4 and 13.8.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from bot.sandbox.messages import Message, Waiting, from_row

_JOIN = (
    "SELECT p.seq, m.seq, m.message_id, m.conversation_id, m.user_id, m.session_id, m.category, m.data, m.status, "
    "m.quote_message_id, m.representative_id, m.silent, m.expire_in, m.created_at, m.recalled, m.sealed, "
    "m.trouble "
    "FROM pending p JOIN messages m ON m.seq = p.message_seq WHERE p.bot_id = ? AND p.seq > ? ORDER BY p.seq LIMIT ?"
)


class Queue:
    """The queues of all bots; callers hold the transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def put(self, bot_id: str, message: Message) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO pending (bot_id, message_id, message_seq, created_at) VALUES (?, ?, ?, ?)",
            (bot_id, message.message_id, message.seq, message.created_at),
        )

    def after(self, bot_id: str, seq: int, limit: int) -> list[Waiting]:
        return [Waiting(row[0], from_row(row[1:])) for row in self._db.execute(_JOIN, (bot_id, seq, limit))]

    def last(self, bot_id: str) -> int:
        """The place of the newest one waiting, 0 if none does."""
        row = self._db.execute("SELECT max(seq) FROM pending WHERE bot_id = ?", (bot_id,)).fetchone()
        return int(row[0] or 0)

    def waiting(self, bot_id: str) -> int:
        row = self._db.execute("SELECT count(*) FROM pending WHERE bot_id = ?", (bot_id,)).fetchone()
        return int(row[0])

    def waiting_of(self, bot_id: str, user_id: str) -> int:
        """How many messages of one person wait."""
        row = self._db.execute(
            "SELECT count(*) FROM pending p JOIN messages m ON m.seq = p.message_seq "
            "WHERE p.bot_id = ? AND m.user_id = ?",
            (bot_id, user_id),
        ).fetchone()
        return int(row[0])

    def was_put(self, bot_id: str, message_id: str) -> bool:
        """Whether a message is or was for that bot to hear."""
        row = self._db.execute(
            "SELECT count(*) FROM pending WHERE bot_id = ? AND message_id = ?", (bot_id, message_id)
        ).fetchone()
        return bool(row[0]) or self.is_acknowledged(bot_id, message_id)

    def is_acknowledged(self, bot_id: str, message_id: str) -> bool:
        where = "WHERE bot_id = ? AND message_id = ?"
        return bool(
            self._db.execute(f"SELECT count(*) FROM acknowledged {where}", (bot_id, message_id)).fetchone()[0]  # noqa: S608
        )

    def settle(self, bot_id: str, items: Sequence[tuple[str, str]], at: str) -> None:
        """Take messages off the queue: `(message_id, status)` as the bot acknowledged them."""
        self._db.executemany(
            "DELETE FROM pending WHERE bot_id = ? AND message_id = ?", [(bot_id, one) for one, _ in items]
        )
        self._db.executemany(
            "REPLACE INTO acknowledged VALUES (?, ?, ?, ?)", [(bot_id, one, status, at) for one, status in items]
        )

    def acknowledged(self, bot_id: str) -> dict[str, str]:
        """Message id → status, of everything this bot ever acknowledged."""
        rows = self._db.execute("SELECT message_id, status FROM acknowledged WHERE bot_id = ? ORDER BY at", (bot_id,))
        return {str(message_id): str(status) for message_id, status in rows}

    def forget_before(self, at: str) -> int:
        """Drop what is older; gives how many messages nobody will get any more."""
        self._db.execute("DELETE FROM receipts WHERE created_at < ?", (at,))
        return self._db.execute("DELETE FROM pending WHERE created_at < ?", (at,)).rowcount

    def keep_receipts(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """`(bot_id, message_id, status, at)` for bots that are away."""
        self._db.executemany("INSERT INTO receipts VALUES (NULL, ?, ?, ?, ?)", rows)

    def take_receipts(self, bot_id: str) -> list[tuple[str, str, str]]:
        rows: list[Any] = self._db.execute(
            "SELECT message_id, status, created_at FROM receipts WHERE bot_id = ? ORDER BY seq", (bot_id,)
        ).fetchall()
        self._db.execute("DELETE FROM receipts WHERE bot_id = ?", (bot_id,))
        return [(str(message_id), str(status), str(at)) for message_id, status, at in rows]
