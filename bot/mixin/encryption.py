"""Messages that only the devices of their receiver can open; no I/O, and the randomness is an argument.

The text is sealed once, with AES-128-GCM under a key of its own. That key is wrapped for every session of the receiver
with AES-256-CBC under the raw X25519 secret of both sides. What comes in was written by anybody: it is measured before
it is cut, and one kind of error tells nobody which of the steps failed.

Source: protocol/mixin.md 9.2 to 9.5 and 9.8
"""

import hashlib
import os
import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.errors import CannotOpen
from bot.mixin.curve import x25519_of_seed

MOST_SESSIONS = 510
"""For how many sessions one text may be sealed."""

SECRETS = 4096
"""Senders whose shared secret is remembered: it is the dearest part, and the same for every message."""

_VERSION = b"\x01"
_KEY, _NONCE, _TAG, _ID, _IV, _WRAPPED, _SECRET = 16, 12, 16, 16, 16, 32, 32
_HEAD = len(_VERSION) + 2 + 32
_ENTRY = _ID + _IV + _WRAPPED
_PADDING = bytes([_KEY]) * _KEY

Envelope = tuple[bytes, bytes]
"""The 16 bytes of a receiver's session id, and the secret shared with that session."""


class Sealer:
    """One session of the bot: seals for others, and opens what is for itself. Its keys are in no `repr`."""

    def __init__(self, key: Ed25519PrivateKey, session_id: str) -> None:
        self._key = X25519PrivateKey.from_private_bytes(x25519_of_seed(key.private_bytes_raw()))
        self._session = uuid.UUID(session_id).bytes
        self.public_key = self._key.public_key().public_bytes_raw()
        self._remembered = lru_cache(SECRETS)(self.secret)
        self._wrap = Cipher(AES(bytes(_SECRET)), CBC(bytes(_IV)))

    def secret(self, public_key: bytes) -> bytes:
        """What is shared with the owner of an X25519 key, 32 bytes.

        Raises:
            ValueError: That is no key, or one that gives everybody the same secret.
        """
        return self._key.exchange(X25519PublicKey.from_public_bytes(public_key))

    def seal(self, plain: bytes, envelopes: Sequence[Envelope], random: Callable[[int], bytes] = os.urandom) -> bytes:
        """`random` is asked for the key, the nonce, and 16 bytes for every envelope, in this order.

        Raises:
            ValueError: For nobody, or for too many sessions.
        """
        if not 0 < len(envelopes) <= MOST_SESSIONS:
            raise ValueError(f"{len(envelopes)} sessions to seal for, expected 1 to {MOST_SESSIONS}")
        drawn = random(_KEY + _NONCE + _IV * len(envelopes))
        key, nonce = drawn[:_KEY], drawn[_KEY : _KEY + _NONCE]
        padded = key + _PADDING
        parts = [_VERSION, len(envelopes).to_bytes(2, "little"), self.public_key]
        place, wrap = _KEY + _NONCE, self._wrap
        for session, secret in envelopes:
            iv = drawn[place : place + _IV]
            place += _IV
            # Another key in the same cipher: a new one checks for the third time what AES and CBC have checked.
            wrap.algorithm, wrap.mode = AES(secret), CBC(iv)
            parts += session, iv, wrap.encryptor().update(padded)
        parts += nonce, AESGCM(key).encrypt(nonce, plain, None)
        return b"".join(parts)

    def open(self, sealed: bytes) -> bytes:
        """
        Raises:
            CannotOpen: It is not what it should be, for another session, or changed on its way.
        """
        if len(sealed) < _HEAD + _ENTRY + _NONCE + _TAG or sealed[:1] != _VERSION:
            raise CannotOpen("this is nothing that was sealed")
        end = _HEAD + _ENTRY * int.from_bytes(sealed[1:3], "little")
        if end + _NONCE + _TAG > len(sealed):
            raise CannotOpen("this is shorter than it says")
        entry = self._entry(sealed, end)
        iv, wrapped = sealed[entry + _ID : entry + _ID + _IV], sealed[entry + _ID + _IV : entry + _ENTRY]
        try:
            secret = self._remembered(sealed[3:_HEAD])
            padded = Cipher(AES(secret), CBC(iv)).decryptor().update(wrapped)
            if padded[_KEY:] != _PADDING:
                raise CannotOpen("sealed with another key, or changed since")
            nonce = sealed[end : end + _NONCE]
            return AESGCM(padded[:_KEY]).decrypt(nonce, sealed[end + _NONCE :], None)
        except (InvalidTag, ValueError):
            raise CannotOpen("sealed with another key, or changed since") from None

    def _entry(self, sealed: bytes, end: int) -> int:
        """Where the entry of our own session begins."""
        place = sealed.find(self._session, _HEAD, end)
        while place >= 0 and (place - _HEAD) % _ENTRY:
            place = sealed.find(self._session, place + 1, end)
        if place < 0:
            raise CannotOpen("sealed for other sessions than this one")
        return place


def checksum(session_ids: Iterable[str]) -> str:
    """By which Mixin knows whether these are all sessions of a person; empty for none."""
    joined = "".join(sorted(session_ids))
    return hashlib.md5(joined.encode()).hexdigest() if joined else ""  # noqa: S324 - what the protocol says
