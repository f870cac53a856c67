"""Payloads of every category, as other people's apps write them."""

import json
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.errors import CannotOpen
from bot.message import (
    Audio,
    Button,
    Buttons,
    Card,
    Contact,
    Content,
    File,
    Forwarded,
    GroupChange,
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
    Transfer,
    Unknown,
    Unopened,
    Video,
)
from bot.mixin.contents import base64_bytes, read_content
from bot.mixin.packing import pack
from tests.bot.mixin.vectors import ANN, BOT_ID, case_id, cases

EPOCH = datetime.fromtimestamp(0, UTC)
FILE_ID = "8afa6187-74ce-4a0a-8260-5e13eaec41f1"

SENT: dict[str, Content] = {
    "sendText": Text("line one\nline two 👍"),
    "sendPost": Post("# Title\n\n```py\nx = 1\n```"),
    "sendSticker": Sticker("33da0034-527b-4496-ba0e-de094d562c65", "wave", "eebb0964-ae26-4be1-8829-c309d6a3f8b7"),
    "sendContact": Contact("02d29e5a-888a-4922-b65c-584982a6c230"),
    "sendImage": Image(FILE_ID, "image/jpeg", 640, 480, 12345, "iVBORw0KGgo="),
    "sendFile": File(FILE_ID, "application/pdf", 999, "report.pdf"),
    "sendAudio": Audio(FILE_ID, "audio/ogg", 4096, 1500, "AAECAwQ="),
    "sendVideo": Video(FILE_ID, "video/mp4", 1280, 720, 5000000, 30000, "iVBORw0KGgo="),
    "sendLive": Live("https://example.com/live.m3u8", "https://example.com/t.jpg", 1280, 720),
    "sendLocation": Location(51.5072, -0.1276),
    "sendAppCard": Card("T", "D", "https://example.com", "https://example.com/i.png", shareable=True, app_id=BOT_ID),
    "sendAppCard (buttons)": Card(
        "T",
        "D",
        cover_url="https://example.com/c.png",
        buttons=(Button("Go", "input:go", "#00AA00"), Button("Open", "https://example.com/o", "#AA0000")),
        app_id=BOT_ID,
    ),
    "sendAppButton": Buttons((Button("Yes", "input:yes", "#46B8DA"), Button("No", "input:no", "#D9534F"))),
    "sendRecall": Recall("292c2f95-47d1-4c05-b1b5-953c364ed545"),
}


def read(category: str, payload: object) -> Content:
    """What a payload means, given as JSON would be written."""
    text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return read_content(category, urlsafe_b64encode(text).decode(), ANN)


@pytest.mark.parametrize("case", cases("message_items"), ids=case_id)
def test_contents_of_the_node_sdk(case: dict[str, Any]) -> None:
    """What the Node SDK sends is read as what it says, including its odd name for the waveform."""
    assert read_content(case["item"]["category"], case["item"]["data_base64"], ANN) == SENT[case["name"]]


@pytest.mark.parametrize("case", cases("message_data_base64"), ids=case_id)
def test_base64_in_every_alphabet(case: dict[str, Any]) -> None:
    """Both alphabets are read, with and without padding."""
    for text in (case["data"], case["data_base64"], case["data"].rstrip("="), case["data_base64"] + "=="):
        assert base64_bytes(text).hex() == case["bytes_hex"]


@pytest.mark.parametrize(
    ("category", "payload", "content"),
    [
        ("PLAIN_AUDIO", {"attachment_id": "a", "waveform": "AA", "wave_form": "BB"}, Audio("a", "", 0, 0, "AA")),
        ("PLAIN_IMAGE", {"attachment_id": "a", "width": None, "height": 1.0}, Image("a", "", 0, 1, 0)),
        ("PLAIN_VIDEO", {"attachment_id": "a", "size": -1, "duration": 1e300}, Video("a", "", 0, 0, 0, 0)),
        ("PLAIN_STICKER", {"name": "old", "album_id": "b"}, Sticker("", "old", "b")),
        (
            "PLAIN_TRANSCRIPT",
            [{"message_id": "x"}, {"category": "SIGNAL_TEXT", "content": "hi", "user_full_name": "Ann"}],
            Transcript(
                (
                    Forwarded("", "", Unknown("", "unknown category"), EPOCH, "x"),
                    Forwarded("", "Ann", Text("hi"), EPOCH),
                )
            ),
        ),
        ("PLAIN_LOCATION", {"latitude": 1, "longitude": 2, "name": "N"}, Location(1.0, 2.0, "N")),
        ("MESSAGE_PIN", {"action": "PIN", "message_ids": ["a"]}, Pin(("a",))),
        ("MESSAGE_PIN", {"action": "UNPIN", "message_ids": ["a"]}, Pin(("a",), pinned=False)),
        ("SYSTEM_CONVERSATION", {"action": "ADD", "participant_id": "p"}, GroupChange("ADD", "p", ANN)),
        (
            "SYSTEM_CONVERSATION",
            {"action": "ROLE", "user_id": "u", "role": "ADMIN"},
            GroupChange("ROLE", "", "u", "ADMIN"),
        ),
        (
            "SYSTEM_ACCOUNT_SNAPSHOT",
            {"snapshot_id": "s", "asset_id": "a", "amount": "-1", "counter_user_id": "c", "memo": "m"},
            Transfer("s", "a", "-1", "c", "m", safe=False),
        ),
        (
            "SYSTEM_SAFE_SNAPSHOT",
            {"snapshot_id": "s", "asset_id": "a", "amount": "1", "opponent_id": "o", "memo": None},
            Transfer("s", "a", "1", "o"),
        ),
        (
            "APP_CARD",
            {"action": " ", "actions": [{"label": "L", "action": "A"}]},
            Card("", "", buttons=(Button("L", "A"),)),
        ),
        ("APP_CARD", {"title": "T", "action": "x", "cover_url": "c", "actions": []}, Card("T", "", "x")),
    ],
)  # fmt: skip
def test_shapes_of_other_apps(category: str, payload: object, content: Content) -> None:
    """Members that are missing, null, old or odd are read with their defaults."""
    assert read(category, payload) == content


