"""What the hostile server says: ids, message views and frames, by the tests' own reading of the protocol; no I/O.

Source: protocol notes 7.2 (a frame is one gzip member), 7.5 (message view), 8.1 (ids of conversations of two).
"""

import base64
import hashlib
import json
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.e2e.phones import Phones
from tests.fakes import ANN, BEN, BOT_ID

__all__ = ["ANN", "BEN", "BOT_ID", "Said", "conversation_of_two", "frame", "gzipped", "me", "person", "reply_ids"]

SESSION_ID = "5a4db0c5-0000-4000-8000-0000000005b0"
GROUP = "70000000-0000-4000-8000-00000000000c"
WELCOME = "Tap a button, or write /help"
"""In the greeting for somebody new, in English, and in no other reply."""
WELCOMES = (WELCOME, "点一个按钮")
"""The same in every language: somebody may choose one before the greeting has reached them."""


@dataclass
class Said:
    """Something a person said. `expects` is in exactly one answer to it, or the empty text where none is due."""

    text: str
    expects: str = ""
    user_id: str = ANN
    conversation_id: str = ""
    category: str = "PLAIN_TEXT"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    more: dict[str, Any] = field(default_factory=dict)
    """Members of the message view that are other than usual."""
    raw: bytes = b""
    """A whole frame to be sent instead of a proper one."""
    phones: Phones | None = None
    """Whose devices seal it."""

    def __post_init__(self) -> None:
        self.conversation_id = self.conversation_id or conversation_of_two(BOT_ID, self.user_id)

    def frame(self, source: str) -> bytes:
        return self.raw or frame("CREATE_MESSAGE", self.view() | {"source": source} | self.more)

    def view(self) -> dict[str, Any]:
        data, time = self.text.encode(), self.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return {
            "type": "message",
            "representative_id": "",
            "quote_message_id": "",
            "conversation_id": self.conversation_id,
            "user_id": self.user_id,
            "session_id": "33330000-0000-4000-8000-000000000001",
            "message_id": self.id,
            "category": self.category,
            "data": base64.b64encode(data).decode(),
            "data_base64": base64.urlsafe_b64encode(data).rstrip(b"=").decode(),
            "status": "SENT",
            "source": "CREATE_MESSAGE",
            "silent": False,
            "expire_in": 0,
            "created_at": time,
            "updated_at": time,
            **(self.phones.say(self.user_id, self.text) if self.phones is not None else {}),
        }


def ping(word: str, user_id: str = ANN, **facts: Any) -> Said:
    """The cheapest command, whose answer tells which message it belongs to."""
    return Said(f"/ping {word}", f"pong {word}", user_id, **facts)


def person(number: int) -> str:
    return f"9f0a0001-0000-4000-8000-{number:012x}"


def conversation_of_two(one: str, other: str) -> str:
    digest = bytearray(hashlib.md5("".join(sorted((one, other))).encode()).digest())
    digest[6], digest[8] = digest[6] & 0x0F | 0x30, digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def reply_ids(message_id: str) -> Sequence[str]:
    """The ids that the replies to a message may have: the same whenever and by whomever it is answered."""
    return [str(uuid.uuid5(uuid.UUID(message_id), str(index))) for index in range(20)]


def gzipped(text: bytes) -> bytes:
    packer = zlib.compressobj(3, zlib.DEFLATED, 31)
    return packer.compress(text) + packer.flush()


def frame(action: str, data: Any = None, **more: Any) -> bytes:
    content = {"id": str(uuid.uuid4()), "action": action} | ({"data": data} if data is not None else {}) | more
    return gzipped(json.dumps(content).encode())


def refusal(code: int, status: int = 202) -> bytes:
    return json.dumps({"error": {"status": status, "code": code, "description": "no"}}).encode()


def user(user_id: str) -> dict[str, Any]:
    return {
        "type": "user",
        "user_id": user_id,
        "identity_number": str(40000 + int(user_id[-12:], 16) % 10**9),
        "full_name": f"Person {user_id[-6:]}",
        "relationship": "FRIEND",
        "created_at": "2024-05-01T10:00:00.123456Z",
    }


def me(bot_id: str = BOT_ID, *, encrypted: bool = False) -> dict[str, Any]:
    app: dict[str, Any] = {
        "type": "app",
        "app_id": bot_id,
        "app_number": "7000099999",
        "name": "Test Bot",
        "creator_id": ANN,
        "capabilities": ["GROUP", "CONTACT", *(["ENCRYPTED"] if encrypted else [])],
    }
    return user(bot_id) | {"identity_number": "7000099999", "full_name": "Test Bot", "relationship": "ME", "app": app}


def conversation(conversation_id: str, people: Sequence[str]) -> dict[str, Any]:
    joined = "2026-01-02T03:04:05.678901Z"
    return {
        "type": "conversation",
        "conversation_id": conversation_id,
        "creator_id": people[0] if people else "",
        "category": "CONTACT",
        "name": "",
        "created_at": joined,
        "participants": [{"type": "participant", "user_id": who, "role": "", "created_at": joined} for who in people],
    }
