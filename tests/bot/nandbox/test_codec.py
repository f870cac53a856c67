"""Frames of nandbox: those of its SDKs and its live service are understood, and no frame at all is an exception.

MIXBOT_E2E_NANDBOX_FRAMES=1000000 python -m pytest tests/bot/nandbox/test_codec.py reads that many mutated frames.
"""

import json
import os
import random
import resource
from typing import Any

import pytest

from bot.message import Audio, Contact, Content, File, Image, Location, Outgoing, Sticker, Text, Unknown, Video
from bot.nandbox.account import nandbox_account
from bot.nandbox.codec import (
    PING,
    Ack,
    Answer,
    Event,
    Failure,
    Hello,
    Other,
    Pong,
    Unreadable,
    decode_frame,
    login_frame,
    question_frame,
)
from bot.nandbox.incoming import message_of, quoted_id
from bot.nandbox.packing import References, pack
from bot.nandbox.views import about, chat, entry, member
from tests.bot.nandbox.server import APP, BOT, NADIA, TOKEN
from tests.bot.nandbox.speech import message, press
from tests.bot.nandbox.vectors import vectors, whole

FRAMES = int(os.environ.get("MIXBOT_E2E_NANDBOX_FRAMES", "20000"))
PUSHED = [case for case in vectors("unsolicited_frames") if case.get("frame")]
LIVE = vectors("live_frames")

KINDS: dict[str, type[Content]] = {
    "text": Text, "photo": Image, "gif": Image, "video": Video, "audio": Audio, "voice": Audio, "document": File,
    "text_file": File, "location": Location, "contact": Contact, "sticker": Sticker, "article": Unknown,
}  # fmt: skip


def frame_of(case: dict[str, Any]) -> Any:
    found = case["frame"]
    return found.get("json", found)


@pytest.mark.parametrize("case", [*PUSHED, *LIVE], ids=lambda case: str(case["id"]))
def test_vectors_of_frames_are_understood(case: dict[str, Any]) -> None:
    """Every frame that a server may push, and every one seen live, is what the document says it is."""
    frame = frame_of(case)
    method = frame.get("method")
    expected: dict[str, type] = {
        "message": Event, "chatMenuCallback": Event, "inlineMessageCallback": Event, "userStartedBot": Event,
        "userJoinedBot": Event, "messageAck": Ack, "PONG": Pong, "TOKEN_AUTH_OK": Hello, "chatMember": Answer,
    }  # fmt: skip

    for text in (json.dumps(frame), json.dumps(frame, ensure_ascii=False).replace("/", "\\/")):
        found = decode_frame(text.encode())
        assert type(found) is (expected.get(method, Other) if method else Failure)
        if isinstance(found, Event) and method == "message" and "status" not in frame["message"]:
            heard = message_of(found, BOT)
            group = frame["message"]["chat"].get("type") == "Group"
            assert (heard is None) == group
            if heard is not None:
                assert type(heard.content) is KINDS[frame["message"]["type"]]
                assert quoted_id(heard.id) == frame["message"]["message_id"]
                assert heard.user_id == frame["message"]["from"]["id"]


def test_numbers_beyond_floating_point_arrive_exactly() -> None:
    """The reference of a live acknowledgement, and the `localId` of a live login, to their last digit."""
    ack = decode_frame(json.dumps(next(frame_of(case) for case in LIVE if case["id"] == "ack-direct")).encode())
    hello = decode_frame(json.dumps(next(frame_of(case) for case in LIVE if case["id"] == "auth-ok-2024")).encode())

    assert isinstance(ack, Ack)
    assert isinstance(hello, Hello)
    assert (ack.reference, hello.local_id) == (48913256797508938, 11351144149304647)


@pytest.mark.parametrize("sdk", ["python_2_1_0", "node_1_2_19", "node_1_5_7"])
def test_vectors_of_the_handshake(sdk: str) -> None:
    """The first frame is that of the SDKs, and the answer to it is read."""
    case = whole("handshake")[sdk]
    account = nandbox_account(TOKEN)
    assert account is not None
    (reply,) = case["reply"]

    assert json.loads(login_frame(account.token)) == case["first_frame"]["json"]
    assert json.loads(PING) == json.loads(whole("handshake")["ping"]["node"])
    assert isinstance(decode_frame(whole("handshake")["ping"]["reply"].encode()), Pong)
    assert decode_frame(reply["raw"].encode()) == Hello(BOT, "Harbour Helper", 0, 1774000000000)


