"""The JSON inside messages, as people's apps write it: what is needed of it, everything else optional.

Source: protocol/mixin.md 6.4 to 6.7
"""

from bot.wire import Value

Number = int | float | None


class MediaPayload(Value, frozen=True):
    attachment_id: str
    mime_type: str | None = None
    width: Number = None
    height: Number = None
    size: Number = None
    duration: Number = None
    thumbnail: str | None = None
    caption: str | None = None
    name: str | None = None
    waveform: str | None = None
    wave_form: str | None = None
    key: str | None = None
    digest: str | None = None


class StickerPayload(Value, frozen=True):
    sticker_id: str | None = None
    name: str | None = None
    album_id: str | None = None


class ContactPayload(Value, frozen=True):
    user_id: str


class LivePayload(Value, frozen=True):
    url: str
    thumb_url: str | None = None
    width: Number = None
    height: Number = None


class LocationPayload(Value, frozen=True):
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class ButtonPayload(Value, frozen=True):
    label: str
    action: str
    color: str | None = None


class CardPayload(Value, frozen=True):
    title: str | None = None
    description: str | None = None
    action: str | None = None
    icon_url: str | None = None
    cover_url: str | None = None
    actions: tuple[ButtonPayload, ...] | None = None
    shareable: bool | None = None
    app_id: str | None = None


class EntryPayload(Value, frozen=True):
    """One message of a transcript."""

    message_id: str | None = None
    user_id: str | None = None
    user_full_name: str | None = None
    category: str | None = None
    content: str | None = None
    created_at: str | None = None
    media_url: str | None = None
    media_name: str | None = None
    media_size: Number = None
    media_width: Number = None
    media_height: Number = None
    media_duration: Number = None
    media_mime_type: str | None = None
    media_waveform: str | None = None
    media_key: str | None = None
    media_digest: str | None = None
    thumb_image: str | None = None
    thumb_url: str | None = None
    sticker_id: str | None = None
    shared_user_id: str | None = None
    caption: str | None = None


class FileIdPayload(Value, frozen=True):
    attachment_id: str | None = None


class RecallPayload(Value, frozen=True):
    message_id: str


class PinPayload(Value, frozen=True):
    message_ids: tuple[str, ...]
    action: str | None = None


class GroupChangePayload(Value, frozen=True):
    action: str
    participant_id: str | None = None
    user_id: str | None = None
    role: str | None = None


class TransferPayload(Value, frozen=True):
    snapshot_id: str
    asset_id: str
    amount: str
    opponent_id: str | None = None
    counter_user_id: str | None = None
    memo: str | None = None
