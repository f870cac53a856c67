"""What people say on nandbox, as messages; no I/O.

The id of a message is made of nandbox's own, so that an answer can quote it: `<8 hex digits>-<its bytes in hex>`. A
press of a button that the bot made says what the button says; nobody else's button says anything.

Source: protocol/nandbox.md 8 and 9
"""

import hashlib
import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.message import (
    Audio,
    Contact,
    Content,
    File,
    Image,
    Location,
    Message,
    Sticker,
    Text,
    Unknown,
    Video,
)
from bot.nandbox.codec import Event, identity, integer, text

INPUT = "input:"
MANY = ("group", "channel")
MAX_ID = 200
MAX_TEXT = 8000
LAST_MS = 4_000_000_000_000

_QUOTABLE = re.compile(r"[0-9a-f]{8}-((?:[0-9a-f]{2})+)")


def message_of(event: Event, bot_id: str, *, now_s: float | None = None) -> Message | None:
    """What somebody said by an event; nothing where nobody did, or only to others.

    In a group only what begins with `/` or names the bot is meant for it. Our own words, those of other bots, and words
    that were changed or taken back say nothing.
    """
    body, now = event.body, time.time() if now_s is None else now_s
    sender, chat = body.get("from"), body.get("chat")
    if event.method in ("userStartedBot", "userJoinedBot"):
        sender = chat = body.get("user")
    if not isinstance(sender, dict) or not (user_id := identity(sender.get("id"))):
        return None
    if user_id == bot_id or _is_bot(sender) or body.get("status") in ("updated", "deleted"):
        return None
    chat = chat if isinstance(chat, dict) else sender
    chat_id = identity(chat.get("id")) or user_id
    direct = chat_id == user_id or text(chat.get("type")).lower() not in MANY
    content = _said(event)
    if isinstance(content, Text):
        bare = content.text.removeprefix(f"@{bot_id}").lstrip()
        if not direct and bare == content.text and not bare.startswith(("/", "／")):
            return None
        content = Text(bare)
    elif content is None or not direct:
        return None
    return Message(
        _message_id(event, bot_id, user_id, chat_id), chat_id, user_id, content, _moment(body.get("date"), now), direct
    )


def quoted_id(message_id: str) -> str:
    """Nandbox's id of a message, or nothing where it has none, as a button has."""
    found = _QUOTABLE.fullmatch(message_id)
    return bytes.fromhex(found[1]).decode(errors="replace") if found else ""


def _said(event: Event) -> Content | None:
    if event.method in ("userStartedBot", "userJoinedBot"):
        return Text("/start")
    if event.method == "message":
        return _content(event.body)
    pressed = text(event.body.get("button_callback"))
    return Text(pressed[len(INPUT) :][:MAX_TEXT]) if pressed.startswith(INPUT) else None


def _content(body: Mapping[str, Any]) -> Content:
    kind = text(body.get("type"))
    if kind == "text":
        return Text(text(body.get("text"))[:MAX_TEXT])
    found = body.get(kind)
    if not isinstance(found, dict):
        return Unknown(kind[:40], "without its object")
    file_id, size = identity(found.get("id")), max(0, integer(found.get("size")) or 0)
    width, height = (max(0, integer(found.get(side)) or 0) for side in ("width", "height"))
    duration_ms, caption = max(0, integer(found.get("duration")) or 0) * 1000, text(body.get("caption"))[:MAX_TEXT]
    if kind in ("photo", "gif"):
        return Image(file_id, f"image/{'jpeg' if kind == 'photo' else 'gif'}", width, height, size, caption=caption)
    if kind == "video":
        return Video(file_id, "video/mp4", width, height, size, duration_ms, caption=caption)
    if kind in ("audio", "voice"):
        return Audio(file_id, "audio/mpeg" if kind == "audio" else "audio/ogg", size, duration_ms)
    if kind == "text_file":
        return File(file_id, "text/plain", size, file_id)
    if kind == "document":
        return File(file_id, "application/octet-stream", size, text(found.get("name"))[:MAX_ID] or file_id)
    if kind == "sticker":
        return Sticker(file_id)
    if kind == "contact":
        return Contact("")  # a name and a phone number, which nobody needs to keep
    if kind == "location":
        return _location(found)
    return Unknown(kind[:40])


def _location(found: Mapping[str, Any]) -> Content:
    try:
        latitude, longitude = float(found.get("latitude") or 0), float(found.get("longitude") or 0)
    except (TypeError, ValueError):
        return Unknown("location", "coordinates that are no numbers")
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return Unknown("location", "coordinates that are no numbers")
    return Location(latitude, longitude, text(found.get("name"))[:MAX_ID], text(found.get("details"))[:MAX_ID])


def _is_bot(sender: Mapping[str, Any]) -> bool:
    return text(sender.get("type")).lower() == "bot" or text(sender.get("terminal")).lower() == "api"


def _message_id(event: Event, bot_id: str, user_id: str, chat_id: str) -> str:
    theirs = identity(event.body.get("message_id")) if event.method == "message" else ""
    if theirs and len(theirs) <= MAX_ID:
        digest = hashlib.sha256(f"{bot_id} {chat_id} {theirs}".encode(errors="replace")).hexdigest()
        return f"{digest[:8]}-{theirs.encode(errors='replace').hex()}"
    what = f"{bot_id} {event.method} {user_id} {chat_id} {event.body.get('date')} {event.body.get('button_callback')}"
    return hashlib.sha256(f"{what} {time.monotonic_ns()}".encode(errors="replace")).hexdigest()[:32]


def _moment(date: Any, now_s: float) -> datetime:
    """When it was said; now, where the server does not say so in milliseconds since 1970."""
    ms = integer(date)
    return datetime.fromtimestamp(ms / 1000 if ms is not None and 0 < ms < LAST_MS else now_s, UTC)
