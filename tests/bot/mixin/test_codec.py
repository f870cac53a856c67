"""Frames: what they mean, and that no frame, however hostile, does harm."""

import json
import random
import resource
import time
import zlib
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.message import GroupChange, Message, Text, Transfer, Unknown
from bot.mixin.codec import (
    MAX_FRAME_BYTES,
    MAX_INFLATED_BYTES,
    Answer,
    Failure,
    Receipt,
    Skip,
    Unreadable,
    decode,
    inflate,
    list_pending_frame,
)
from bot.wire import WireError
from tests.bot.mixin.vectors import ANN, BOT_ID, CHAT, case_id, cases, gzip, gzip_text, pushed, vectors, view

ID = "a9df0e04-f3a0-4f7d-ac01-14f427812f3d"
PUSHED = [case for case in cases("blaze_frames") if case["direction"] == "server_to_client"]


@pytest.mark.parametrize("case", cases("blaze_frames"), ids=case_id)
def test_frames_inflate(case: dict[str, Any]) -> None:
    """Every frame of the vectors inflates to its JSON."""
    assert json.loads(inflate(b64decode(case["gzip_base64"]))) == case["json"]


@pytest.mark.parametrize("case", PUSHED, ids=case_id)
def test_meaning_of_pushed_frames(case: dict[str, Any]) -> None:
    """Every frame that a server pushed in public logs is told apart rightly."""
    parts = decode(b64decode(case["gzip_base64"]), BOT_ID)
    data = case["json"].get("data")
    id_ = case["json"]["id"]
    if case["name"].startswith("reply to LIST_PENDING"):
        assert parts == (Answer(id_, "LIST_PENDING_MESSAGES"),)
    elif case["name"] == "reply to an acknowledgement":
        assert parts == (Answer(id_, "ACKNOWLEDGE_MESSAGE_RECEIPT"),)
    elif case["name"].startswith("delivery receipt"):
        assert parts == (Receipt(data["message_id"], "DELIVERED"),)
    elif case["name"] == "reply to the bot own CREATE_MESSAGE":
        assert parts == ()
    elif "error" in case["name"]:
        error = case["json"]["error"]
        assert parts == (Failure(id_, error["code"], error["description"]),)
    else:
        (message,) = parts
        assert isinstance(message, Message)
        assert (message.id, message.category) == (data["message_id"], data["category"])
        assert message.backlog is (data["source"] == "LIST_PENDING_MESSAGES")
        assert not isinstance(message.content, Unknown)


def test_a_message_in_full() -> None:
    """Every member of a message is where it belongs."""
    frame = gzip(pushed(quote_message_id="292c2f95-47d1-4c05-b1b5-953c364ed545", representative_id=ANN, source=""))
    assert decode(frame, BOT_ID) == (
        Message(
            ID,
            CHAT,
            ANN,
            Text("Hi"),
            datetime(2026, 1, 1, 0, 0, 0, 1, UTC),
            direct=True,
            backlog=False,
            quote_id="292c2f95-47d1-4c05-b1b5-953c364ed545",
            representative_id=ANN,
            category="PLAIN_TEXT",
        ),
    )


def test_data_of_old_servers() -> None:
    """Without `data_base64` the older `data` is read; with both, the newer wins."""
    assert message_of(data_base64=None).content == Text("Hi")
    assert message_of(data="WA==", data_base64="SGk").content == Text("Hi")


def message_of(**members: object) -> Message:
    (message,) = decode(gzip(pushed(**members)), BOT_ID)  # type: ignore[arg-type] # members, not the action
    assert isinstance(message, Message)
    return message


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [("2019-01-10T03:19:38.33654Z", 336540), ("2019-01-10T03:19:22.540536153Z", 540536), ("2019-01-10T03:19:22Z", 0)],
)
def test_times_of_any_precision(text: str, microsecond: int) -> None:
    """Times come with no to nine fractional digits."""
    assert message_of(created_at=text).created_at.microsecond == microsecond


