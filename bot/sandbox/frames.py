"""Blaze frames: one binary WebSocket message, one gzip member, one JSON object; inflating is bounded.

Source: mixin.md 7.2.
"""

import json
import zlib
from typing import Any

from bot.sandbox.envelope import dumps
from bot.sandbox.ids import NIL, new_id

MAX_INFLATED_BYTES = 10 * 1024 * 1024
LEVEL = 3
SMALL_BYTES = 8 * 1024
_GZIP = 16 + 15
_SMALL_WINDOW = 16 + 12


class FrameError(Exception):
    """The bytes are no frame."""


def encode(frame: dict[str, Any]) -> bytes:
    """One gzip member; small frames get small tables, which costs a sixth of what `gzip.compress` does."""
    text = dumps(frame)
    window, memory = (_SMALL_WINDOW, 5) if len(text) <= SMALL_BYTES else (_GZIP, 8)
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, window, memory)
    return packer.compress(text) + packer.flush()


def decode(raw: bytes) -> dict[str, Any]:
    """Read what a client sent.

    Raises:
        FrameError: Not one complete gzip member of at most 10 MiB, or not a JSON object.
    """
    inflater = zlib.decompressobj(_GZIP)
    try:
        text = inflater.decompress(raw, MAX_INFLATED_BYTES)
    except zlib.error as error:
        raise FrameError(f"not gzip: {error}") from error
    if not inflater.eof or inflater.unused_data:
        raise FrameError("the gzip member is cut off, too large, or followed by something else")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError("not JSON") from error
    if not isinstance(frame, dict):
        raise FrameError(f"a JSON {type(frame).__name__}, expected an object")
    return frame


def push(action: str, data: dict[str, Any]) -> dict[str, Any]:
    """A frame that nobody asked for carries an id of the server's choice."""
    return {"id": new_id(), "action": action, "data": data}


def reply(request: dict[str, Any], data: Any = None) -> dict[str, Any]:
    made = {"id": request_id(request), "action": str(request.get("action", ""))}
    return made if data is None else made | {"data": data}


def failure(error: dict[str, Any], request: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"id": NIL if request is None else request_id(request), "action": "ERROR", "error": error}


def request_id(request: dict[str, Any]) -> str:
    found = request.get("id")
    return found if isinstance(found, str) and found else NIL
