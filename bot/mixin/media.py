"""Stickers, files, places and people that the bot sends, as the JSON of a message, with every limit checked; no I/O.

An app that is given less than it needs shows an empty frame, or nothing: what is refused here never gets that far.

Source: protocol/mixin.md 6.2, 6.4 and 9.8
"""

import binascii
import re
from binascii import a2b_base64
from typing import Any

from bot.errors import Unsupported
from bot.message import Audio, Contact, Content, File, Image, Live, Location, Sticker, Video
from bot.mixin.conversation import is_uuid
from bot.wire import encode

MAX_FILE_BYTES = 2 * 1024**3
MAX_PIXELS = 32_768
MAX_AUDIO_MS = 60_000
MAX_VIDEO_MS = 24 * 3_600_000
MAX_THUMBNAIL = 32 * 1024
MAX_WAVEFORM_BYTES = 4096
MAX_CAPTION = 1024
MAX_NAME = 255
MAX_URL = 2048
KEY_BYTES, DIGEST_BYTES = 64, 32

_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}")


def media_payload(content: Content) -> tuple[str, bytes]:
    """Category and payload.

    Raises:
        Unsupported: Nothing that a bot can say.
        ValueError: It breaks a limit; the text says which, and what was found.
    """
    match content:
        case Contact(user_id):
            return "PLAIN_CONTACT", encode({"user_id": checked_id("user", user_id)})
        case Sticker(sticker_id, name, album_id):
            found = {"sticker_id": checked_id("sticker", sticker_id)}
            if album_id:
                checked_id("album", album_id)
            return "PLAIN_STICKER", encode(found | given(name=name, album_id=album_id))
        case Live(url, thumb_url, width, height):
            _check_url("stream", url)
            _check_url("picture of the stream", thumb_url)
            _check_frame(width, height)
            return "PLAIN_LIVE", encode({"width": width, "height": height, "thumb_url": thumb_url, "url": url})
        case Location(latitude, longitude, name, address):
            if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
                raise ValueError("the place is not on earth: latitude -90 to 90, longitude -180 to 180")
            check_most("name of the place", name, MAX_NAME)
            check_most("address of the place", address, MAX_CAPTION)
            place = {"longitude": longitude, "latitude": latitude}
            return "PLAIN_LOCATION", encode(place | given(name=name, address=address))
        case Image() | Video() | Audio() | File():
            return _file_payload(content)
    raise Unsupported(f"a bot cannot send {type(content).__name__}")


def _file_payload(content: Image | Video | Audio | File) -> tuple[str, bytes]:
    checked_id("attachment", content.attachment_id)
    _check_between("bytes of the file", content.size, 1, MAX_FILE_BYTES)
    about: dict[str, Any] = {
        "attachment_id": content.attachment_id,
        "mime_type": content.mime_type,
        "size": content.size,
    }
    keys = given(key=content.key, digest=content.digest)
    if keys:
        _check_base64("key of the file", content.key, KEY_BYTES, KEY_BYTES)
        _check_base64("digest of the file", content.digest, DIGEST_BYTES, DIGEST_BYTES)
    match content:
        case File(name=name):
            _check_type(content.mime_type, "")
            if not name:
                raise ValueError("the file has no name")
            check_most("name of the file", name, MAX_NAME)
            return "PLAIN_DATA", encode(about | {"name": name} | keys)
        case Audio():
            _check_type(content.mime_type, "audio/")
            _check_between("milliseconds of the audio", content.duration_ms, 1, MAX_AUDIO_MS)
            _check_base64("waveform", content.waveform, 0, MAX_WAVEFORM_BYTES)
            return "PLAIN_AUDIO", encode(about | {"duration": content.duration_ms, "waveform": content.waveform} | keys)
        case Image():
            category, more = "PLAIN_IMAGE", {}
            _check_type(content.mime_type, "image/")
        case _:
            category, more = "PLAIN_VIDEO", {"duration": content.duration_ms}
            _check_type(content.mime_type, "video/")
            _check_between("milliseconds of the video", content.duration_ms, 1, MAX_VIDEO_MS)
    _check_frame(content.width, content.height)
    check_most("thumbnail", content.thumbnail, MAX_THUMBNAIL)
    check_most("caption", content.caption, MAX_CAPTION)
    frame = {"width": content.width, "height": content.height} | more
    return category, encode(about | frame | given(thumbnail=content.thumbnail, caption=content.caption) | keys)


def checked_id(what: str, found: str) -> str:
    """
    Raises:
        ValueError: It is no UUID.
    """
    if not is_uuid(found):
        raise ValueError(f"the id of the {what} is {found[:40]!r}, expected a UUID")
    return found


def check_most(what: str, found: str, most: int) -> None:
    """
    Raises:
        ValueError: It is longer.
    """
    if len(found) > most:
        raise ValueError(f"the {what} has {len(found)} characters, expected at most {most}")


def given(**members: str) -> dict[str, str]:
    """Those that say something."""
    return {name: value for name, value in members.items() if value}


def _check_between(what: str, found: int, least: int, most: int) -> None:
    if not least <= found <= most:
        raise ValueError(f"{found} {what}, expected {least} to {most}")


def _check_frame(width: int, height: int) -> None:
    _check_between("pixels of width", width, 1, MAX_PIXELS)
    _check_between("pixels of height", height, 1, MAX_PIXELS)


def _check_type(mime_type: str, kind: str) -> None:
    if not _TYPE.fullmatch(mime_type) or not mime_type.startswith(kind):
        raise ValueError(f"the type of the file is {mime_type[:80]!r}, expected one such as {kind or 'text/'}…")


def _check_url(what: str, url: str) -> None:
    if not url.startswith("https://") or not url.isprintable() or " " in url:
        raise ValueError(f"the address of the {what} is {url[:80]!r}, expected one that begins with https://")
    check_most(f"address of the {what}", url, MAX_URL)


def _check_base64(what: str, text: str, least: int, most: int) -> None:
    try:
        size = len(a2b_base64(text, strict_mode=True)) if text else 0
    except (binascii.Error, ValueError):
        raise ValueError(f"the {what} is not base64") from None
    if not least <= size <= most:
        raise ValueError(f"the {what} has {size} bytes, expected {least} to {most}")