@pytest.mark.parametrize("text", ["", None, "yesterday", "2026-01-01T00:00:00"])
def test_times_that_make_no_sense(text: str | None) -> None:
    """A message without a sensible time is still a message, with a time in a zone."""
    assert message_of(created_at=text).created_at.tzinfo is not None


def test_a_group_is_not_direct() -> None:
    """Only the conversation computed from the two ids counts as one of two, whatever the server calls it."""
    assert not message_of(conversation_id="70000000-0000-4000-8000-00000000000c").direct


def test_messages_in_the_answer_to_list_pending() -> None:
    """Messages in the array of an answer are read one by one, and one bad one costs only itself."""
    frame = gzip(
        {
            "id": "890d6129-06b7-45b0-aca8-3a3a3e3ad16c",
            "action": "LIST_PENDING_MESSAGES",
            "data": [view(), 5, view(user_id=7), {}],
        }
    )
    answer, message, five, wrong = decode(frame, BOT_ID)
    assert answer == Answer("890d6129-06b7-45b0-aca8-3a3a3e3ad16c", "LIST_PENDING_MESSAGES")
    assert isinstance(message, Message)
    assert message.backlog
    assert isinstance(five, Unreadable)
    assert isinstance(wrong, Unreadable)
    assert (five.message_id, wrong.message_id) == ("", ID)


CATEGORIES = ["PLAIN_TEXT", "PLAIN_POST", "APP_CARD", "MESSAGE_RECALL", "SYSTEM_CONVERSATION", "ENCRYPTED_TEXT", ""]


@pytest.mark.parametrize("category", CATEGORIES)
def test_T4_receipts_and_echoes_say_nothing(category: str) -> None:
    """A receipt, or the bot's own words coming back, are never a message, whatever their category."""
    receipt = pushed("ACKNOWLEDGE_MESSAGE_RECEIPT", category=category, status="READ")
    by_source = pushed(source="ACKNOWLEDGE_MESSAGE_RECEIPT", category=category, status="READ")
    assert decode(gzip(receipt), BOT_ID) == decode(gzip(by_source), BOT_ID) == (Receipt(ID, "READ"),)
    echo = decode(gzip(pushed(user_id=BOT_ID, category=category)), BOT_ID)
    assert echo == ((Skip(ID, "READ", category),) if category else ())
    assert decode(gzip(pushed(conversation_id="", category=category)), BOT_ID) == ()


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        (pushed("CREATE_CALL", category="WEBRTC_AUDIO_OFFER"), "READ"),
        (pushed("CREATE_KRAKEN", category="KRAKEN_PUBLISH"), "READ"),
        (pushed("SOMETHING_NEW"), "DELIVERED"),
        (pushed(category="PLAIN_JSON"), "READ"),
        (pushed(category="SYSTEM_SESSION"), "READ"),
        (pushed(category="SYSTEM_USER"), "READ"),
        (pushed(category="WEBRTC_AUDIO_OFFER"), "READ"),
    ],
)
def test_what_is_acknowledged_and_ignored(frame: dict[str, object], status: str) -> None:
    """Control data between apps, calls and unknown actions need no answer, but must not come back for ever."""
    (skip,) = decode(gzip(frame), BOT_ID)
    assert isinstance(skip, Skip)
    assert (skip.message_id, skip.status) == (ID, status)


def test_T3_envelope_decides_what_a_message_is() -> None:
    """A text shaped like a transfer or a group event stays a text, and a real one is only a hint with ids."""
    assert isinstance(message_of(data_base64="eyJhY3Rpb24iOiJBREQifQ").content, Text)
    group = message_of(category="SYSTEM_CONVERSATION", data_base64="eyJhY3Rpb24iOiJBREQifQ").content
    assert group == GroupChange("ADD", "", ANN)
    fake = json.dumps({"snapshot_id": "s", "asset_id": "a", "amount": "1000000"})
    sent = message_of(category="SYSTEM_SAFE_SNAPSHOT", data_base64=None, data=b64encode(fake.encode()).decode()).content
    assert sent == Transfer("s", "a", "1000000", "")


