"""Blaze frames: read what clients send, refuse what is none, never inflate without bounds."""

import base64
import gzip
import json
import os
from typing import Any

import pytest

from bot.sandbox.frames import MAX_INFLATED_BYTES, FrameError, decode, encode, failure, push, reply
from tests.bot.sandbox.client import vectors

FRAMES = vectors("blaze_frames")


@pytest.mark.parametrize("case", FRAMES["cases"], ids=lambda case: case["id"])
def test_official_frames_are_read_and_written(case: Any) -> None:
    """What the SDK sent is read as what it meant; what it accepts is what the sandbox would write."""
    assert decode(base64.b64decode(case["gzip_base64"])) == case["json"]
    assert json.loads(gzip.decompress(encode(case["json"]))) == case["json"]


@pytest.mark.parametrize(
    "case", [case for case in FRAMES["malformed"] if case["opcode"] == "binary"], ids=lambda case: case["name"]
)
def test_malformed_frames_are_none(case: Any) -> None:
    """Not gzip, cut off, or not JSON: said, not guessed at."""
    with pytest.raises(FrameError):
        decode(base64.b64decode(case["payload_base64"]))


@pytest.mark.parametrize(
    "raw",
    [
        gzip.compress(b"[]"),
        gzip.compress(b"{}") + b"x",
        gzip.compress(b"{}") + gzip.compress(b"{}"),
        gzip.compress(b'{"a":' * 100_000),
        gzip.compress(b"\xff\xfe{}"),
        gzip.compress(b" " * (MAX_INFLATED_BYTES + 1)),
        b"",
    ],
    ids=["list", "tail", "two members", "deep", "no utf-8", "bomb", "empty"],
)
def test_T11_hostile_frames_are_refused_within_bounds(raw: Any) -> None:
    """Nothing a client sends is inflated past 10 MiB or read past its end."""
    with pytest.raises(FrameError):
        decode(raw)


def test_a_large_frame_within_the_bounds_is_read() -> None:
    """The limit is for bombs, not for messages."""
    text = os.urandom(50_000).hex()
    assert decode(encode({"text": text})) == {"text": text}


def test_replies_bear_the_id_of_the_request() -> None:
    """Requests and replies are matched by id; a frame nobody asked for has one of its own."""
    request = {"id": "890d6129-06b7-45b0-aca8-3a3a3e3ad16c", "action": "LIST_PENDING_MESSAGES"}
    assert reply(request) == request
    assert failure({"code": 403}, request) == {"id": request["id"], "action": "ERROR", "error": {"code": 403}}
    assert failure({"code": 401})["id"] == "00000000-0000-0000-0000-000000000000"
    assert push("CREATE_MESSAGE", {})["id"] != push("CREATE_MESSAGE", {})["id"]
