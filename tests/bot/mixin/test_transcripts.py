"""Messages passed on as one: what each of them says, both ways."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.message import (
    Audio,
    Card,
    Contact,
    File,
    Forwarded,
    Image,
    Live,
    Location,
    Outgoing,
    Post,
    Said,
    Sticker,
    Text,
    Transcript,
    Unknown,
    Video,
)
from bot.mixin.contents import base64_bytes, read_content
from bot.mixin.packing import pack
from bot.mixin.transcripts import read_transcript, transcript_payload
from bot.wire import WireError
from tests.bot.mixin.vectors import ANN, BOT_ID, CHAT

ID = "a43f9015-0966-4831-94ac-447eed35a87e"
FILE = "8afa6187-74ce-4a0a-8260-5e13eaec41f1"
NOON = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)
STREAM = "https://x.example/s"

EVERYTHING: list[Said] = [
    Text("hi"),
    Post("# hi"),
    Sticker(FILE, "wave"),
    Contact(ANN),
    Image(FILE, "image/png", 4, 3, 99, "t", "a caption"),
    Video(FILE, "video/mp4", 16, 9, 99, 1500, "t", "c"),
    Audio(FILE, "audio/ogg", 99, 1500, "AAEC"),
    File(FILE, "text/plain", 99, "a.txt"),
    Live(STREAM, STREAM, 16, 9),
    Location(1.5, 2.5, "Here", "There"),
]


def entries(*said: Said) -> tuple[Forwarded, ...]:
    return tuple(Forwarded(ANN, "Ann", one, NOON, ID) for one in said)


def test_a_transcript_comes_back_as_it_was() -> None:
    """Every kind of message, with who said it and when."""
    transcript = Transcript(entries(*EVERYTHING))
    packed: dict[str, Any] = json.loads(pack(Outgoing(ID, CHAT, ANN, transcript), BOT_ID))
    assert packed["category"] == "PLAIN_TRANSCRIPT"
    assert read_content(packed["category"], packed["data_base64"], ANN) == transcript
    written = json.loads(base64_bytes(packed["data_base64"]))
    assert {one["transcript_id"] for one in written} == {ID}
    assert {one["created_at"] for one in written} == {"2026-01-02T12:00:00.123456Z"}


def test_a_file_of_an_encrypted_chat_is_named_in_an_object() -> None:
    """Some apps write the id of a file as a member of an object, and give key and digest beside it."""
    entry = {
        "category": "SIGNAL_IMAGE", "content": json.dumps({"attachment_id": FILE}), "media_mime_type": "image/png",
        "media_key": "k", "media_digest": "d", "media_width": None, "created_at": "yesterday",
    }  # fmt: skip
    (one,) = read_transcript(json.dumps([entry]).encode()).entries
    assert one.content == Image(FILE, "image/png", 0, 0, 0, key="k", digest="d")
    assert one.created_at == datetime.fromtimestamp(0, UTC)


@pytest.mark.parametrize("content", ["nowhere", '{"latitude": 1}', ""])
def test_what_cannot_be_read_is_unknown_and_the_rest_is_there(content: str) -> None:
    """One bad entry does not take the others with it."""
    raw = [{"category": "PLAIN_LOCATION", "content": content}, {"category": "PLAIN_TEXT", "content": "hi"}, {}]
    found = [one.content for one in read_transcript(json.dumps(raw).encode()).entries]
    assert isinstance(found[0], Unknown)
    assert found[1:] == [Text("hi"), Unknown("", "unknown category")]


@pytest.mark.parametrize("payload", [b"{}", b"[1]", b"[[]]", b"[" * 10_000])
def test_what_is_no_transcript_is_refused(payload: bytes) -> None:
    """Not an array of objects."""
    with pytest.raises(WireError):
        read_transcript(payload)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ((), "0 messages in the transcript"),
        (entries(*[Text("x")] * 101), "101 messages in the transcript"),
        (entries(Text("")), "is empty"),
        (entries(Card("T", "D")), "cannot hold Card"),
        (entries(Image("a", "image/png", 1, 1, 1)), "id of the attachment"),
        ((Forwarded(ANN, "Ann", Text("x"), NOON, ""),), "id of the message in the transcript"),
        ((Forwarded("x", "Ann", Text("x"), NOON, ID),), "id of the sender in the transcript"),
        ((Forwarded(ANN, "A" * 256, Text("x"), NOON, ID),), "name in the transcript"),
    ],
)
def test_limits_of_what_is_passed_on(said: tuple[Forwarded, ...], words: str) -> None:
    """Each message keeps the limits that it has alone, and there are 1 to 100 of them."""
    with pytest.raises(ValueError, match=words):
        transcript_payload(Transcript(said), ID)
