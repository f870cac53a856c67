"""What people say, from the payload of a message to a `Content`; the other way round is in `packing`.

A payload that cannot be read becomes `Unknown`, with the category and the reason, and one that cannot be opened
`Unopened`: one message never stops the others. What comes out of a sealed one is read like what was never sealed.

Source: protocol/mixin.md 6.4 to 6.7, and 9
"""

import binascii
from collections.abc import Callable

from bot.errors import CannotOpen
from bot.message import (
    Audio,
    Button,
    Buttons,
    Card,
    Contact,
    Content,
    File,
    GroupChange,
    Image,
    Live,
    Location,
    Pin,
    Post,
    Recall,
    Sticker,
    Text,
    Transfer,
    Unknown,
    Unopened,
    Video,
)  # fmt: skip
from bot.mixin.payloads import (
    ButtonPayload,
    CardPayload,
    ContactPayload,
    GroupChangePayload,
    LivePayload,
    LocationPayload,
    MediaPayload,
    PinPayload,
    RecallPayload,
    StickerPayload,
    TransferPayload,
)
from bot.mixin.transcripts import read_transcript, whole
from bot.wire import WireError, decoder

_media = decoder(MediaPayload)
_sticker = decoder(StickerPayload)
_contact = decoder(ContactPayload)
_live = decoder(LivePayload)
_location = decoder(LocationPayload)
_buttons = decoder(tuple[ButtonPayload, ...])
_card = decoder(CardPayload)
_recall = decoder(RecallPayload)
_pin = decoder(PinPayload)
_group_change = decoder(GroupChangePayload)
_transfer = decoder(TransferPayload)


SEALED = "ENCRYPTED_"

Unseal = Callable[[bytes], bytes]
"""Opens what was sealed for the bot; raises CannotOpen."""


def read_content(category: str, data_base64: str, actor_id: str, unseal: Unseal | None = None) -> Content:
    """What a message says; `actor_id` is the sender of its envelope. Never fails: see `Unknown`."""
    try:
        payload = base64_bytes(data_base64)
        if category == "PLAIN_TEXT":
            return Text(payload.decode())
        read = _READERS.get(category)
        if read is None:
            return _unsealed(category, payload, unseal)
        content = read(payload)
    except (WireError, UnicodeDecodeError) as error:
        return Unknown(category, str(error) if isinstance(error, WireError) else "not UTF-8")
    except binascii.Error:
        return Unknown(category, "not base64")
    if isinstance(content, GroupChange) and not content.actor_id:
        return GroupChange(content.action, content.user_id, actor_id, content.role)
    return content


def _unsealed(category: str, payload: bytes, unseal: Unseal | None) -> Content:
    """What was said under seal, read as its plain twin."""
    twin = "PLAIN_" + category.removeprefix(SEALED)
    if not category.startswith(SEALED) or not (twin == "PLAIN_TEXT" or twin in _READERS):
        return Unknown(category, "unknown category")
    if unseal is None:
        return Unknown(category, "encrypted")
    try:
        plain = unseal(payload)
    except CannotOpen as error:
        return Unopened(category, str(error))
    return Text(plain.decode()) if twin == "PLAIN_TEXT" else _READERS[twin](plain)


def base64_bytes(text: str) -> bytes:
    """Bytes of base64 in either alphabet, padded or not.

    Raises:
        binascii.Error: It is neither.
    """
    if not text.isascii():
        raise binascii.Error("not ASCII")
    if "-" in text or "_" in text:
        return binascii.a2b_base64(text.encode().translate(_STANDARD_ALPHABET) + b"==")
    return binascii.a2b_base64(text + "==")  # more padding than needed does no harm


_STANDARD_ALPHABET = bytes.maketrans(b"-_", b"+/")


def _image(payload: bytes) -> Image:
    media = _media(payload)
    return Image(
        media.attachment_id, media.mime_type or "", whole(media.width), whole(media.height), whole(media.size),
        media.thumbnail or "", media.caption or "", media.key or "", media.digest or "",
    )  # fmt: skip


