"""Messages that were passed on as one: from the JSON of their entries to what each of them says, and back.

Source: protocol/mixin.md 6.4
"""

from datetime import UTC, datetime
from typing import Any

from bot.message import (
    Audio,
    Card,
    Contact,
    File,
    Forwarded,
    Image,
    Live,
    Location,
    Post,
    Said,
    Sticker,
    Text,
    Transcript,
    Unknown,
    Video,
)
from bot.mixin.media import check_most, checked_id, given, media_payload
from bot.mixin.payloads import EntryPayload, FileIdPayload, LocationPayload, Number
from bot.wire import WireError, decoder, encode

MAX_ENTRIES = 100
MAX_NAME = 255

_entries = decoder(tuple[EntryPayload, ...])
_location = decoder(LocationPayload)
_file_id = decoder(FileIdPayload)


def read_transcript(payload: bytes) -> Transcript:
    """
    Raises:
        WireError: It is no array of entries.
    """
    return Transcript(tuple(_forwarded(entry) for entry in _entries(payload)))


def _forwarded(entry: EntryPayload) -> Forwarded:
    return Forwarded(
        entry.user_id or "", entry.user_full_name or "", _said(entry), _moment(entry.created_at), entry.message_id or ""
    )


def _said(entry: EntryPayload) -> Said:
    category = entry.category or ""
    kind, text = category.partition("_")[2], entry.content or ""
    width, height, size = whole(entry.media_width), whole(entry.media_height), whole(entry.media_size)
    duration, mime_type = whole(entry.media_duration), entry.media_mime_type or ""
    picture, caption = entry.thumb_image or "", entry.caption or ""
    key, digest = entry.media_key or "", entry.media_digest or ""
    match kind:
        case "TEXT":
            return Text(text)
        case "POST":
            return Post(text)
        case "STICKER":
            return Sticker(entry.sticker_id or "", entry.media_name or "")
        case "CONTACT":
            return Contact(entry.shared_user_id or "")
        case "LIVE":
            return Live(entry.media_url or "", entry.thumb_url or "", width, height)
        case "LOCATION":
            return _place(category, text)
        case "IMAGE":
            return Image(_attachment(text), mime_type, width, height, size, picture, caption, key, digest)
        case "VIDEO":
            return Video(_attachment(text), mime_type, width, height, size, duration, picture, caption, key, digest)
        case "AUDIO":
            return Audio(_attachment(text), mime_type, size, duration, entry.media_waveform or "", key, digest)
        case "DATA":
            return File(_attachment(text), mime_type, size, entry.media_name or "", key, digest)
    return Unknown(category, "unknown category")


def _place(category: str, text: str) -> Said:
    try:
        place = _location(text.encode())
    except WireError as error:
        return Unknown(category, str(error))
    return Location(place.latitude, place.longitude, place.name or "", place.address or "")


def _attachment(text: str) -> str:
    """The id of a file: some apps write it as it is, others as a member of an object."""
    if not text.startswith("{"):
        return text
    try:
        return _file_id(text.encode()).attachment_id or ""
    except WireError:
        return ""


def transcript_payload(transcript: Transcript, message_id: str) -> bytes:
    """The JSON of what a bot passes on; `message_id` is that of the message which carries it.

    Raises:
        Unsupported, ValueError: As for each of its messages said alone; 1 to 100 of them.
    """
    entries = transcript.entries
    if not 0 < len(entries) <= MAX_ENTRIES:
        raise ValueError(f"{len(entries)} messages in the transcript, expected 1 to {MAX_ENTRIES}")
    return encode([_entry(one, message_id) for one in entries])


def _entry(one: Forwarded, message_id: str) -> dict[str, Any]:
    checked_id("message in the transcript", one.message_id)
    if one.user_id:
        checked_id("sender in the transcript", one.user_id)
    check_most("name in the transcript", one.name, MAX_NAME)
    at = one.created_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    about = {"transcript_id": message_id, "message_id": one.message_id, "user_full_name": one.name, "created_at": at}
    return about | given(user_id=one.user_id) | _members(one.content)


def _members(said: Said) -> dict[str, Any]:
    match said:
        case Text(text) if text:
            return {"category": "PLAIN_TEXT", "content": text}
        case Post(markdown) if markdown:
            return {"category": "PLAIN_POST", "content": markdown}
        case Text() | Post():
            raise ValueError("a message in the transcript is empty")
        case Card() | Unknown():
            raise ValueError(f"a transcript cannot hold {type(said).__name__}")
    category, payload = media_payload(said)
    made: dict[str, Any] = {"category": category}
    match said:
        case Sticker(sticker_id, name):
            return made | {"sticker_id": sticker_id} | given(media_name=name)
        case Contact(user_id):
            return made | {"shared_user_id": user_id}
        case Live(url, thumb_url, width, height):
            return made | {"media_url": url, "thumb_url": thumb_url, "media_width": width, "media_height": height}
        case Location():
            return made | {"content": payload.decode()}
    file: dict[str, Any] = {
        "content": said.attachment_id,
        "media_mime_type": said.mime_type,
        "media_size": said.size,
        "media_status": "DONE",
    }
    file |= given(media_key=said.key, media_digest=said.digest)
    match said:
        case Image() | Video():
            file |= {"media_width": said.width, "media_height": said.height}
            file |= given(thumb_image=said.thumbnail, caption=said.caption)
        case File(name=name):
            file["media_name"] = name
    match said:
        case Video() | Audio():
            file["media_duration"] = said.duration_ms
    if isinstance(said, Audio):
        file |= given(media_waveform=said.waveform)
    return made | file


def whole(number: Number) -> int:
    """A size as a whole number; nonsense (missing, negative, beyond 2^53) becomes 0."""
    return int(number) if number is not None and 0 <= number <= 2**53 else 0


def _moment(text: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)
