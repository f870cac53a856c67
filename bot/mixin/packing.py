"""What the bot says, from an `Outgoing` to the JSON of one item of POST /messages, with every limit checked; no I/O.

Source: protocol/mixin.md 6.1, 6.2, 6.4 and 6.5
"""

import re
from binascii import b2a_base64
from collections.abc import Collection, Sequence
from typing import Any

from bot.links import check_action
from bot.message import (
    Button,
    Buttons,
    Card,
    Content,
    Outgoing,
    Pin,
    Post,
    Quote,
    Recall,
    Text,
    Transcript,
)  # fmt: skip
from bot.mixin.conversation import conversation_id, new_conversation_id
from bot.mixin.media import checked_id, given, media_payload
from bot.mixin.transcripts import transcript_payload
from bot.platform import Packer
from bot.wire import Value, encode

BATCH = 100
BATCH_BYTES = 128 * 1024
MAX_TEXT_BYTES = 64 * 1024
MAX_BUTTONS = 6
MAX_LABEL = 36
MAX_TITLE = 36
MAX_DESCRIPTION = 1024
MAX_PINNED = 100

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


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
    content, quote_id = outgoing.content, outgoing.quote_id
    if isinstance(content, Quote):
        quote_id, content = checked_id("message to quote", content.message_id), content.content
    category, data = _packed_content(content, outgoing.id, bot_id, link_hosts)
    direct = outgoing.conversation_id == conversation_id(bot_id, outgoing.user_id)
    packed = encode(
        Item(
            outgoing.conversation_id,
            outgoing.user_id if direct else "",
            outgoing.id,
            category,
            data,
            "" if category == "MESSAGE_RECALL" else quote_id,
        )
    )
    return _not_too_long(packed)


def packer(content: Content, bot_id: str, link_hosts: Collection[str] | None, *, groups: bool) -> Packer:
    """The same for many: all but the ids is put together once. Not for a `Quote` or a `Transcript`.

    Raises:
        Unsupported, ValueError: As `pack`.
    """
    category, data = _packed_content(content, "", bot_id, link_hosts)
    rest = b"," + encode({"category": category, "data_base64": data})[1:]

    def packed_for_group(message_id: str, to: str) -> bytes:
        ids = encode(to) + b',"recipient_id":"","message_id":' + encode(message_id)
        return _not_too_long(b'{"conversation_id":' + ids + rest)

    def packed_for_person(message_id: str, to: str) -> bytes:
        conversation = new_conversation_id(bot_id, to).encode()
        ids = b'","recipient_id":' + encode(to) + b',"message_id":' + encode(message_id)
        return _not_too_long(b'{"conversation_id":"' + conversation + ids + rest)

    return packed_for_group if groups else packed_for_person


def _not_too_long(packed: bytes) -> bytes:
    if len(packed) > BATCH_BYTES - 2:
        raise ValueError(f"the message has {len(packed)} bytes as JSON, expected at most {BATCH_BYTES - 2}")
    return packed


def _packed_content(content: Content, message_id: str, bot_id: str, hosts: Collection[str] | None) -> tuple[str, str]:
    """The category and the base64 of a content. Of a transcript alone it depends on the id of its message."""
    if isinstance(content, Text):
        return "PLAIN_TEXT", b64url(_text(content.text))
    category, payload = _payload(content, message_id, bot_id, hosts)
    return category, b64url(payload)


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


def _text(text: str) -> bytes:
    payload = text.encode()
    if not 0 < len(payload) <= MAX_TEXT_BYTES:
        raise ValueError(f"the text has {len(payload)} bytes, expected 1 to {MAX_TEXT_BYTES}")
    return payload


def _payload(content: Content, message_id: str, bot_id: str, hosts: Collection[str] | None) -> tuple[str, bytes]:
    match content:
        case Text(text):
            return "PLAIN_TEXT", _text(text)
        case Post(markdown):
            if not markdown:
                raise ValueError("the post is empty")
            return "PLAIN_POST", markdown.encode()
        case Buttons(buttons):
            return "APP_BUTTON_GROUP", encode(_checked_buttons(buttons, "buttons", hosts))
        case Card():
            return "APP_CARD", encode(_card(content, bot_id, hosts))
        case Recall(target):
            return "MESSAGE_RECALL", encode({"message_id": checked_id("message to take back", target)})
        case Pin(message_ids, pinned):
            if not 0 < len(message_ids) <= MAX_PINNED:
                raise ValueError(f"{len(message_ids)} messages to pin, expected 1 to {MAX_PINNED}")
            for one in message_ids:
                checked_id("message to pin", one)
            return "MESSAGE_PIN", encode({"action": "PIN" if pinned else "UNPIN", "message_ids": message_ids})
        case Transcript():
            return "PLAIN_TRANSCRIPT", transcript_payload(content, message_id)
        case _:
            return media_payload(content)


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
    return {**about, **given(cover_url=card.cover_url, icon_url=card.icon_url), **actions, "shareable": card.shareable}


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
