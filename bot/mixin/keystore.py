"""The keystore: the ids and the key with which the bot logs in, in every shape that is about.

The shape is told by content, and never by the name of the file. A PIN or a spend key is dropped while reading, because
this service moves no money. No error text, log line or repr here holds a byte of a key.

Source: protocol/mixin.md 2
"""

import binascii
import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.errors import SetupError
from bot.mixin.conversation import is_uuid
from bot.mixin.curve import x25519_of_ed25519

SANDBOX_PREFIX = "5a4db0c5-"
"""How the `app_id` of every keystore begins that the sandbox hands out."""

ID_NAMES = ("app_id", "client_id", "user_id")
KEY_NAMES = ("session_private_key", "private_key", "session_key")
SERVER_KEY_NAMES = ("server_public_key", "pin_token", "pin_token_base64")
MONEY_NAMES = ("spend_private_key", "spend_key", "pin", "session_asset_pin")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Keystore:
    """A bot's ids and key. `server_key` is the server's X25519 key where the keystore has one: 32 bytes."""

    app_id: str
    session_id: str
    key: Ed25519PrivateKey | RSAPrivateKey = field(repr=False)
    server_key: bytes = field(default=b"", repr=False)

    @property
    def algorithm(self) -> Literal["EdDSA", "RS512"]:
        return "EdDSA" if isinstance(self.key, Ed25519PrivateKey) else "RS512"

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, Ed25519PrivateKey):
            return self.key.sign(data)
        return self.key.sign(data, PKCS1v15(), hashes.SHA512())

    @property
    def of_sandbox(self) -> bool:
        return self.app_id.startswith(SANDBOX_PREFIX)


def load_keystore(text: str, *, source: str) -> Keystore:
    """Read a keystore; `source` is what the errors call it, such as the name of the file.

    Raises:
        SetupError: MB102, MB104 or MB108; the text says what was found, what was wanted and what to do.
    """
    members = keystore_members(text, source=source)
    key = read_key(members, source=source, strict=True)
    return Keystore(members["app_id"], members["session_id"], key, read_server_key(members, key, source=source))


def keystore_members(text: str, *, source: str) -> dict[str, str]:
    """The members of a keystore under the names that they were found by, and the checked ids under today's names.

    Raises:
        SetupError: MB102 or MB104.
    """
    return check_members(parse_object(text, source=source), source=source)


def check_members(found: dict[str, Any], *, source: str) -> dict[str, str]:
    """As `keystore_members`, for an object that was read already."""
    if "authorization_id" in found:
        raise SetupError(
            "MB104",
            "This is an OAuth keystore of a *user* (it has authorization_id), not the bot's. "
            "Use the file from Secret → App Session.",
        )
    members: dict[str, str] = {}
    for name, value in found.items():
        if not isinstance(value, str):
            continue
        if name in MONEY_NAMES:
            if value.strip():
                _warn_of(name, source)
        else:
            members[name] = value.strip()
    ids = {members[name].lower(): name for name in ID_NAMES if members.get(name)}
    if len(ids) > 1:
        raise SetupError("MB102", f"{source}: {' and '.join(ids.values())} differ; download the keystore again.")
    members["app_id"] = next(iter(ids), "")
    members["session_id"] = members.get("session_id", "").lower()
    for name in ("app_id", "session_id"):
        if not is_uuid(members[name]):
            state = "is missing" if not members[name] else "is not a UUID"
            raise SetupError("MB102", f"{source}: {name} {state}; download the keystore again.")
    return members


def parse_object(text: str, *, source: str) -> dict[str, Any]:
    """The JSON object in a text.

    Raises:
        SetupError: MB102, with line and column.
    """
    reason = ""
    found: object = None
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}: {_REASONS.get(error.msg, error.msg.lower())}"
    except RecursionError:
        reason = "nested too deeply"
    if not reason and not isinstance(found, dict):
        reason = "it holds no object in braces"
    if reason:  # raised here and not above: the error that json raises carries the whole text
        raise SetupError(
            "MB102",
            f"{source} is not valid JSON ({reason}). Open it in an editor, or download it again: "
            "downloading creates a *new* session and stops the old one.",
        )
    assert isinstance(found, dict)
    return found