def _video(payload: bytes) -> Video:
    media = _media(payload)
    return Video(
        media.attachment_id, media.mime_type or "", whole(media.width), whole(media.height), whole(media.size),
        whole(media.duration), media.thumbnail or "", media.caption or "", media.key or "", media.digest or "",
    )  # fmt: skip


def _audio(payload: bytes) -> Audio:
    media = _media(payload)
    waveform = media.waveform or media.wave_form or ""
    return Audio(
        media.attachment_id, media.mime_type or "", whole(media.size), whole(media.duration), waveform,
        media.key or "", media.digest or "",
    )  # fmt: skip


def _file(payload: bytes) -> File:
    media = _media(payload)
    return File(
        media.attachment_id, media.mime_type or "", whole(media.size), media.name or "",
        media.key or "", media.digest or "",
    )  # fmt: skip


def _read_sticker(payload: bytes) -> Sticker:
    sticker = _sticker(payload)
    return Sticker(sticker.sticker_id or "", sticker.name or "", sticker.album_id or "")


def _read_live(payload: bytes) -> Live:
    live = _live(payload)
    return Live(live.url, live.thumb_url or "", whole(live.width), whole(live.height))


def _read_location(payload: bytes) -> Location:
    place = _location(payload)
    return Location(place.latitude, place.longitude, place.name or "", place.address or "")


def _button(button: ButtonPayload) -> Button:
    return Button(button.label, button.action, button.color or Button("", "").color)


def _read_card(payload: bytes) -> Card:
    card = _card(payload)
    action = (card.action or "").strip()
    return Card(
        card.title or "",
        card.description or "",
        action,
        card.icon_url or "",
        "" if action else card.cover_url or "",
        () if action else tuple(_button(button) for button in card.actions or ()),
        bool(card.shareable),
        card.app_id or "",
    )


def _read_pin(payload: bytes) -> Pin:
    pin = _pin(payload)
    return Pin(pin.message_ids, pin.action != "UNPIN")


def _read_group_change(payload: bytes) -> GroupChange:
    change = _group_change(payload)
    return GroupChange(change.action, change.participant_id or "", change.user_id or "", change.role or "")


def _read_transfer(payload: bytes, *, safe: bool) -> Transfer:
    transfer = _transfer(payload)
    opponent_id = transfer.opponent_id or transfer.counter_user_id or ""
    return Transfer(transfer.snapshot_id, transfer.asset_id, transfer.amount, opponent_id, transfer.memo or "", safe)


_READERS: dict[str, Callable[[bytes], Content]] = {
    "PLAIN_POST": lambda payload: Post(payload.decode()),
    "PLAIN_STICKER": _read_sticker,
    "PLAIN_IMAGE": _image,
    "PLAIN_VIDEO": _video,
    "PLAIN_AUDIO": _audio,
    "PLAIN_DATA": _file,
    "PLAIN_CONTACT": lambda payload: Contact(_contact(payload).user_id),
    "PLAIN_LIVE": _read_live,
    "PLAIN_LOCATION": _read_location,
    "PLAIN_TRANSCRIPT": read_transcript,
    "APP_BUTTON_GROUP": lambda payload: Buttons(tuple(_button(button) for button in _buttons(payload))),
    "APP_CARD": _read_card,
    "MESSAGE_RECALL": lambda payload: Recall(_recall(payload).message_id),
    "MESSAGE_PIN": _read_pin,
    "SYSTEM_CONVERSATION": _read_group_change,
    "SYSTEM_ACCOUNT_SNAPSHOT": lambda payload: _read_transfer(payload, safe=False),
    "SYSTEM_SAFE_SNAPSHOT": lambda payload: _read_transfer(payload, safe=True),
    "SYSTEM_SAFE_INSCRIPTION": lambda payload: _read_transfer(payload, safe=True),
}
