"""Conversations: who is in them, and in which role."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.sandbox.ids import contact_id, new_id

CONTACT = "CONTACT"
GROUP = "GROUP"
OWNER = "OWNER"
ADMIN = "ADMIN"
MAX_MEMBERS = 256
MAX_PINS = 128


@dataclass(slots=True)
class Conversation:
    """`members`: user id → {"role", "created_at"}; `muted`: user id → time until which it is quiet.

    `pins`: ids of messages, the newest pin last.
    """

    conversation_id: str
    category: str
    creator_id: str
    created_at: str
    name: str = ""
    icon_url: str = ""
    announcement: str = ""
    code_id: str = ""
    expire_in: int = 0
    members: dict[str, dict[str, str]] = field(default_factory=dict)
    muted: dict[str, str] = field(default_factory=dict)
    pins: list[str] = field(default_factory=list)

    def add(self, user_id: str, created_at: str, role: str = "") -> None:
        self.members[user_id] = {"role": role, "created_at": created_at}

    def runs(self, user_id: str) -> bool:
        """Whether somebody may change the group."""
        return self.members.get(user_id, {}).get("role") in (OWNER, ADMIN)

    def pin(self, message_ids: list[str], *, pinned: bool) -> None:
        """Pin messages, or unpin them; at most so many, the oldest pin goes first."""
        self.pins = [one for one in self.pins if one not in message_ids]
        if pinned:
            self.pins = [*self.pins, *message_ids][-MAX_PINS:]

    def others(self, user_id: str) -> list[str]:
        return [one for one in self.members if one != user_id]


class Conversations:
    """All of them: kept in memory, written through."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.load()

    def load(self) -> None:
        rows = self._db.execute("SELECT value FROM conversations")
        made = [Conversation(**json.loads(value)) for (value,) in rows]
        self._all = {one.conversation_id: one for one in made}
        self._of: dict[str, dict[str, None]] = {}
        for one in made:
            self._index(one)

    def __iter__(self) -> Iterator[Conversation]:
        return iter(list(self._all.values()))

    def get(self, conversation_id: str) -> Conversation | None:
        return self._all.get(conversation_id)

    def by_code(self, code_id: str) -> Conversation | None:
        return next((one for one in self._all.values() if code_id and one.code_id == code_id), None)

    def of(self, user_id: str) -> list[Conversation]:
        """Those that somebody is in."""
        return [self._all[one] for one in self._of.get(user_id, {}) if user_id in self._all[one].members]

    def save(self, conversation: Conversation) -> Conversation:
        self._all[conversation.conversation_id] = conversation
        self._index(conversation)
        value: dict[str, Any] = asdict(conversation)
        self._db.execute("REPLACE INTO conversations VALUES (?, ?)", (conversation.conversation_id, json.dumps(value)))
        return conversation

    def contact(self, one: str, other: str, created_at: str) -> Conversation:
        """The conversation of two, made if it is not there."""
        conversation_id = contact_id(one, other)
        if found := self._all.get(conversation_id):
            return found
        made = Conversation(conversation_id, CONTACT, one, created_at)
        made.add(one, created_at, OWNER)
        made.add(other, created_at)
        return self.save(made)

    def group(
        self, conversation_id: str, owner_id: str, name: str, members: list[str], created_at: str
    ) -> Conversation:
        made = Conversation(conversation_id, GROUP, owner_id, created_at, name=name, code_id=new_id())
        made.add(owner_id, created_at, OWNER)
        for member in members:
            if member != owner_id:
                made.add(member, created_at)
        return self.save(made)

    def _index(self, conversation: Conversation) -> None:
        for member in conversation.members:
            self._of.setdefault(member, {})[conversation.conversation_id] = None
