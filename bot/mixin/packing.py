"""What the bot says, from an `Outgoing` to the JSON of one item of POST /messages, with every limit checked; no I/O.

Source: protocol/mixin.md 6.1, 6.2, 6.4 and 6.5
"""

import re
from binascii import b2a_base64
from collections.abc import Collection, Sequence
from typing import Any

from bot.errors import Unsupported
from bot.links import check_action
from bot.message import (
    Audio,
    Button,
    Buttons,
    Card,
    Contact,
    Content,
    File,
    Image,
    Live,
    Location,
    Outgoing,
    Pin,
    Post,
    Recall,
    Sticker,
    Text,
    Transcript,
    Video,
)  # fmt: skip
from bot.mixin.conversation import conversation_id
from bot.wire import Raw, Value, WireError, decoder, encode

BATCH = 100
BATCH_BYTES = 128 * 1024
MAX_TEXT_BYTES = 64 * 1024
MAX_BUTTONS = 6
MAX_LABEL = 36
MAX_TITLE = 36
MAX_DESCRIPTION = 1024
MAX_PINNED = 100

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_read_entries = decoder(tuple[Raw, ...])


class Item(Value, frozen=True, omit_defaults=True):
    """One item of POST /messages."""

    conversation_id: str
    recipient_id: str
    message_id: str
    category: str
    data_base64: str
    quote_message_id: str = ""


def pack(outgoing: Outgoing, bot_id: str, link_hosts: Collection[str] | None = None) -> bytes:
    """One item of POST /messages, as JSON; a button opens no page of others than `link_hosts`, where they are known.

    Raises:
        Unsupported: Nothing that a bot can say.
        ValueError: The content breaks a limit; the text says which, and what was found.
    """
    content = outgoing.content
    if isinstance(content, Text):
        category, payload = "PLAIN_TEXT", content.text.encode()
        if not 0 < len(payload) <= MAX_TEXT_BYTES:
            raise ValueError(f"the text has {len(payload)} bytes, expected 1 to {MAX_TEXT_BYTES}")
    else:
        category, payload = _payload(content, bot_id, link_hosts)
    direct = outgoing.conversation_id == conversation_id(bot_id, outgoing.user_id)
    packed = encode(
        Item(
            outgoing.conversation_id,
            outgoing.user_id if direct else "",
            outgoing.id,
            category,
            b64url(payload),
            "" if category == "MESSAGE_RECALL" else outgoing.quote_id,
        )
    )
    if len(packed) > BATCH_BYTES - 2:
        raise ValueError(f"the message has {len(packed)} bytes as JSON, expected at most {BATCH_BYTES - 2}")
    return packed


def b64url(payload: bytes) -> str:
    """As `base64.urlsafe_b64encode` without padding, at half the price."""
    return b2a_base64(payload, newline=False).translate(_URL_ALPHABET, b"=").decode()


_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")


def batch_body(packed: Sequence[bytes]) -> bytes:
    """The body of POST /messages.

    Raises:
        ValueError: Not 1 to 100 messages, or more than 128 KiB.
    """
    body = b"[" + b",".join(packed) + b"]"
    if not 0 < len(packed) <= BATCH or len(body) > BATCH_BYTES:
        raise ValueError(f"{len(packed)} messages of {len(body)} bytes, expected 1 to {BATCH} and {BATCH_BYTES}")
    return body


def _payload(content: Content, bot_id: str, hosts: Collection[str] | None) -> tuple[str, bytes]:
    match content:
        case Post(markdown):
            if not markdown:
                raise ValueError("the post is empty")
            return "PLAIN_POST", markdown.encode()
        case Buttons(buttons):
            return "APP_BUTTON_GROUP", encode(_checked_buttons(buttons, "buttons", hosts))
        case Card():
            return "APP_CARD", encode(_card(content, bot_id, hosts))
        case Contact(user_id):
            return "PLAIN_CONTACT", encode({"user_id": user_id})
        case Recall(message_id):
            return "MESSAGE_RECALL", encode({"message_id": message_id})
        case Pin(message_ids, pinned):
            if not 0 < len(message_ids) <= MAX_PINNED:
                raise ValueError(f"{len(message_ids)} messages to pin, expected 1 to {MAX_PINNED}")
            return "MESSAGE_PIN", encode({"action": "PIN" if pinned else "UNPIN", "message_ids": message_ids})
        case Transcript(entries):
            try:
                _read_entries(entries.encode())
            except WireError as error:
                raise ValueError(f"the transcript is no JSON array: {error}") from None
            return "PLAIN_TRANSCRIPT", entries.encode()
        case _:
            return _media(content)