def _base64(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()


def test_misspelt_description() -> None:
    """The description of an error is read under both of its documented names."""
    for name in ("description", "desciption"):
        frame = gzip({"id": "x", "action": "ERROR", "error": {"status": 202, "code": 401, name: "no"}})
        assert decode(frame, BOT_ID) == (Failure("x", 401, "no"),)


def test_list_pending_frame() -> None:
    """The frame that starts the delivery is one gzip member with the id and the action."""
    expected = cases("blaze_frames")[0]["json"]
    assert json.loads(inflate(list_pending_frame(expected["id"]))) == expected


TEXT = json.dumps(pushed()).encode()
DEEP = b'{"data":{"message_id":"' + ID.encode() + b'","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"


def with_member(name: bytes, value: bytes) -> bytes:
    """A pushed message whose data has one more member, or a member twice."""
    return gzip_text(TEXT.replace(b'"data": {', b'"data": {"' + name + b'": ' + value + b", ", 1))


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "one byte": b"\x1f",
    "gzip magic only": b"\x1f\x8b",
    "gzip header only": gzip_text(TEXT)[:10],
    "cut in the middle": gzip_text(TEXT)[:150],
    "cut in the checksum": gzip_text(TEXT)[:-3],
    "wrong checksum": gzip_text(TEXT)[:-8] + b"\0\0\0\0" + gzip_text(TEXT)[-4:],
    "wrong length": gzip_text(TEXT)[:-4] + b"\xff\xff\xff\xff",
    "second member": gzip_text(TEXT) * 2,
    "trailing garbage": gzip_text(TEXT) + b"x",
    "leading garbage": b"x" + gzip_text(TEXT),
    "zlib instead of gzip": zlib.compress(TEXT),
    "raw deflate": zlib.compress(TEXT, wbits=-15),
    "plain JSON": TEXT,
    "text frame": b'{"id":"x"}',
    "zero bytes": bytes(1000),
    "gzip of gzip": gzip_text(gzip_text(TEXT)),
    "gzip of nothing": gzip_text(b""),
    "gzip of spaces": gzip_text(b" " * 1_000_000),
    "gzip of zeros": gzip_text(bytes(1_000_000)),
    "bomb of 64 MiB": gzip_text(TEXT[:-2] + b" " * (64 * 1024 * 1024) + b"}}"),
    "many tiny members": gzip_text(b" ") * 50_000,
    "oversized frame": gzip_text(random.Random(1).randbytes(MAX_FRAME_BYTES + 1000)),
    "UTF-16": gzip_text(TEXT.decode().encode("utf-16")),
    "byte order mark": gzip_text(b"\xef\xbb\xbf" + TEXT),
    "invalid UTF-8 in a read member": gzip_text(TEXT.replace(b"PLAIN_TEXT", b"PLAIN\xffTEXT")),
    "invalid UTF-8 in an ignored member": with_member(b"x", b'"\xff\xfe"'),
    "lone surrogate in a read member": gzip_text(TEXT.replace(b"PLAIN_TEXT", b"\\ud800")),
    "lone surrogate in an ignored member": with_member(b"x", b'"\\ud800"'),
    "overlong UTF-8": gzip_text(TEXT.replace(b"PLAIN_TEXT", b"\xc0\xaf")),
    "deep arrays": gzip_text(DEEP),
    "deep objects": gzip_text(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "deep and open": gzip_text(b"[" * 1_000_000),
    "huge integer": with_member(b"expire_in", b"9" * 100_000),
    "huge negative integer": with_member(b"expire_in", b"-" + b"9" * 30),
    "huge exponent": with_member(b"expire_in", b"1e999999"),
    "NaN": with_member(b"expire_in", b"NaN"),
    "Infinity": with_member(b"expire_in", b"-Infinity"),
    "duplicate id": with_member(b"message_id", b'"00000000-0000-4000-8000-000000000000"'),
    "duplicate data": gzip_text(TEXT[:-1] + b', "data": 5}'),
    "top-level array": gzip_text(b"[]"),
    "top-level null": gzip_text(b"null"),
    "top-level number": gzip_text(b"5"),
    "top-level string": gzip_text(b'"x"'),
    "empty object": gzip_text(b"{}"),
    "two objects": gzip_text(b"{}{}"),
    "single quotes": gzip_text(TEXT.replace(b'"', b"'")),
    "trailing comma": gzip_text(TEXT[:-1] + b",}"),
    "comment": gzip_text(b"/* x */" + TEXT),
    "control character in a string": gzip_text(TEXT.replace(b"PLAIN_TEXT", b"PLAIN\nTEXT")),
    "NUL in a string": gzip_text(TEXT.replace(b"PLAIN_TEXT", b"PLAIN\\u0000TEXT")),
    "unhashable id": gzip(pushed() | {"id": ["x"]}),
    "object as id": gzip(pushed() | {"id": {"a": {}}}),
    "number as id": gzip(pushed() | {"id": 5}),
    "null id": gzip(pushed() | {"id": None}),
    "list as action": gzip(pushed() | {"action": ["CREATE_MESSAGE"]}),
    "null action": gzip(pushed() | {"action": None}),
    "data as text": gzip(pushed() | {"data": "x"}),
    "data as true": gzip(pushed() | {"data": True}),
    "data as nested lists": gzip(pushed() | {"data": [[[]]]}),
    "data of nulls": gzip(pushed() | {"data": [None, None]}),
    "error as text": gzip(pushed() | {"error": "x"}),
    "error as list": gzip(pushed() | {"error": [401]}),
    "error code as text": gzip(pushed() | {"error": {"code": "401"}}),
    "error code huge": gzip(pushed() | {"error": {"code": 10**30}}),
    "message id as number": gzip(pushed(message_id=5)),
    "message id as list": gzip(pushed(message_id=[ID])),
    "message id not a UUID": gzip(pushed(message_id="../../etc/passwd")),
    "message id with a line break": gzip(pushed(message_id=ID + "\n")),
    "message id empty": gzip(pushed(message_id="")),
    "conversation as number": gzip(pushed(conversation_id=5)),
    "conversation not a UUID": gzip(pushed(conversation_id="x")),
    "sender as object": gzip(pushed(user_id={})),
    "sender not a UUID": gzip(pushed(user_id="x")),
    "sender empty": gzip(pushed(user_id="")),
    "category as number": gzip(pushed(category=5)),
    "category of a megabyte": gzip(pushed(category="X" * 1_000_000)),
    "payload as object": gzip(pushed(data_base64={"a": 1})),
    "payload no base64": gzip(pushed(data_base64="é*")),
    "payload of a megabyte": gzip(pushed(data_base64="A" * 1_000_000)),
    "time as number": gzip(pushed(created_at=5)),
    "time beyond the calendar": gzip(pushed(created_at="99999-99-99T99:99:99Z")),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_T12_hostile_frames(kind: str) -> None:
    """No hostile frame raises, and the next frame is read as if nothing had been."""
    parts = decode(HOSTILE[kind], BOT_ID)
    for part in parts:
        if isinstance(part, Unreadable):
            assert part.message_id in {"", ID}
            assert len(part.reason) < 200
        if isinstance(part, Message):
            assert len(part.id) == 36
    assert message_of().content == Text("Hi")


def test_T12_there_are_enough_hostile_frames() -> None:
    """The catalogue holds the 64 kinds that are promised."""
    assert len(HOSTILE) >= 64


@pytest.mark.parametrize("case", vectors("blaze_frames")["malformed"], ids=lambda case: str(case["name"]))
def test_malformed_frames_of_the_vectors(case: dict[str, str]) -> None:
    """The malformed frames of the vectors are unreadable, and nothing else."""
    raw = case["payload_utf8"].encode() if "payload_utf8" in case else b64decode(case["payload_base64"])
    (part,) = decode(raw, BOT_ID)
    assert isinstance(part, Unreadable)
    assert part.size == len(raw)


@pytest.mark.parametrize(
    "kind", ["bomb of 64 MiB", "cut in the checksum", "second member", "deep arrays", "time as number"]
)
def test_T11_refused_frames_give_up_their_message_id(kind: str) -> None:
    """A frame that is refused can still be acknowledged, so that it is not sent again for ever."""
    (part,) = decode(HOSTILE[kind], BOT_ID)
    assert isinstance(part, Unreadable)
    assert part.message_id == ID


def test_T11_receipts_are_never_salvaged() -> None:
    """The id in a broken receipt is of a message the bot sent itself: it is not acknowledged."""
    frame = gzip_text(json.dumps(pushed("ACKNOWLEDGE_MESSAGE_RECEIPT")).encode())[:-6]
    (part,) = decode(frame, BOT_ID)
    assert isinstance(part, Unreadable)
    assert part.message_id == ""


def test_T11_bomb_costs_little() -> None:
    """A frame that would inflate to a gibibyte is refused in little time and memory."""
    member = zlib.compressobj(9, zlib.DEFLATED, 31)
    header = member.compress(b"{") + member.flush(zlib.Z_FULL_FLUSH)
    mebibyte = member.compress(bytes(1024 * 1024)) + member.flush(zlib.Z_FULL_FLUSH)
    bomb = header + mebibyte * 1024  # after a full flush, blocks stand alone
    assert len(bomb) < MAX_FRAME_BYTES
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with pytest.raises(WireError, match="inflates to more than"):
        inflate(bomb)
    assert time.process_time() - started < 0.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 32 * 1024


def test_T11_many_tiny_members_cost_little() -> None:
    """Thousands of gzip members in one frame are refused at the second one."""
    started = time.process_time()
    with pytest.raises(WireError, match="something follows"):
        inflate(HOSTILE["many tiny members"])
    assert time.process_time() - started < 0.5


def test_largest_frame_that_is_read() -> None:
    """A message that inflates to exactly the limit is read."""
    frame = gzip_text(TEXT + b" " * (MAX_INFLATED_BYTES - len(TEXT)))
    assert isinstance(decode(frame, BOT_ID)[0], Message)
    assert isinstance(decode(gzip_text(TEXT + b" " * (MAX_INFLATED_BYTES - len(TEXT) + 1)), BOT_ID)[0], Unreadable)


def test_T12_mutated_frames() -> None:
    """Thousands of frames with random bytes changed, cut or repeated, compressed anew or not, never raise."""
    chance = random.Random(20260101)
    frames = [b64decode(case["gzip_base64"]) for case in cases("blaze_frames")]
    for _ in range(3000):
        outside = chance.random() < 0.3
        text = bytearray(chance.choice(frames) if outside else inflate(chance.choice(frames)))
        for _ in range(chance.randrange(1, 8)):
            at = chance.randrange(len(text))
            text[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        decode(bytes(text) if outside else gzip_text(bytes(text)), BOT_ID)
    assert message_of().content == Text("Hi")


@pytest.mark.parametrize("category", ["SIGNAL_TEXT", "SYSTEM_NEWS", "SYSTEM_CONVERSATION", "SYSTEM_SAFE_SNAPSHOT"])
def test_T3_what_nobody_said_is_acknowledged_and_never_answered(category: str) -> None:
    """Categories not meant for bots, and system messages that make no sense, are skipped."""
    frame = gzip(pushed(category=category, data="bm90IGpzb24=", data_base64="bm90IGpzb24"))
    (skip,) = decode(frame, BOT_ID)

    assert isinstance(skip, Skip)
    assert (skip.message_id, skip.status) == (ID, "READ")


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-01-01T00:00:00+05:30:15"]
)
def test_T12_hostile_times_stay_within_what_can_be_kept(time: str) -> None:
    """A message's time is always in UTC and within the calendar, whatever zone it came in."""
    message = message_of(created_at=time)

    assert message.created_at.tzinfo is UTC
    assert message.created_at.timestamp() > 0
