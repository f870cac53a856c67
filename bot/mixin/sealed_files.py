"""Files that travel beside sealed messages: sealed before they are handed over, checked before they are opened; no I/O.

Key and digest travel in the message, which only its receivers can open. Source: protocol/mixin.md 9.8
"""

import binascii
import hashlib
import hmac
import os
from base64 import b64decode, b64encode

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from bot.errors import CannotOpen
from bot.wire import Value

KEY_BYTES = 64
_IV, _MAC, _BLOCK = 16, 32, 16

OVERHEAD = _IV + _BLOCK + _MAC
"""How many bytes a sealed file is longer than what is in it, at most."""


class SealedFile(Value, frozen=True):
    """`content` is what is handed over; `key` and `digest` are base64, as they stand in a message."""

    content: bytes
    key: str
    digest: str


def seal_file(plain: bytes, key: bytes = b"", iv: bytes = b"") -> SealedFile:
    """`key` (64 bytes) and `iv` (16) are drawn where they are not given."""
    key, iv = key or os.urandom(KEY_BYTES), iv or os.urandom(_IV)
    padder = PKCS7(8 * _BLOCK).padder()
    encryptor = Cipher(AES(key[:32]), CBC(iv)).encryptor()
    body = iv + encryptor.update(padder.update(plain) + padder.finalize())
    content = body + hmac.digest(key[32:], body, "sha256")
    return SealedFile(content, b64encode(key).decode(), b64encode(hashlib.sha256(content).digest()).decode())


def open_file(content: bytes, key: str, digest: str) -> bytes:
    """
    Raises:
        CannotOpen: It is not the file that the message speaks of.
    """
    try:
        raw, wanted = b64decode(key, validate=True), b64decode(digest, validate=True)
    except (binascii.Error, ValueError):
        raise CannotOpen("the key of the file is no base64") from None
    if len(raw) != KEY_BYTES or len(content) < OVERHEAD or (len(content) - _IV - _MAC) % _BLOCK:
        raise CannotOpen("this is no sealed file, or not its key")
    if not hmac.compare_digest(hashlib.sha256(content).digest(), wanted):
        raise CannotOpen("this is another file than the one that was sent")
    body, mac = content[:-_MAC], content[-_MAC:]
    if not hmac.compare_digest(hmac.digest(raw[32:], body, "sha256"), mac):
        raise CannotOpen("sealed with another key")
    decryptor = Cipher(AES(raw[:32]), CBC(body[:_IV])).decryptor()
    unpadder = PKCS7(8 * _BLOCK).unpadder()
    try:
        return unpadder.update(decryptor.update(body[_IV:])) + unpadder.finalize()
    except ValueError:
        raise CannotOpen("sealed with another key") from None
