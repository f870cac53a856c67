"""Ed25519 keys as X25519 keys, and public ones back.

Mixin's server key comes in either form: the present keystore has the Ed25519 one, the older has it converted already.

Source: protocol/mixin.md 9.4; RFC 7748, section 4.1
"""

import hashlib

_P = 2**255 - 19


def x25519_of_ed25519(public_key: bytes) -> bytes:
    """The same key on the Montgomery curve, 32 bytes.

    Raises:
        ValueError: Not 32 bytes, or the one value that has no counterpart.
    """
    y = _number(public_key)
    if y == 1:
        raise ValueError("the key has no X25519 form")
    return ((1 + y) * pow(1 - y, -1, _P) % _P).to_bytes(32, "little")


def ed25519_of_x25519(public_key: bytes) -> bytes:
    """A key that converts to the given one, 32 bytes. The sign of the original is not known, and not needed.

    Raises:
        ValueError: Not 32 bytes, or the one value that has no counterpart.
    """
    u = _number(public_key)
    if u == _P - 1:
        raise ValueError("the key has no Ed25519 form")
    return ((u - 1) * pow(u + 1, -1, _P) % _P).to_bytes(32, "little")


def x25519_of_seed(seed: bytes) -> bytes:
    """The private X25519 key, 32 bytes, of an Ed25519 key that is made from a seed of 32 bytes."""
    scalar = bytearray(hashlib.sha512(seed).digest()[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    return bytes(scalar)


def _number(public_key: bytes) -> int:
    if len(public_key) != 32:
        raise ValueError(f"the key has {len(public_key)} bytes, expected 32")
    return (int.from_bytes(public_key, "little") & (2**255 - 1)) % _P