def read_key(members: dict[str, str], *, source: str, strict: bool) -> Ed25519PrivateKey | RSAPrivateKey:
    """The session's key. `strict` refuses base64 under the present name, which no official SDK reads.

    Raises:
        SetupError: MB108.
    """
    name = next((name for name in KEY_NAMES if members.get(name)), "")
    if not name:
        raise SetupError("MB108", f"{source}: session_private_key is missing; download the keystore again.")
    text = members[name]
    if text.startswith("-----BEGIN"):
        return _rsa_key(text, name, source)
    raw = key_bytes(text)
    if len(raw) == 32 or (len(raw) == 64 and raw[32:] == Ed25519PrivateKey.from_private_bytes(raw[:32]).public_key()
                          .public_bytes_raw()):  # fmt: skip
        if strict and name == "session_private_key" and not _is_hex(text):
            raise SetupError(
                "MB108",
                f"session_private_key has {len(text)} characters and looks like the older base64 format, but this file "
                "uses the new names. If you built the file by hand, put the value under `private_key`, or run "
                "`mixbot keystore import FILE`.",
            )
        return Ed25519PrivateKey.from_private_bytes(raw[:32])
    if len(raw) == 64:
        found = "holds a public half that does not belong to its private half"
    elif _is_hex(text):
        found = f"has {len(text)} hex digits, expected 64"
    else:
        found = f"has {len(text)} characters and is neither 64 hex digits nor base64 of 32 or 64 bytes"
    raise SetupError("MB108", f"{source}: {name} {found}; download the keystore again.")


def read_server_key(members: dict[str, str], key: Ed25519PrivateKey | RSAPrivateKey, *, source: str) -> bytes:
    """The server's X25519 key, or nothing where there is none (RSA keystores hold a sealed AES key instead).

    Raises:
        SetupError: MB108.
    """
    name = next((name for name in SERVER_KEY_NAMES if members.get(name)), "")
    if not name or isinstance(key, RSAPrivateKey):
        return b""
    text = members[name]
    raw = key_bytes(text)
    # The present format holds the Ed25519 form in hex, the older one the X25519 form in base64.
    try:
        return x25519_of_ed25519(raw) if len(raw) != 32 or _is_hex(text) else raw
    except ValueError:
        found = f"has {len(text)} characters, expected 64 hex digits"
    raise SetupError("MB108", f"{source}: {name} {found}; download the keystore again.")


def key_bytes(text: str) -> bytes:
    """Bytes of hex digits, or of base64 in either alphabet, padded or not; empty when it is neither."""
    try:
        if _is_hex(text):
            return bytes.fromhex(text)
        plain = text.rstrip("=").replace("+", "-").replace("/", "_")
        if plain.isascii() and all(c.isalnum() or c in "-_" for c in plain):
            return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
    except (ValueError, binascii.Error):
        pass
    return b""


def _is_hex(text: str) -> bool:
    return bool(text) and all(c in "0123456789abcdefABCDEF" for c in text)


def _rsa_key(text: str, name: str, source: str) -> RSAPrivateKey:
    pem = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\r\n", "\n")
    key = None
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise SetupError("MB108", f"{source}: {name} looks like PEM, but holds no RSA key; copy it whole.")
    return key


def _warn_of(name: str, source: str) -> None:
    log.warning(
        "keystore.money_key_dropped",
        code="MB107",
        source=source,
        member=name,
        hint=f"The keystore contains {name}. This service never moves money; remove that line and keep it offline.",
    )


_REASONS = {
    "Expecting ',' delimiter": "missing comma",
    "Expecting ':' delimiter": "missing colon",
    "Expecting property name enclosed in double quotes": "a name in double quotes expected",
    "Expecting value": "a value expected",
    "Unterminated string starting at": "a text without closing quote",
    "Invalid control character at": "a line break inside a text",
    "Extra data": "something after the closing brace",
}
