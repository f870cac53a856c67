"""Files, stickers and places that a bot sends: what an app could not show is refused before it is sent."""

import base64
import json
from typing import Any

import pytest

from bot.errors import Unsupported
from bot.message import Audio, Contact, Content, File, Image, Live, Location, Sticker, Text, Video
from bot.mixin.contents import read_content
from bot.mixin.media import media_payload

ID = "a43f9015-0966-4831-94ac-447eed35a87e"
KEY, DIGEST = (base64.b64encode(bytes(size)).decode() for size in (64, 32))
STREAM = "https://x.example/s"

GOOD: list[Content] = [
    Contact(ID),
    Sticker(ID, "wave", ID),
    Image(ID, "image/png", 1, 32_768, 2 * 1024**3, "t" * 32_768, "c" * 1024),
    Image(ID, "image/png", 1, 1, 1, key=KEY, digest=DIGEST),
    Video(ID, "video/mp4", 16, 9, 1, 1, "t", "c"),
    Audio(ID, "audio/ogg", 1, 60_000, base64.b64encode(bytes(4096)).decode()),
    File(ID, "application/vnd.api+json", 1, "n" * 255, KEY, DIGEST),
    Live(STREAM, STREAM, 1, 1),
    Location(-90.0, 180.0, "n" * 255, "a" * 1024),
]


@pytest.mark.parametrize("content", GOOD, ids=lambda content: type(content).__name__)
def test_what_is_just_within_the_limits_comes_back_as_it_was(content: Content) -> None:
    """Packed and read again, every member is the same."""
    category, payload = media_payload(content)
    assert read_content(category, base64.b64encode(payload).decode(), ID) == content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Contact("me"), "id of the user is 'me'"),
        (Sticker(""), "id of the sticker is ''"),
        (Sticker(ID, album_id="x"), "id of the album"),
        (Image("a", "image/png", 1, 1, 1), "id of the attachment"),
        (Image(ID, "image/png", 1, 1, 0), "0 bytes of the file, expected 1 to 2147483648"),
        (Image(ID, "image/png", 0, 1, 1), "0 pixels of width"),
        (Image(ID, "image/png", 1, 40_000, 1), "40000 pixels of height"),
        (Image(ID, "text/html", 1, 1, 1), "expected one such as image/"),
        (Image(ID, "image/png\r\n", 1, 1, 1), "type of the file"),
        (Image(ID, "image/png", 1, 1, 1, "t" * 32_769), "thumbnail has 32769 characters"),
        (Image(ID, "image/png", 1, 1, 1, caption="c" * 1025), "caption has 1025"),
        (Image(ID, "image/png", 1, 1, 1, key=KEY), "digest of the file has 0 bytes, expected 32"),
        (Image(ID, "image/png", 1, 1, 1, key="*", digest=DIGEST), "key of the file is not base64"),
        (Video(ID, "video/mp4", 1, 1, 1, 0), "0 milliseconds of the video"),
        (Video(ID, "image/png", 1, 1, 1, 1), "expected one such as video/"),
        (Audio(ID, "audio/ogg", 1, 60_001), "60001 milliseconds of the audio, expected 1 to 60000"),
        (Audio(ID, "audio/ogg", 1, 1, "*"), "waveform is not base64"),
        (File(ID, "text/plain", 1, ""), "the file has no name"),
        (File(ID, "text/plain", 1, "n" * 256), "name of the file has 256"),
        (File(ID, "", 1, "n"), "type of the file is ''"),
        (Live("http://x.example", STREAM, 1, 1), "address of the stream"),
        (Live(STREAM, "", 1, 1), "picture of the stream"),
        (Live("https://x.example/\n", STREAM, 1, 1), "address of the stream"),
        (Location(0.0, 181.0), "not on earth"),
        (Location(0.0, 0.0, "n" * 256), "name of the place"),
    ],
)
def test_what_breaks_a_limit_is_refused_with_the_limit(content: Content, words: str) -> None:
    """The text says what was found, and what would do."""
    with pytest.raises(ValueError, match=words):
        media_payload(content)


def test_only_media_is_media() -> None:
    """Anything else is not for this."""
    with pytest.raises(Unsupported):
        media_payload(Text("x"))


def test_audio_says_waveform() -> None:
    """The name that the docs and the apps use, not the one of some SDKs."""
    made: dict[str, Any] = json.loads(media_payload(Audio(ID, "audio/ogg", 1, 1, "AAEC"))[1])
    assert made["waveform"] == "AAEC"
    assert "wave_form" not in made
