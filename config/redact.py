"""What must not be written down: secrets by the name of the value, by its type, by its look, and by what they are.

Two lines of defence. `clean` goes by names and types and costs little. `mask` looks at a finished line, for tokens
anywhere in it and for the exact secrets that `hide` was told; it is there for texts that nobody here wrote, such as
the message of a library's exception.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from typing import Any

from pydantic import SecretBytes, SecretStr

HIDDEN = "***"
SECRET_WORDS = frozenset(
    {"authorization", "cookie", "credential", "credentials", "dsn", "jwt", "key", "keys", "keystore", "passphrase"}
    | {"password", "phone", "pin", "private", "secret", "secrets", "seed", "signature", "token", "tokens", "verifier"}
)
SPOKEN_WORDS = frozenset({"biography", "body", "caption", "content", "data", "markdown", "text"})
PEOPLE = frozenset({"identity_number", "opponent_id", "recipient_id", "user_id"})
PLAIN = ""

_MAX_DEPTH = 4
_MAX_ITEMS = 50
_MIN_SECRET = 8
_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]*(?:\.[\w-]*)?")
_CODE = re.compile(r"MB\d{3}")
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]",
)

_exact: set[str] = set()
_short: set[str] = set()
_pieces: set[str] = set()
_PIECE, _STEP = 8, 32
"""Wherever a long secret stands in a line, one of its first 32 pieces of eight begins at a multiple of 32."""
_FEW = 24
"""Up to so many secrets, to look for each of them costs less."""


def hide(*secrets: str) -> None:
    """Never write these texts down, wherever they occur; shorter ones than 8 characters would hide ordinary words."""
    for secret in secrets:
        # A key in PEM is quoted by others line by line.
        lines = [line for line in secret.replace("\\r", "").replace("\\n", "\n").split() if len(line) >= _MIN_SECRET]
        _exact.update(lines)
        _short.update(line for line in lines if len(line) < _STEP + _PIECE - 1)
        for line in lines:
            _pieces.update(line[at : at + _PIECE] for at in range(min(_STEP, len(line) - _PIECE + 1)))


def mask(line: str) -> str:
    """A finished line without tokens and known secrets."""
    if "eyJ" in line:
        line = _TOKEN.sub(HIDDEN, line)
    secrets = _exact
    if len(secrets) > _FEW and _pieces.isdisjoint([line[at : at + _PIECE] for at in range(0, len(line), _STEP)]):
        secrets = _short
    for secret in secrets:
        if secret in line:
            line = line.replace(secret, HIDDEN)
    return line


def inert(text: str) -> str:
    """Text that cannot move a cursor, start a line, or reverse what stands beside it."""
    return text if text.isascii() and text.isprintable() else _CONTROL.sub(_escape, text)


def clean(name: str, value: Any, *, redact: bool, depth: int = 0) -> Any:
    """The value as it may be written under that name: numbers as they are, the rest as inert text."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)  # JSON knows no infinity
    what = judge(name)
    if what == "secret" or (redact and what == "spoken") or isinstance(value, SecretStr | SecretBytes):
        return HIDDEN
    if what == "code":
        return value if isinstance(value, str) and _CODE.fullmatch(value) else HIDDEN
    if redact and what == "person":
        return short(str(value))
    if isinstance(value, str):
        return inert(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if depth >= _MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {
            inert(str(key)): clean(str(key), one, redact=redact, depth=depth + 1)
            for key, one in list(value.items())[:50]
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(name, one, redact=redact, depth=depth + 1) for one in list(value)[:50]]
    return inert(str(value))


@lru_cache(maxsize=4_096)
def short(who: str) -> str:
    """A person in eight hex digits: enough to follow somebody through a log, and not to know who it is."""
    return f"~{hashlib.blake2s(who.encode(errors='replace'), digest_size=4).hexdigest()}" if who else ""


@lru_cache(maxsize=1_024)
def judge(name: str) -> str:
    """What hides behind a name: `secret`, `code`, `spoken`, `person`, or `PLAIN`."""
    lowered = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    words = set(re.split(r"[^a-z]+", lowered))
    if words & SECRET_WORDS:
        return "secret"
    if lowered == "code":
        return "code"
    if words & SPOKEN_WORDS:
        return "spoken"
    return "person" if lowered in PEOPLE else PLAIN


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
