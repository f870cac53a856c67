"""Groups and channels, and who is in them.

Source: nandbox.md 9.2 and 9.3.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

GROUP, CHANNEL, CONTACT = "Group", "Channel", "Contact"
MEMBER, ADMIN = "Member", "Admin"
ACTIVE, BANNED, REMOVED, LEFT = "Active", "Banned", "Removed", "Left"


@dataclass(slots=True)
class Member:
    """Somebody in a chat, or somebody who was; `since` in epoch milliseconds."""

    type: str = MEMBER
    status: str = ACTIVE
    since: int = 0
    tags: list[str] | None = None


@dataclass(slots=True)
class Chat:
    """`gmid`: the running number of its last message; `facts`: what `setChat` may change beside the title."""

    id: str
    title: str
    type: str
    app_id: str
    owner_id: str
    description: str = ""
    is_public: int = 0
    category: str = "Other"
    version: str = "0twD"
    photo: str = ""
    gmid: int = 0
    members: dict[str, Member] = field(default_factory=dict)
    menus: list[Any] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def active(self) -> list[str]:
        return [user_id for user_id, member in self.members.items() if member.status == ACTIVE]

    def is_member(self, user_id: str) -> bool:
        member = self.members.get(user_id)
        return member is not None and member.status == ACTIVE

    def is_admin(self, user_id: str) -> bool:
        return self.is_member(user_id) and (user_id == self.owner_id or self.members[user_id].type == ADMIN)

    def admins(self) -> list[str]:
        return [user_id for user_id in self.active() if self.is_admin(user_id)]


class Chats:
    """All groups and channels: kept in memory, written through."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.load()

    def load(self) -> None:
        rows = self._db.execute("SELECT chat_id, value FROM nandbox_chats")
        self._chats = {chat_id: _chat_from(json.loads(value)) for chat_id, value in rows}

    def __iter__(self) -> Iterator[Chat]:
        return iter(list(self._chats.values()))

    def get(self, chat_id: str) -> Chat | None:
        return self._chats.get(chat_id)

    def of(self, user_id: str) -> list[Chat]:
        return [chat for chat in self._chats.values() if chat.is_member(user_id)]

    def save(self, chat: Chat) -> Chat:
        self._chats[chat.id] = chat
        self._db.execute("REPLACE INTO nandbox_chats VALUES (?, ?)", (chat.id, json.dumps(asdict(chat))))
        return chat


def chat_details(chat: Chat) -> dict[str, Any]:
    """A Chat as `chatDetails` shows it, with the keys of the vendor's examples."""
    made: dict[str, Any] = {
        "cancel": 0, "regions": None, "owner_id": chat.owner_id, "admin": None, "description": chat.description,
        "title": chat.title, "type": chat.type,
        "inivite_link": f"https://join.ndbx.me/join?id={chat.id}&type={chat.type}&pay=0", "language_code": None,
        "isPublic": chat.is_public, "id": chat.id, "member_count": len(chat.active()), "version": chat.version,
        "parent_id": chat.app_id, "tagsDefinition": None, "category": chat.category,
    }  # fmt: skip
    if chat.photo:
        made["photo"] = {"id": chat.photo}
    return made | chat.facts


def member_details(chat_id: str, user_id: str, member: Member) -> dict[str, Any]:
    """A ChatMember."""
    return {
        "member_since": member.since, "privileges": [], "account_type": "other", "chat": {"id": chat_id},
        "type": member.type, "user": {"id": user_id}, "status": member.status, "tags": member.tags,
    }  # fmt: skip


def _chat_from(value: dict[str, Any]) -> Chat:
    members = {user_id: Member(**one) for user_id, one in value.pop("members").items()}
    return Chat(**value, members=members)
