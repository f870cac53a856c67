"""Message items as bots send them, checked as strictly as the documents allow.

Source: mixin.md 6.1 to 6.5; https://developers.mixin.one/docs/api/messages/send
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.base64s import from_any
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import is_id

MAX_ITEMS = 100
MAX_BODY_BYTES = 128 * 1024
MAX_BUTTONS = 6
MAX_LABEL = 36
MAX_DESCRIPTION = 1024
MAX_EXPIRE_S = 7_257_600

TEXTS = frozenset({"PLAIN_TEXT", "PLAIN_POST"})
OBJECTS: dict[str, tuple[str, ...]] = {
    "PLAIN_STICKER": (),
    "PLAIN_IMAGE": ("attachment_id", "mime_type", "width", "height", "size"),
    "PLAIN_VIDEO": ("attachment_id", "mime_type", "width", "height", "size", "duration"),
    "PLAIN_AUDIO": ("attachment_id", "mime_type", "size", "duration"),
    "PLAIN_DATA": ("attachment_id", "mime_type", "size", "name"),
    "PLAIN_CONTACT": ("user_id",),
    "PLAIN_LIVE": ("width", "height", "thumb_url", "url"),
    "PLAIN_LOCATION": ("longitude", "latitude"),
    "APP_CARD": ("app_id", "title", "description"),
    "MESSAGE_RECALL": ("message_id",),
    "MESSAGE_PIN": ("action", "message_ids"),
}
LISTS = frozenset({"PLAIN_TRANSCRIPT", "APP_BUTTON_GROUP"})
CATEGORIES = TEXTS | LISTS | OBJECTS.keys()
_PLAIN, _ENCRYPTED = "PLAIN_", "ENCRYPTED_"
SEALED = {_ENCRYPTED + one.removeprefix(_PLAIN): one for one in CATEGORIES if one.startswith(_PLAIN)}
"""Encrypted category → its twin that says the same in clear."""
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Item:
    """One message as it was asked for; `content` is the JSON of categories that carry JSON.

    `sealed` is what went over the wire where `data` is what it says in clear; `trouble`: why that cannot be told.
    """

    conversation_id: str
    recipient_id: str
    message_id: str
    category: str
    data: bytes
    quote_message_id: str
    representative_id: str
    silent: bool
    expire_in: int
    content: Any
    sealed: bytes = b""
    trouble: str = ""


def read_item(raw: Any, *, encrypted: bool = False) -> Item:
    """Check one item; with `encrypted` its category may be an encrypted one, whose data nobody looks into here.

    Raises:
        ApiError: 10002 with the field at fault.
    """
    if not isinstance(raw, dict):
        raise bad_field("", "a message must be an object")
    for name in ("conversation_id", "message_id"):
        if not is_id(raw.get(name)):
            raise bad_field(name, "not a UUID in lower case")
    category = raw.get("category")
    sealed = encrypted and category in SEALED
    if not isinstance(category, str) or not (category in CATEGORIES or sealed):
        raise bad_field("category", f"a bot cannot send {category!r}")
    data = _data(raw)
    expire_in = raw.get("expire_in") or 0
    if not isinstance(expire_in, int) or not 0 <= expire_in <= MAX_EXPIRE_S:
        raise bad_field("expire_in", f"not a whole number of seconds up to {MAX_EXPIRE_S}")
    item = Item(
        raw["conversation_id"], _optional_id(raw, "recipient_id"), raw["message_id"], category, data,
        _optional_id(raw, "quote_message_id"), _optional_id(raw, "representative_id"), bool(raw.get("silent")),
        expire_in, None if sealed else read_content(category, data), data if sealed else b"",
    )  # fmt: skip
    if item.representative_id and category == "MESSAGE_RECALL":
        raise bad_field("representative_id", "must be empty in a recall")
    return item


def read_content(category: str, data: bytes) -> Any:
    """The JSON of a category that carries JSON, None for texts.

    Raises:
        ApiError: 10002: not UTF-8, not JSON, or a member is missing or out of bounds.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise bad_field("data_base64", "not UTF-8") from None
    if category in TEXTS:
        if not text:
            raise bad_field("data_base64", "empty")
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise bad_field("data_base64", f"{category} carries JSON") from None
    if category in LISTS:
        if not isinstance(content, list):
            raise bad_field("data_base64", f"{category} carries a JSON array")
        if category == "APP_BUTTON_GROUP":
            check_buttons(content, "data_base64")
        return content
    if not isinstance(content, dict):
        raise bad_field("data_base64", f"{category} carries a JSON object")
    for name in OBJECTS[category]:
        if content.get(name) in (None, ""):
            raise bad_field(f"data_base64.{name}", "missing")
    if category == "APP_CARD":
        _check_card(content)
    return content


def check_buttons(buttons: list[Any], field: str) -> None:
    """1 to 6 buttons with labels of 1 to 36 characters."""
    if not 1 <= len(buttons) <= MAX_BUTTONS:
        raise bad_field(field, f"{len(buttons)} buttons, allowed are 1 to {MAX_BUTTONS}")
    for button in buttons:
        if not isinstance(button, dict):
            raise bad_field(field, "a button must be an object")
        label, color, action = (button.get(name) for name in ("label", "color", "action"))
        if not isinstance(label, str) or not 1 <= len(label) <= MAX_LABEL:
            raise bad_field(f"{field}.label", f"labels have 1 to {MAX_LABEL} characters")
        if not isinstance(color, str) or not _COLOR.fullmatch(color):
            raise bad_field(f"{field}.color", "not #RRGGBB")
        if not isinstance(action, str) or not action.strip():
            raise bad_field(f"{field}.action", "missing")


def _check_card(card: dict[str, Any]) -> None:
    if not isinstance(card["title"], str) or len(card["title"]) > MAX_LABEL:
        raise bad_field("data_base64.title", f"titles have 1 to {MAX_LABEL} characters")
    if not isinstance(card["description"], str) or len(card["description"]) > MAX_DESCRIPTION:
        raise bad_field("data_base64.description", f"descriptions have 1 to {MAX_DESCRIPTION} characters")
    if not card.get("action") and card.get("actions"):
        if not isinstance(card["actions"], list):
            raise bad_field("data_base64.actions", "not an array")
        check_buttons(card["actions"], "data_base64.actions")


def _data(raw: dict[str, Any]) -> bytes:
    name = "data_base64" if raw.get("data_base64") is not None else "data"
    text = raw.get(name)
    if not isinstance(text, str):
        raise bad_field("data_base64", "missing")
    try:
        return from_any(text)
    except ValueError as error:
        raise bad_field(name, f"not base64: {error}") from error


def _optional_id(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    if value in (None, ""):
        return ""
    if not is_id(value):
        raise bad_field(name, "not a UUID in lower case")
    return str(value)


def read_list(raw: Any) -> list[Any]:
    """An array of 1 to 100 things, or one thing alone.

    Raises:
        ApiError: 10002.
    """
    items = raw if isinstance(raw, list) else [raw]
    if not 1 <= len(items) <= MAX_ITEMS:
        raise ApiError(10002, extra={"field": "", "reason": f"{len(items)} items, allowed are 1 to {MAX_ITEMS}"})
    return items
