"""Seals what must not be readable in a stolen database: AES-256-GCM, with the number of the key in every sealed text.

A keyring is written `2:<base64>,1:<base64>`: the first key seals, all of them open. What a text is about is sealed in
with it, so that a text cannot be put into the place of another.
"""

import binascii
import secrets
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.errors import CannotOpen, SetupError

KEY_BYTES = 32
MOST_KEYS = 16
_VERSION = b"\x01"
_ID_BYTES = 4
_NONCE_BYTES = 12
_HEAD_BYTES = len(_VERSION) + _ID_BYTES + _NONCE_BYTES


class Vault:
    """A keyring at work. Its keys are in no `repr`."""

    def __init__(self, keys: dict[int, bytes]) -> None:
        """`keys` by number, the one that seals first."""
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self.current = next(iter(keys))

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of all keys, the one that seals first."""
        return tuple(self._ciphers)

    def seal(self, plain: bytes, about: str) -> bytes:
        """Version, number of the key, nonce, and the encrypted text with its tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _VERSION + self.current.to_bytes(_ID_BYTES, "big") + nonce
        return head + self._ciphers[self.current].encrypt(nonce, plain, head + about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """
        Raises:
            CannotOpen: Sealed with a key that is not in the keyring, about something else, or changed since.
        """
        if len(sealed) < _HEAD_BYTES or sealed[:1] != _VERSION:
            raise CannotOpen("this is nothing that was sealed here")
        number = number_of(sealed)
        cipher = self._ciphers.get(number)
        if cipher is None:
            raise CannotOpen(f"sealed with key {number}, which is not in the keyring")
        head = sealed[:_HEAD_BYTES]
        try:
            return cipher.decrypt(head[-_NONCE_BYTES:], sealed[_HEAD_BYTES:], head + about.encode())
        except InvalidTag:
            raise CannotOpen(f"sealed with another key {number}, or changed since") from None


def number_of(sealed: bytes) -> int:
    """The number of the key that a text was sealed with."""
    return int.from_bytes(sealed[len(_VERSION) : len(_VERSION) + _ID_BYTES], "big")


def read_keyring(text: str) -> Vault:
    """A keyring as it stands in `MIXBOT_SECRET_KEY`; one key alone may do without its number.

    Raises:
        SetupError: MB145, which part cannot be used, and never what is in it.
    """
    keys: dict[int, bytes] = {}
    for place, part in enumerate(text.replace("\n", ",").split(","), 1):
        if not part.strip():
            continue
        number, key = _read_key(part.strip(), place)
        if number in keys:
            raise _malformed(f"number {number} is there twice")
        keys[number] = key
    if not keys:
        raise _malformed("there is no key in it")
    if len(keys) > MOST_KEYS:
        raise _malformed(f"there are {len(keys)} keys in it, {MOST_KEYS} is the most")
    return Vault(keys)


def _read_key(part: str, place: int) -> tuple[int, bytes]:
    written, colon, encoded = part.rpartition(":")
    if colon and not (written.strip().isascii() and written.strip().isdigit() and 0 < int(written) < 2**31):
        raise _malformed(f"part {place} has no number before its colon")
    padded = encoded.strip().replace("-", "+").replace("_", "/")
    try:
        key = b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _malformed(f"part {place} is no base64") from None
    if len(key) != KEY_BYTES:
        raise _malformed(f"part {place} is a key of {len(key)} bytes, expected {KEY_BYTES}")
    return int(written) if colon else 1, key


def _malformed(what: str) -> SetupError:
    return SetupError(
        "MB145",
        f"MIXBOT_SECRET_KEY cannot be used: {what}. Expected 1:<base64 of 32 bytes>, several separated by commas. "
        "Make one: `mixbot keys new`.",
    )


def new_keyring(before: str = "") -> str:
    """A fresh key in front of the keyring there was; the others still open what they sealed.

    Raises:
        SetupError: MB145, the one before cannot be used.
    """
    numbers = read_keyring(before).numbers if before.strip() else ()
    fresh = f"{max(numbers, default=0) + 1}:{b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
    kept = [part.strip() for part in before.replace("\n", ",").split(",") if part.strip()]
    return ",".join([fresh, *(part if ":" in part else f"1:{part}" for part in kept)])
