"""Messages that only the devices they are for can open: a key for each message, wrapped for every session.

An independent reading of the documents, so that the bot's own encryption is checked by somebody else's.

Source: mixin.md 9.2 to 9.5 and 9.8; https://developers.mixin.one/docs/api/messages/encrypted
"""

import hashlib
import os
import struct
import uuid
from collections.abc import Callable, Iterable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.sandbox.keys import curve_public, shared_secret

VERSION = 1
HEAD = struct.Struct("<BH32s")
ENTRY = struct.Struct("16s16s32s")
KEY_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
PADDING = bytes([16]) * 16
MAX_SESSIONS = 510


class Unreadable(Exception):
    """A payload that cannot be opened, and why."""


def seal(
    seed: bytes, plaintext: bytes, sessions: Sequence[tuple[str, bytes]], *,
    random: Callable[[int], bytes] = os.urandom,
) -> bytes:  # fmt: skip
    """Encrypt for sessions, each given as its id and its X25519 key, in the name of an Ed25519 seed."""
    key, nonce = random(KEY_BYTES), random(NONCE_BYTES)
    parts = [HEAD.pack(VERSION, len(sessions), curve_public(seed))]
    for session_id, public in sessions:
        iv = random(16)
        wrap = Cipher(AES(shared_secret(seed, public)), CBC(iv)).encryptor()
        wrapped = wrap.update(key + PADDING) + wrap.finalize()
        parts.append(ENTRY.pack(uuid.UUID(session_id).bytes, iv, wrapped))
    return b"".join((*parts, nonce, AESGCM(key).encrypt(nonce, plaintext, None)))


def unseal(payload: bytes, session_id: str, seed: bytes) -> bytes:
    """What was encrypted for a session, with its Ed25519 seed.

    Raises:
        Unreadable: It was not encrypted for that session, or is damaged.
    """
    entries, sender = _entries(payload), payload[3:35]
    if session_id not in entries:
        raise Unreadable("it was not encrypted for this session")
    iv, wrapped = entries[session_id]
    try:
        secret = shared_secret(seed, sender)
    except ValueError:
        raise Unreadable("the sender's key is none") from None
    unwrap = Cipher(AES(secret), CBC(iv)).decryptor()
    padded = unwrap.update(wrapped) + unwrap.finalize()
    if padded[KEY_BYTES:] != PADDING:
        raise Unreadable("the message's key was wrapped for another key than this session's")
    body = payload[HEAD.size + ENTRY.size * len(entries) :]
    try:
        return AESGCM(padded[:KEY_BYTES]).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], None)
    except InvalidTag:
        raise Unreadable("the message was changed on its way, or encrypted with another key") from None


def sealed_for(payload: bytes) -> list[str]:
    """The ids of the sessions that a payload has an entry for.

    Raises:
        Unreadable: It is no such payload.
    """
    return list(_entries(payload))


def checksum(session_ids: Iterable[str]) -> str:
    """What a sender says of the sessions it knows: MD5 over their sorted ids, nothing for none."""
    joined = "".join(sorted(session_ids))
    return hashlib.md5(joined.encode(), usedforsecurity=False).hexdigest() if joined else ""


def _entries(payload: bytes) -> dict[str, tuple[bytes, bytes]]:
    if len(payload) < HEAD.size + ENTRY.size + NONCE_BYTES + TAG_BYTES:
        raise Unreadable(f"{len(payload)} bytes are too few")
    version, count, _ = HEAD.unpack_from(payload)
    if version != VERSION:
        raise Unreadable(f"version {version}, expected {VERSION}")
    end = HEAD.size + ENTRY.size * count
    if not 0 < count <= MAX_SESSIONS or end + NONCE_BYTES + TAG_BYTES > len(payload):
        raise Unreadable(f"{count} sessions do not fit into {len(payload)} bytes")
    found = {
        str(uuid.UUID(bytes=one)): (iv, wrapped)
        for one, iv, wrapped in ENTRY.iter_unpack(payload[HEAD.size : end])
    }  # fmt: skip
    if len(found) != count:
        raise Unreadable("a session is listed twice")
    return found
