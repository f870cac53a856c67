"""People's devices in the benchmark, where Message Encryption is on: two each, who seal and open as the sandbox does.

Keys are few and shared, which saves the server work and the contestant none; session ids are everybody's own.
"""

import base64
import hashlib
import uuid
from functools import lru_cache
from typing import NamedTuple

from bot.sandbox.keys import curve_public
from bot.sandbox.sealing import seal, unseal
from tests.benchmarks.frames import SESSION_ID

KEYS = 64
EACH = 2
PEOPLE = 100_000


class Device(NamedTuple):
    session_id: str
    seed: bytes


@lru_cache(PEOPLE)
def devices(user_id: str) -> tuple[Device, ...]:
    number = uuid.UUID(user_id).int
    return tuple(
        Device(str(uuid.UUID(int=number ^ (each + 1) << 64)), hashlib.sha256(b"%d" % ((number + each) % KEYS)).digest())
        for each in range(EACH)
    )


def session_views(user_id: str) -> list[dict[str, str]]:
    return [
        {"type": "session", "user_id": user_id, "session_id": one.session_id, "public_key": _text(one.seed)}
        for one in devices(user_id)
    ]


def said(user_id: str, text: bytes, bot_key: bytes) -> bytes:
    """What somebody's first device makes of a text for the bot."""
    first, *others = devices(user_id)
    own = [(one.session_id, curve_public(one.seed)) for one in others]
    return seal(first.seed, text, [*own, (SESSION_ID, bot_key)])


def heard(user_id: str, sealed: bytes) -> bytes:
    """What somebody's last device makes of what the bot said."""
    last = devices(user_id)[-1]
    return unseal(sealed, last.session_id, last.seed)


@lru_cache(KEYS)
def _text(seed: bytes) -> str:
    return base64.urlsafe_b64encode(curve_public(seed)).rstrip(b"=").decode()
