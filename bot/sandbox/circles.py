"""Circles: names under which somebody puts conversations.

Source: mixin.md 5.9.
"""

import json
import sqlite3
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import new_id

MAX_CIRCLES = 64
MAX_OF_CONVERSATION = 5
MAX_NAME = 512


@dataclass(frozen=True, slots=True)
class Circle:
    """`conversations`: id → since when it is in there."""

    circle_id: str
    user_id: str
    name: str
    created_at: str
    conversations: dict[str, str] = field(default_factory=dict)

    def view(self) -> dict[str, Any]:
        return {
            "type": "circle", "circle_id": self.circle_id, "user_id": self.user_id, "name": self.name,
            "created_at": self.created_at,
        }  # fmt: skip

    def member(self, conversation_id: str) -> dict[str, Any]:
        return {
            "type": "circle_conversation", "circle_id": self.circle_id, "conversation_id": conversation_id,
            "user_id": self.user_id, "created_at": self.conversations.get(conversation_id, self.created_at),
        }  # fmt: skip


class Circles:
    """Everybody's; callers hold the transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def of(self, user_id: str) -> list[Circle]:
        rows = self._db.execute("SELECT value FROM circles WHERE user_id = ? ORDER BY rowid", (user_id,))
        return [Circle(**json.loads(value)) for (value,) in rows]

    def get(self, user_id: str, circle_id: str) -> Circle:
        """Raises: ApiError 404."""
        found = next((one for one in self.of(user_id) if one.circle_id == circle_id), None)
        if found is None:
            raise ApiError(404)
        return found

    def add(self, user_id: str, name: object, at: str) -> Circle:
        """Raises: ApiError 10002: no name, or more circles than may be."""
        if len(self.of(user_id)) >= MAX_CIRCLES:
            raise bad_field("name", f"nobody has more than {MAX_CIRCLES} circles")
        return self._save(Circle(new_id(), user_id, _name(name), at))

    def rename(self, circle: Circle, name: object) -> Circle:
        return self._save(replace(circle, name=_name(name)))

    def drop(self, circle: Circle) -> None:
        self._db.execute("DELETE FROM circles WHERE circle_id = ?", (circle.circle_id,))

    def put(self, circle: Circle, conversation_id: str, at: str) -> Circle:
        """Raises: ApiError 20133: the conversation is in five circles already."""
        among = [one for one in self.of(circle.user_id) if conversation_id in one.conversations]
        if circle.circle_id in {one.circle_id for one in among}:
            return circle
        if len(among) >= MAX_OF_CONVERSATION:
            raise ApiError(20133)
        return self._save(replace(circle, conversations=circle.conversations | {conversation_id: at}))

    def take(self, circle: Circle, conversation_id: str) -> Circle:
        kept = {one: at for one, at in circle.conversations.items() if one != conversation_id}
        return self._save(replace(circle, conversations=kept))

    def _save(self, circle: Circle) -> Circle:
        self._db.execute(
            "INSERT INTO circles VALUES (?, ?, ?) ON CONFLICT (circle_id) DO UPDATE SET value = excluded.value",
            (circle.circle_id, circle.user_id, json.dumps(asdict(circle))),
        )
        return circle


def _name(name: object) -> str:
    if not isinstance(name, str) or not 0 < len(name.strip()) <= MAX_NAME:
        raise bad_field("name", f"1 to {MAX_NAME} characters")
    return name.strip()
