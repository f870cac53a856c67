"""Identifiers and checksums that Mixin derives from other identifiers; no I/O.

Source: protocol/mixin.md 8, which quotes the official SDKs.
"""

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")


def is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def new_conversation_id(user_id: str, other_id: str) -> str:
    """The conversation of two: the same whichever of them is named first.

    This is not `uuid.uuid3`, which puts a name space in front.
    """
    return _pair(user_id.lower(), other_id.lower())


conversation_id = lru_cache(maxsize=4096)(new_conversation_id)
"""The same, remembered: for those who write, again and again."""


def group_conversation_id(owner_id: str, name: str, participant_ids: Iterable[str], random_id: str) -> str:
    """The id of a new group; `random_id` has to be sent along, and the owner is not among the participants."""
    group = _pair(_pair(owner_id, name), random_id.lower())
    for participant_id in sorted(participant_ids):
        group = _pair(group, participant_id)
    return group


def unique_object_id(*parts: str) -> str:
    """An id made of texts in the given order, as in the official Go SDK."""
    return _digest_uuid("".join(parts))


def members_hash(member_ids: Iterable[str]) -> str:
    """The `members` of a wallet: 64 hex digits; one own id for a simple wallet. The same id twice counts twice."""
    return hashlib.sha3_256("".join(sorted(member_ids)).encode()).hexdigest()


def _pair(a: str, b: str) -> str:
    return _digest_uuid(a + b if a <= b else b + a)


def _digest_uuid(text: str) -> str:
    """MD5 with the bits of version 3 and of the RFC variant set.

    `uuid.UUID` gives the same text at five times the cost.
    """
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-3{digest[13:16]}-{_VARIANT[digest[16]]}{digest[17:20]}-{digest[20:]}"


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
