"""Frames of Blaze: from bytes to what they mean, and the frames that a bot sends; no I/O.

A frame is one gzip member of JSON. Nothing in it is trusted: sizes, nesting and types are bounded, and a frame that
cannot be read gives up its message id, where it has one, so that it can be acknowledged and never comes back.

Source: protocol/mixin.md 7.2 to 7.6
"""

import re
import zlib
from datetime import UTC, datetime
from functools import lru_cache

from bot.message import Message, Unknown
from bot.mixin.contents import Unseal, read_content
from bot.mixin.conversation import conversation_id, is_uuid
from bot.wire import Raw, Value, WireError, decoder, encode

MAX_FRAME_BYTES = 4 * 1024 * 1024
MAX_INFLATED_BYTES = 10 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024
_SALVAGE_BYTES = 4096
_GZIP = 31


class Receipt(Value, tag=True, frozen=True):
    """A message that this bot sent was `DELIVERED` or `READ`. Never acknowledged."""

    message_id: str
    status: str


class Skip(Value, tag=True, frozen=True):
    """Nothing to handle, but to be acknowledged, with `status`, or it comes again."""

    message_id: str
    status: str
    category: str


class Answer(Value, tag=True, frozen=True):
    """The server did what the request `id` asked for."""

    id: str
    action: str


class Failure(Value, tag=True, frozen=True):
    """The server refused the request `id`, or the whole connection where the id is nil."""

    id: str
    code: int
    text: str


class Unreadable(Value, tag=True, frozen=True):
    """A frame that makes no sense; `message_id` is empty where none could be found."""

    message_id: str
    reason: str
    size: int


Part = Message | Receipt | Skip | Answer | Failure | Unreadable


class _View(Value, frozen=True):
    message_id: str | None = None
    conversation_id: str | None = None
    user_id: str | None = None
    category: str | None = None
    data: str | None = None
    data_base64: str | None = None
    status: str | None = None
    source: str | None = None
    created_at: str | None = None
    quote_message_id: str | None = None
    representative_id: str | None = None


class _Error(Value, frozen=True):
    code: int = 0
    description: str | None = None
    desciption: str | None = None  # so misspelt in one documented sample


class _Frame(Value, frozen=True):
    id: str | None = None
    action: str | None = None
    data: _View | tuple[Raw, ...] | None = None
    error: _Error | None = None


_read_frame = decoder(_Frame)
_read_view = decoder(_View)


def decode(frame: bytes, bot_id: str, unseal: Unseal | None = None) -> tuple[Part, ...]:
    """What a frame means, which is nothing for a frame that is of no interest. Never fails: see `Unreadable`."""
    try:
        text = inflate(frame)
        envelope = _read_frame(text)
    except WireError as error:
        return (Unreadable(salvage_message_id(frame), str(error), len(frame)),)
    action = envelope.action or ""
    if envelope.error is not None:
        error_text = envelope.error.description or envelope.error.desciption or ""
        return (Failure(envelope.id or "", envelope.error.code, error_text),)
    data = envelope.data
    if isinstance(data, _View):
        return _of_view(data, action, bot_id, len(frame), unseal)
    if data is None:
        return (Answer(envelope.id or "", action),) if envelope.id else ()
    parts: list[Part] = [Answer(envelope.id, action)] if envelope.id else []
    for raw in data:
        try:
            parts.extend(_of_view(_read_view(raw), action, bot_id, len(frame), unseal))
        except WireError as error:
            parts.append(Unreadable(_salvage(bytes(raw)), str(error), len(frame)))
    return tuple(parts)


def inflate(frame: bytes) -> bytes:
    """The JSON text of a frame.

    Raises:
        WireError: Not exactly one gzip member, or beyond the limits.
    """
    if len(frame) > MAX_FRAME_BYTES:
        raise WireError(f"the frame is larger than {MAX_FRAME_BYTES} bytes")
    member = zlib.decompressobj(_GZIP)
    try:
        text = member.decompress(frame, _PIECE_BYTES)
        if not member.eof:
            text = _inflate_rest(member, text)
    except zlib.error:
        raise WireError("not gzip") from None
    if member.unused_data:
        raise WireError("something follows the gzip member")
    return text