def _media(content: Content) -> tuple[str, bytes]:
    match content:
        case Sticker(sticker_id, name, album_id):
            return "PLAIN_STICKER", encode({"sticker_id": sticker_id, **_given(name=name, album_id=album_id)})
        case Image():
            category, members = "PLAIN_IMAGE", {"width": content.width, "height": content.height}
            extra = _given(thumbnail=content.thumbnail, caption=content.caption)
        case Video():
            category = "PLAIN_VIDEO"
            members = {"width": content.width, "height": content.height, "duration": content.duration_ms}
            extra = _given(thumbnail=content.thumbnail, caption=content.caption)
        case Audio():
            category, members = "PLAIN_AUDIO", {"duration": content.duration_ms}
            extra = {"waveform": content.waveform}
        case File():
            category, members, extra = "PLAIN_DATA", {}, {"name": content.name}
        case Live(url, thumb_url, width, height):
            return "PLAIN_LIVE", encode({"width": width, "height": height, "thumb_url": thumb_url, "url": url})
        case Location(latitude, longitude, name, address):
            if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
                raise ValueError("the place is not on earth: latitude -90 to 90, longitude -180 to 180")
            place = {"longitude": longitude, "latitude": latitude, **_given(name=name, address=address)}
            return "PLAIN_LOCATION", encode(place)
        case _:
            raise Unsupported(f"a bot cannot send {type(content).__name__}")
    about = {"attachment_id": content.attachment_id, "mime_type": content.mime_type, "size": content.size}
    return category, encode({**about, **members, **extra, **_given(key=content.key, digest=content.digest)})


def _card(card: Card, bot_id: str, hosts: Collection[str] | None) -> dict[str, Any]:
    _check_length("card title", card.title, MAX_TITLE)
    _check_length("card description", card.description, MAX_DESCRIPTION)
    about = {"app_id": card.app_id or bot_id, "title": card.title, "description": card.description}
    if card.action.strip():
        if card.buttons or card.cover_url:
            raise ValueError("a card has either an action, or a cover and buttons: the app would not show the latter")
        check_action(card.action, hosts)
        return {**about, "icon_url": card.icon_url, "action": card.action, "shareable": card.shareable}
    actions = {"actions": _checked_buttons(card.buttons, "card buttons", hosts)} if card.buttons else {}
    return {**about, **_given(cover_url=card.cover_url, icon_url=card.icon_url), **actions, "shareable": card.shareable}


def _checked_buttons(buttons: Sequence[Button], what: str, hosts: Collection[str] | None) -> Sequence[Button]:
    if not 0 < len(buttons) <= MAX_BUTTONS:
        raise ValueError(f"{len(buttons)} {what}, expected 1 to {MAX_BUTTONS}")
    for button in buttons:
        _check_length("button label", button.label, MAX_LABEL)
        if not button.action:
            raise ValueError(f"the button {button.label!r} has no action")
        check_action(button.action, hosts)
        if not _COLOR.fullmatch(button.color):
            raise ValueError(f"the button {button.label!r} has the color {button.color!r}, expected #RRGGBB")
    return buttons


def _check_length(what: str, text: str, limit: int) -> None:
    if not 0 < len(text) <= limit:
        raise ValueError(f"the {what} has {len(text)} characters, expected 1 to {limit}")


def _given(**members: str) -> dict[str, str]:
    return {name: value for name, value in members.items() if value}
