"""The two base64 forms of the wire: URL alphabet without padding, and the standard one with it.

Source: mixin.md 0.3 and 6.1. Decoding accepts both alphabets, padded or not.
"""

import base64
import binascii

_TO_STANDARD = str.maketrans("-_", "+/")


def to_url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def to_standard(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def from_any(text: str) -> bytes:
    """Decode either form.

    Raises:
        ValueError: A foreign character, or a length that no bytes have.
    """
    bare = text.translate(_TO_STANDARD).rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