def _inflate_rest(member: "zlib._Decompress", text: bytes) -> bytes:
    """The text of a large frame, piece by piece: inflated at once, it would take three times its size to refuse it."""
    pieces, left = [text], MAX_INFLATED_BYTES - len(text)
    while not member.eof:
        piece = member.decompress(member.unconsumed_tail, _PIECE_BYTES)
        left -= len(piece)
        if left < 0:
            raise WireError(f"inflates to more than {MAX_INFLATED_BYTES} bytes")
        if not piece and not member.eof:
            raise WireError("the gzip member is cut off")
        pieces.append(piece)
    return b"".join(pieces)


def salvage_message_id(frame: bytes) -> str:
    """The message id in the first 4 KiB of text of a frame that was refused, or nothing."""
    try:
        return _salvage(zlib.decompressobj(_GZIP).decompress(frame[: 4 * _SALVAGE_BYTES], _SALVAGE_BYTES))
    except zlib.error:
        return ""


def list_pending_frame(request_id: str) -> bytes:
    """Ask for what was not acknowledged; without this nothing is delivered at all."""
    return pack_frame({"id": request_id, "action": "LIST_PENDING_MESSAGES"})


def pack_frame(content: object) -> bytes:
    return _deflate(encode(content))


def _of_view(view: _View, action: str, bot_id: str, size: int, unseal: Unseal | None) -> tuple[Part, ...]:
    message_id = view.message_id or ""
    if action == "ACKNOWLEDGE_MESSAGE_RECEIPT" or view.source == "ACKNOWLEDGE_MESSAGE_RECEIPT":
        return (Receipt(message_id, view.status or ""),) if message_id else ()
    if not message_id:
        return ()
    if not is_uuid(message_id):
        return (Unreadable("", "the message id is not a UUID", size),)
    category, chat, sender = view.category or "", view.conversation_id or "", view.user_id or ""
    listed = action == "LIST_PENDING_MESSAGES"
    if action != "CREATE_MESSAGE" and not listed:
        return (Skip(message_id, "READ" if action in _CALLS else "DELIVERED", category),)
    if not category or not chat:
        return ()  # the server confirms a message of our own
    if sender == bot_id or category.startswith(_IGNORED):
        return (Skip(message_id, "READ", category),)
    direct = chat == _contact(bot_id, sender)
    if not direct and not (is_uuid(sender) and is_uuid(chat)):
        return (Unreadable(message_id, "the conversation or the sender is not a UUID", size),)
    content = read_content(category, view.data_base64 or view.data or "", sender, unseal)
    if isinstance(content, Unknown) and category.startswith("SYSTEM_"):
        return (Skip(message_id, "READ", category),)  # nobody said it, so nobody waits for an answer
    backlog = listed or view.source == "LIST_PENDING_MESSAGES"
    quote_id, representative_id = view.quote_message_id or "", view.representative_id or ""
    created_at = _moment(view.created_at)
    return (
        Message(message_id, chat, sender, content, created_at, direct, backlog, quote_id, representative_id, category),
    )


@lru_cache(maxsize=4096)
def _contact(bot_id: str, sender: str) -> str:
    """The conversation of the bot with a sender; empty if that is nobody's id."""
    return conversation_id(bot_id, sender) if is_uuid(sender) else ""


_CALLS = frozenset({"CREATE_CALL", "CREATE_KRAKEN"})
_IGNORED = ("PLAIN_JSON", "SYSTEM_SESSION", "SYSTEM_USER", "SYSTEM_CIRCLE", "SIGNAL_", "WEBRTC_", "KRAKEN_")


def _moment(text: str | None) -> datetime:
    """A time of the server; the present where it makes no sense. Six fractional digits are kept of up to nine."""
    try:
        moment = datetime.fromisoformat(text or "")
        if moment.tzinfo is UTC:
            return moment
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.now(UTC)


_MESSAGE_ID = re.compile(rb'"message_id"\s*:\s*"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"')


def _salvage(text: bytes) -> str:
    start = text[:_SALVAGE_BYTES]
    match = _MESSAGE_ID.search(start)
    return match[1].decode() if match is not None and b"ACKNOWLEDGE_MESSAGE_RECEIPT" not in start else ""


def _deflate(text: bytes) -> bytes:
    member = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return member.compress(text) + member.flush()