@pytest.mark.parametrize(
    ("category", "payload"),
    [
        ("PLAIN_TEXT", b"\xff\xfe"),
        ("PLAIN_TEXT", b"\xed\xa0\x80"),
        ("PLAIN_POST", b"\xff"),
        ("PLAIN_CONTACT", b"{"),
        ("PLAIN_CONTACT", {}),
        ("PLAIN_CONTACT", {"user_id": 5}),
        ("PLAIN_CONTACT", []),
        ("PLAIN_IMAGE", {"attachment_id": None}),
        ("PLAIN_LOCATION", {"latitude": "1", "longitude": 2}),
        ("PLAIN_LOCATION", b'{"latitude": NaN, "longitude": 2}'),
        ("PLAIN_TRANSCRIPT", {}),
        ("PLAIN_TRANSCRIPT", b"[" * 100_000),
        ("APP_CARD", {"actions": {"buttons": []}}),
        ("APP_BUTTON_GROUP", [{"label": "L"}]),
        ("MESSAGE_RECALL", b""),
        ("MESSAGE_PIN", {"message_ids": ["a", 5]}),
        ("SYSTEM_CONVERSATION", {"participant_id": "p"}),
        ("SYSTEM_SAFE_SNAPSHOT", {"snapshot_id": "s", "asset_id": "a", "amount": 1.5}),
        ("ENCRYPTED_TEXT", b"\x01"),
        ("SIGNAL_TEXT", b"\x01"),
        ("NOBODY_KNOWS", b""),
    ],
)
def test_F47_poisoned_payloads(category: str, payload: object) -> None:
    """A payload that cannot be read is unknown, with the category and a reason that quotes nothing of it."""
    content = read(category, payload)
    assert isinstance(content, Unknown)
    assert content.kind == category
    assert 0 < len(content.reason) < 120


@pytest.mark.parametrize("data", ["*", "é", "A", "\x00"])
def test_payload_that_is_no_base64(data: str) -> None:
    """Letters that are no base64 make an unknown content, or an empty text where nothing is left of them."""
    assert read_content("PLAIN_TEXT", data, ANN) in {Unknown("PLAIN_TEXT", "not base64"), Text("")}


def test_T3_transfer_written_as_text_stays_text() -> None:
    """A text that looks like a transfer is a text: the category of the envelope decides."""
    payload = json.dumps({"type": "transfer", "snapshot_id": "s", "asset_id": "a", "amount": "9999"})
    assert read("PLAIN_TEXT", payload.encode()) == Text(payload)


def test_standard_alphabet_is_read_like_the_other() -> None:
    """`data` in the old alphabet gives the same text."""
    assert read_content("PLAIN_TEXT", b64encode("¿?¿?>>".encode()).decode(), ANN) == Text("¿?¿?>>")


@pytest.mark.parametrize("case", cases("message_items"), ids=case_id)
def test_what_was_sealed_is_read_like_its_plain_twin(case: dict[str, Any]) -> None:
    """Every kind that can be sealed means the same once opened; what is never sealed is not looked for under a seal."""
    category, data = case["item"]["category"], case["item"]["data_base64"]
    turned = urlsafe_b64encode(base64_bytes(data)[::-1]).decode()
    content = read_content(f"ENCRYPTED_{category.partition('_')[2]}", turned, ANN, lambda sealed: sealed[::-1])
    if category.startswith("PLAIN_"):
        assert content == SENT[case["name"]]
    else:
        assert isinstance(content, Unknown)


def test_what_cannot_be_opened() -> None:
    """It is told apart from what cannot be read, with the reason."""

    def refuse(_: bytes) -> bytes:
        raise CannotOpen("for others")

    assert read_content("ENCRYPTED_POST", "SGk", ANN, refuse) == Unopened("ENCRYPTED_POST", "for others")
    assert read_content("ENCRYPTED_CONTACT", "SGk", ANN, lambda sealed: sealed).__class__ is Unknown


KINDS = {"IMAGE": "image/png", "VIDEO": "video/mp4", "AUDIO": "audio/ogg", "DATA": "text/plain"}


@pytest.mark.parametrize("category", KINDS)
def test_the_key_of_a_sealed_file(category: str) -> None:
    """Key and digest of a file come with its message, and go with it."""
    key, digest = b64encode(bytes(64)).decode(), b64encode(bytes(32)).decode()
    about = {"mime_type": KINDS[category], "width": 1, "height": 1, "size": 1, "duration": 1, "name": "n"}
    payload = json.dumps({"attachment_id": FILE_ID, "key": key, "digest": digest} | about).encode()
    content = read_content(f"ENCRYPTED_{category}", b64encode(payload).decode(), ANN, lambda sealed: sealed)
    assert isinstance(content, Image | Video | Audio | File)
    assert (content.key, content.digest) == (key, digest)
    sent = json.loads(pack(Outgoing(FILE_ID, FILE_ID, ANN, content), BOT_ID))
    assert read_content(sent["category"], sent["data_base64"], ANN) == content
