"""Ids that both sides of the wire compute for themselves.

Source: mixin.md 8; https://developers.mixin.one/docs/api/conversations/create
"""

import hashlib
import re
import uuid
from collections.abc import Iterable
from functools import lru_cache

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NIL = "00000000-0000-0000-0000-000000000000"


def new_id() -> str:
    return str(uuid.uuid4())


def is_id(value: object) -> bool:
    """Whether a value is a UUID in the lower-case, hyphenated form that goes over the wire."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


@lru_cache(maxsize=65_536)
def contact_id(one: str, other: str) -> str:
    """The id of the conversation of two people: MD5 over both ids, the smaller first, marked as UUID version 3."""
    return _pair(one.lower(), other.lower())


def group_id(owner: str, name: str, participants: Iterable[str], random_id: str) -> str:
    """The id of a group; `participants` without the owner."""
    made = _pair(_pair(owner, name), str(uuid.UUID(random_id)))
    for participant in sorted(participants):
        made = _pair(made, participant)
    return made


def members_hash(ids: Iterable[str]) -> str:
    """How Safe names the owners of an output: SHA3-256 over the sorted ids."""
    return hashlib.sha3_256("".join(sorted(ids)).encode()).hexdigest()


def _pair(one: str, other: str) -> str:
    smaller, larger = sorted((one, other))
    digest = bytearray(hashlib.md5((smaller + larger).encode(), usedforsecurity=False).digest())
    digest[6] = digest[6] & 0x0F | 0x30
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))
