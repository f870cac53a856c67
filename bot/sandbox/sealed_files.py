"""Files of encrypted messages: the storage keeps what only those who were sent the key can open.

Source: mixin.md 9.8.
"""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.sandbox.sealing import Unreadable

KEY_BYTES = 64
BLOCK_BYTES = 16
MAC_BYTES = 32


def seal_file(content: bytes, key: bytes, iv: bytes | None = None) -> tuple[bytes, bytes]:
    """The file as it is uploaded, and its digest; the first half of the key encrypts, the second signs."""
    iv = iv or os.urandom(BLOCK_BYTES)
    missing = BLOCK_BYTES - len(content) % BLOCK_BYTES
    encryptor = Cipher(AES(key[:32]), CBC(iv)).encryptor()
    signed = iv + encryptor.update(content + bytes([missing]) * missing) + encryptor.finalize()
    made = signed + hmac.digest(key[32:], signed, "sha256")
    return made, hashlib.sha256(made).digest()


def unseal_file(made: bytes, key: bytes, digest: bytes) -> bytes:
    """The file that was encrypted.

    Raises:
        Unreadable: Another file, another key, or damage.
    """
    if len(key) != KEY_BYTES:
        raise Unreadable(f"the file's key has {len(key)} bytes, expected {KEY_BYTES}")
    if not hmac.compare_digest(hashlib.sha256(made).digest(), digest):
        raise Unreadable("the file is not the one that the digest is of")
    signed, mac = made[:-MAC_BYTES], made[-MAC_BYTES:]
    if len(signed) < 2 * BLOCK_BYTES or len(signed) % BLOCK_BYTES:
        raise Unreadable(f"{len(made)} bytes are no encrypted file")
    if not hmac.compare_digest(hmac.digest(key[32:], signed, "sha256"), mac):
        raise Unreadable("the file's signature does not fit")
    decryptor = Cipher(AES(key[:32]), CBC(signed[:BLOCK_BYTES])).decryptor()
    padded = decryptor.update(signed[BLOCK_BYTES:]) + decryptor.finalize()
    missing = padded[-1]
    if not 1 <= missing <= BLOCK_BYTES or padded[-missing:] != bytes([missing]) * missing:
        raise Unreadable("the file's padding is none")
    return padded[:-missing]
