"""Frames as nandbox writes and reads them: one JSON object as text, and what is answered to anything else.

Source: nandbox.md 4, 5 and 13.
"""

import json
import math
from typing import Any, NoReturn

MAX_FRAME_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_NUMBER = 2**64

BAD_CONTENT = 199999
SUPERSEDED = 199992
UNKNOWN_APP = 160015
NO_PRIVILEGE = 160017
NOT_A_MEMBER = 160024

Frame = dict[str, Any]


class Refused(Exception):
    """A request is answered `{"error": code}`; with `cut` the connection then ends without a close frame."""

    def __init__(self, code: int, why: str, *, cut: bool = False) -> None:
        super().__init__(why)
        self.code = code
        self.cut = cut


def bad_content(why: str) -> Refused:
    """What the live service does with content that it cannot work with."""
    return Refused(BAD_CONTENT, why, cut=True)


def error_frame(code: int) -> Frame:
    return {"error": code}


def encode(frame: Frame) -> str:
    """Compact JSON in UTF-8, each slash escaped, as the live service writes it."""
    return _encoder.encode(frame).replace("/", "\\/")


def decode(text: str) -> Frame:
    """What a client sent.

    Raises:
        Refused: No JSON object, one nested too deeply, one with half characters, or one without a method.
    """
    try:
        frame = _decoder.decode(text)
    except (ValueError, RecursionError):
        raise bad_content("not JSON") from None
    if not isinstance(frame, dict):
        raise bad_content(f"a JSON {type(frame).__name__}, expected an object")
    if text.count("[") + text.count("{") > MAX_DEPTH and depth(frame) > MAX_DEPTH:
        raise bad_content("nested too deeply")
    if "\\ud" in text.lower() and not _is_whole_text(frame):
        raise bad_content("half a character")
    if not isinstance(frame.get("method"), str):
        raise bad_content("no method")
    return frame


def depth(value: Any) -> int:
    """How deep arrays and objects lie in each other."""
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            inner for one in level if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]  # fmt: skip
    return deepest


def _is_whole_text(frame: Frame) -> bool:
    try:
        encode(frame).encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return value


def _whole(text: str) -> int:
    if len(text) > 21 or abs(int(text)) >= MAX_NUMBER:
        raise ValueError("a number of more than 64 bits")
    return int(text)


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_decoder = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite, parse_int=_whole)