@pytest.mark.parametrize(
    "case",
    [case for sdk in ("python_sdk", "node_sdk_npm", "node_sdk_github") for case in vectors(f"requests_{sdk}")
     if case.get("reply")],
    ids=lambda case: str(case["id"]),
)  # fmt: skip
def test_vectors_of_replies_are_understood(case: dict[str, Any]) -> None:
    """No reply that an SDK was given is unreadable; those that we ask for are read into values."""
    for reply in case["reply"]:
        text = reply["raw"] if "raw" in reply else json.dumps(reply)
        found = decode_frame(text.encode())
        assert not isinstance(found, Unreadable)
        if isinstance(found, Answer):
            views = (entry(found.body.get("user")), chat(found.body.get("chat")), member(found.body.get("chatMember")))
            assert any(views) or found.method == "chatAdministrators"


@pytest.mark.parametrize(
    ("vector", "content"),
    [
        ("py-26-send_text", Text("hello world")),
        ("py-28-send_photo", Image("f00d.jpg", "image/jpeg", 1, 1, 1, caption="A caption")),
        ("py-30-send_video", Video("f00d.mp4", "video/mp4", 1, 1, 1, 1, caption="A caption")),
        ("py-32-send_voice", Audio("f00d.ogg", "audio/ogg", 700, 1)),
        ("py-33-send_document", File("f00d.pdf", "application/pdf", 1024, "Rota.pdf")),
        ("py-34-send_location", Location(30.0444, 31.2357, "Cairo", "HQ")),
    ],
)
def test_vectors_of_what_is_sent(vector: str, content: Content) -> None:
    """What the official SDK sends for a content, we send; the reference is ours, and captions of files are left out."""
    (expected,) = [case["request"]["json"] for case in vectors("requests_python_sdk") if case["id"] == vector]
    sent = json.loads(pack(Outgoing("7" * 32, expected["chat_id"], NADIA, content), References(), APP))

    assert 1 << 50 < sent["reference"] < 1 << 53
    optional = set() if "caption" in sent else {"caption"}
    assert sent == {**{key: expected[key] for key in expected.keys() - optional}, "reference": sent["reference"]}


def test_vectors_of_what_is_asked() -> None:
    """getUser, getChat and getChatMember as the official SDK asks them, but with references as text."""
    expected = {case["id"]: case["request"]["json"] for case in vectors("requests_python_sdk") if case.get("request")}
    for vector, members in (
        ("py-00-get_user", {"user_id": "90089584000000899"}),
        ("py-05-get_chat", {"chat_id": "90090684000002188"}),
        ("py-06-get_chat_member", {"chat_id": "90090684000002188", "user_id": "90089584000000899"}),
    ):
        wanted = expected[vector] | {"reference": str(expected[vector]["reference"])}
        asked = question_frame(wanted["method"], members, app_id=APP, reference=wanted["reference"])
        assert json.loads(asked) == wanted


@pytest.mark.timeout(3600)
def test_T30_mutated_frames_raise_nothing() -> None:
    """Proper frames, damaged at random: each is a value, and what is made of it is, too; memory does not grow."""
    seeds = [json.dumps(frame_of(case)).encode() for case in (*PUSHED, *LIVE)]
    seeds += [json.dumps(case["reply"][0]).encode() for case in vectors("get_user")]
    seeds += [json.dumps(each).encode() for each in (message("/ping"), press("input:/ping"))]
    chance = random.Random(20260101)
    for number in range(FRAMES):
        _read(_damaged(chance, chance.choice(seeds)))
        if number == FRAMES // 4:
            before = _most_memory()
    assert _most_memory() - before < 16


def _most_memory() -> float:
    """MiB of memory, at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _read(frame: bytes) -> None:
    found = decode_frame(frame)
    if isinstance(found, Event) and (heard := message_of(found, BOT)) is not None:
        bytes.fromhex(heard.id.replace("-", ""))
        quoted_id(heard.id)
    elif isinstance(found, Answer):
        about(found.method, found.body)
        entry(found.body.get("user"))
        chat(found.body.get("chat"))
        member(found.body.get("chatMember"))


SPLICES = (
    b"null", b"[]", b"{}", b"-1", b"1e308", b'""', b"true", b"99999999999999999999999", b'"\\u0000"',
    b'"\\ud83d\\ude00"',
    b'{"id":{}}', b"[[[[", b'"id"', b"0.5", b'"90089584000000899"',
)  # fmt: skip


def _damaged(chance: random.Random, frame: bytes) -> bytes:
    made = bytearray(frame)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(5):
            case 0:
                made[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del made[at : at + chance.randint(1, 20)]
            case 2:
                made[at:at] = chance.choice(SPLICES)
            case 3:
                begin = made.find(b":", at) + 1
                end = min((found for found in (made.find(b",", begin), made.find(b"}", begin)) if found > 0), default=0)
                if begin and end:
                    made[begin:end] = chance.choice(SPLICES)
            case _:
                part = made[at : at + chance.randint(1, 40)]
                made[at:at] = part * chance.randint(1, 3)
    return bytes(made) or b"{"
