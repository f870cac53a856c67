"""What travels in the benchmark: ids, people and ready-made Blaze frames; no I/O.

Source: protocol notes 7.2 (a frame is one gzip member), 7.5 (the message view), 8.1 (contact conversation ids).
"""

import base64
import hashlib
import uuid
import zlib
from datetime import UTC, datetime

BOT_ID = "70000000-0000-4000-8000-0000000000b0"
URL_ALPHABET = bytes.maketrans(b"+/", b"-_")
SESSION_ID = "70000000-0000-4000-8000-0000000005b0"

_VIEW = (
    b'{"id":"%(frame)s","action":"CREATE_MESSAGE","data":{"type":"message","representative_id":"",'
    b'"quote_message_id":"","conversation_id":"%(conversation)s","user_id":"%(user)s",'
    b'"session_id":"33330000-0000-4000-8000-000000000001","message_id":"%(message)s","category":"%(category)s",'
    b'"data":"%(data)s","data_base64":"%(data_base64)s","status":"SENT","source":"CREATE_MESSAGE","silent":false,'
    b'"expire_in":0,"created_at":"%(time)s","updated_at":"%(time)s"}}'
)


def user_id(number: int) -> str:
    return f"9f0a0001-0000-4000-8000-{number:012x}"


def conversation_id(one: str, other: str) -> str:
    low, high = sorted((one, other))
    digest = bytearray(hashlib.md5((low + high).encode(), usedforsecurity=False).digest())
    digest[6] = digest[6] & 0x0F | 0x30
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def message_id(run: int, index: int) -> str:
    return f"{run:08x}-0000-4000-8000-{index:012x}"


def marker(run: int, index: int) -> str:
    """What a person asks to have repeated: tells the server which message a reply belongs to."""
    return f"{run:04x}{index:08x}"


def websocket_frame(opcode: int, payload: bytes) -> bytes:
    """One unmasked frame, server to client."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65536:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload


def gzipped(text: bytes) -> bytes:
    packer = zlib.compressobj(3, zlib.DEFLATED, 31)
    return packer.compress(text) + packer.flush()


def asked(run: int, index: int) -> bytes:
    """What a person says."""
    return f"/ping {marker(run, index)}".encode()


def message_frame(run: int, index: int, person: int, conversation: str, sealed: bytes = b"") -> bytes:
    """`/ping MARKER` from one person, or what it was `sealed` to, as the bytes to write to the socket."""
    said = base64.b64encode(sealed or asked(run, index))
    view = _VIEW % {
        b"frame": f"7c7b0000-{run & 0xFFFF:04x}-4000-8001-{index:012x}".encode(),
        b"conversation": conversation.encode(),
        b"user": user_id(person).encode(),
        b"message": message_id(run, index).encode(),
        b"category": b"ENCRYPTED_TEXT" if sealed else b"PLAIN_TEXT",
        b"data": said,
        b"data_base64": said.rstrip(b"=").translate(URL_ALPHABET),
        b"time": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z").encode(),
    }
    return websocket_frame(2, gzipped(view))


def user_view(who: str) -> dict[str, object]:
    """The user object of anybody; the number is the last twelve hexadecimal digits of the id."""
    return {
        "type": "user",
        "user_id": who,
        "identity_number": str(40000 + int(who[-12:], 16) % 10**9),
        "phone": "",
        "full_name": f"Person {who[-6:]}",
        "biography": "",
        "avatar_url": "",
        "relationship": "FRIEND",
        "mute_until": "0001-01-01T00:00:00Z",
        "created_at": "2024-05-01T10:00:00.123456Z",
        "is_verified": False,
        "is_scam": False,
        "has_safe": True,
        "membership": {"plan": "none", "expired_at": "0001-01-01T00:00:00Z"},
    }


def me_view(*, sealed: bool = False) -> dict[str, object]:
    app: dict[str, object] = {"type": "app", "app_id": BOT_ID, "app_number": "7000099999", "name": "Bench Bot"}
    app |= {
        "creator_id": user_id(1),
        "capabilities": ["CONTACT", "GROUP", *(["ENCRYPTED"] if sealed else [])],
        "resource_patterns": [],
        "redirect_uri": "",
        "home_uri": "",
    }
    app |= {"icon_url": "", "description": "A bench", "category": "TOOLS", "is_verified": False}
    return user_view(BOT_ID) | {
        "identity_number": "7000099999",
        "full_name": "Bench Bot",
        "relationship": "ME",
        "session_id": SESSION_ID,
        "device_status": "ACTIVE",
        "has_pin": False,
        "features": [],
        "app": app | {"updated_at": "2026-01-02T03:04:05.678901Z"},
    }


def conversation_view(conversation: str, person: str) -> dict[str, object]:
    joined = "2026-01-02T03:04:05.678901Z"
    people = [
        {"type": "participant", "user_id": who, "role": "", "created_at": joined} for who in (person, BOT_ID) if who
    ]
    return {
        "type": "conversation",
        "conversation_id": conversation,
        "creator_id": person,
        "category": "CONTACT",
        "name": "",
        "icon_url": "",
        "announcement": "",
        "created_at": joined,
        "code_id": "",
        "code_url": "",
        "mute_until": "0001-01-01T00:00:00Z",
        "expire_in": 0,
        "participants": people,
        "participant_sessions": [],
        "circles": [],
    }
