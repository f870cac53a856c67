"""Frames and messages that no proper server sends, made of one proper message each; no I/O."""

import json
import random
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from tests.e2e.views import BOT_ID, Said, frame, gzipped

MIB = 2**20


def bomb(said: Said, mebibytes: int = 1024) -> bytes:
    """A message of about a gibibyte in a frame of about one mebibyte."""
    member = zlib.compressobj(9, zlib.DEFLATED, 31)
    text = json.dumps({"id": said.id, "action": "CREATE_MESSAGE", "data": said.view()}).encode()
    head = member.compress(text[:-1]) + member.flush(zlib.Z_FULL_FLUSH)
    spaces = member.compress(b" " * MIB) + member.flush(zlib.Z_FULL_FLUSH)
    return head + spaces * mebibytes + member.compress(b"}") + member.flush()  # what follows a full flush stands alone


def _text(said: Said) -> bytes:
    return json.dumps({"id": said.id, "action": "CREATE_MESSAGE", "data": said.view()}).encode()


def _with(name: bytes, value: bytes) -> Callable[[bytes], bytes]:
    return lambda text: gzipped(text.replace(b'"data": {', b'"data": {"' + name + b'": ' + value + b", ", 1))


def _instead(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda text: gzipped(text.replace(old, new))


BY_TEXT: Mapping[str, Callable[[bytes], bytes]] = {
    "nothing": lambda text: b"",
    "one byte": lambda text: b"\x1f",
    "magic only": lambda text: b"\x1f\x8b",
    "header only": lambda text: gzipped(text)[:10],
    "cut in half": lambda text: gzipped(text)[: len(gzipped(text)) // 2],
    "cut checksum": lambda text: gzipped(text)[:-5],
    "wrong checksum": lambda text: gzipped(text)[:-8] + bytes(4) + gzipped(text)[-4:],
    "wrong length": lambda text: gzipped(text)[:-4] + b"\xff" * 4,
    "two members": lambda text: gzipped(text) * 2,
    "tiny members": lambda text: gzipped(b" ") * 20_000,
    "garbage after": lambda text: gzipped(text) + b"garbage",
    "garbage before": lambda text: b"garbage" + gzipped(text),
    "zlib": lambda text: zlib.compress(text),
    "raw deflate": lambda text: zlib.compress(text, wbits=-15),
    "plain": lambda text: text,
    "zeros": lambda text: bytes(1000),
    "gzip twice": lambda text: gzipped(gzipped(text)),
    "gzip of nothing": lambda text: gzipped(b""),
    "gzip of spaces": lambda text: gzipped(b" " * MIB),
    "too large": lambda text: random.Random(1).randbytes(4 * MIB + 1000),
    "utf-16": lambda text: gzipped(text.decode().encode("utf-16")),
    "byte order mark": lambda text: gzipped(b"\xef\xbb\xbf" + text),
    "invalid utf-8": _instead(b"PLAIN_TEXT", b"PLAIN\xff"),
    "overlong utf-8": _instead(b"PLAIN_TEXT", b"\xc0\xaf"),
    "lone surrogate": _instead(b"PLAIN_TEXT", b"\\ud800"),
    "nul": _instead(b"PLAIN_TEXT", b"\\u0000"),
    "line break": _instead(b"PLAIN_TEXT", b"PLAIN\nTEXT"),
    "deep arrays": _with(b"deep", b"[" * 100_000 + b"]" * 100_000),
    "deep objects": lambda text: gzipped(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "deep and open": lambda text: gzipped(b"[" * MIB),
    "huge integer": _with(b"expire_in", b"9" * 100_000),
    "huge negative": _with(b"expire_in", b"-" + b"9" * 400),
    "huge exponent": _with(b"expire_in", b"1e999999"),
    "NaN": _with(b"expire_in", b"NaN"),
    "infinity": _with(b"expire_in", b"-Infinity"),
    "top-level array": lambda text: gzipped(b"[" + text + b"]"),
    "top-level null": lambda text: gzipped(b"null"),
    "top-level number": lambda text: gzipped(b"7"),
    "top-level text": lambda text: gzipped(b'"x"'),
    "empty object": lambda text: gzipped(b"{}"),
    "two objects": lambda text: gzipped(text + text),
    "single quotes": _instead(b'"', b"'"),
    "trailing comma": lambda text: gzipped(text[:-1] + b",}"),
    "comment": lambda text: gzipped(b"// x\n" + text),
    "data twice": lambda text: gzipped(text[:-1] + b', "data": 5}'),
    "unknown action": _instead(b"CREATE_MESSAGE", b"EXPLODE"),
}

BY_MEMBER: Mapping[str, Mapping[str, Any]] = {
    "list as message id": {"message_id": []},
    "number as message id": {"message_id": 5},
    "path as message id": {"message_id": "../../etc/passwd"},
    "no message id": {"message_id": None},
    "object as sender": {"user_id": {}},
    "sender no uuid": {"user_id": "x"},
    "bot as sender": {"user_id": BOT_ID},
    "number as conversation": {"conversation_id": 5},
    "conversation no uuid": {"conversation_id": "'; DROP TABLE people; --"},
    "list as category": {"category": ["PLAIN_TEXT"]},
    "megabyte of category": {"category": "X" * MIB},
    "object as payload": {"data_base64": {"a": 1}},
    "payload no base64": {"data_base64": "é*"},
    "number as time": {"created_at": 5},
    "list as source": {"source": []},
    "list as representative": {"representative_id": [1]},
    "false as quote": {"quote_message_id": False},
}

ENVELOPES: Mapping[str, Mapping[str, Any]] = {
    "list as id": {"id": []},
    "object as action": {"action": {}},
    "error as text": {"error": "x"},
    "error code as text": {"error": {"code": "401"}},
    "data of nulls": {"data": [None, None]},
    "data as text": {"data": "x"},
    "data as true": {"data": True},
    "data as nested lists": {"data": [[[]]]},
}

KINDS = (*BY_TEXT, *BY_MEMBER, *ENVELOPES)


def hostile(kind: str, said: Said) -> bytes:
    """A frame of that kind, made of a message."""
    if kind in BY_TEXT:
        return BY_TEXT[kind](_text(said))
    if kind in BY_MEMBER:
        return frame("CREATE_MESSAGE", {**said.view(), **BY_MEMBER[kind]})
    envelope = {"id": said.id, "action": "CREATE_MESSAGE", "data": said.view(), **ENVELOPES[kind]}
    return gzipped(json.dumps(envelope).encode())


SYSTEM = {
    "SYSTEM_CONVERSATION": {"action": "ADD", "participant_id": BOT_ID, "user_id": BOT_ID, "role": "OWNER"},
    "SYSTEM_ACCOUNT_SNAPSHOT": {"type": "transfer", "snapshot_id": BOT_ID, "opponent_id": BOT_ID, "asset_id": BOT_ID,
                                "amount": "1000000", "memo": "/ping money"},
    "SYSTEM_SAFE_SNAPSHOT": {"snapshot_id": BOT_ID, "opponent_id": BOT_ID, "asset_id": BOT_ID, "amount": "5"},
    "SYSTEM_SAFE_INSCRIPTION": {"snapshot_id": BOT_ID, "opponent_id": BOT_ID, "asset_id": BOT_ID, "amount": "5"},
    "SYSTEM_USER": {"action": "UPDATE", "user_id": BOT_ID},
    "SYSTEM_SESSION": {"action": "PROVISION", "user_id": BOT_ID, "session_id": BOT_ID, "public_key": "x"},
    "SYSTEM_CIRCLE": {"action": "CREATE", "circle_id": BOT_ID},
    "MESSAGE_RECALL": {"message_id": BOT_ID},
    "MESSAGE_PIN": {"action": "PIN", "message_ids": [BOT_ID]},
    "PLAIN_JSON": {"action": "RESEND_MESSAGES"},
}  # fmt: skip
"""Payloads that strangers could wish were believed."""
