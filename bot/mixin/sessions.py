"""The sessions of people, and the secrets shared with each: asked for once, remembered in memory only, and bounded.

A secret follows from two keys and never changes; that it is remembered saves most of what sealing costs. Nothing of it
is kept in the database: after a restart it is worked out again for those who are written to. That somebody's sessions
have changed is noticed by Mixin, which answers with the present ones.

Source: protocol/mixin.md 9.5
"""

import asyncio
import binascii
from collections.abc import Iterable, Mapping, Sequence

import structlog

from bot.mixin.api import Api
from bot.mixin.contents import base64_bytes
from bot.mixin.conversation import is_uuid
from bot.mixin.encryption import Envelope, Sealer, checksum
from bot.mixin.packing import BATCH
from bot.mixin.views import Session
from bot.wire import Raw, Value, encode

MOST_PEOPLE = 100_000
"""Whose sessions are remembered: about 60 MiB of them."""

TURN = 32
"""New people whose secrets are worked out before others may run again."""

_ID, _SECRET = 16, 32

log = structlog.get_logger()


class Receiver(Value, frozen=True):
    """All sessions of one person. `keys` is empty where one of them cannot open what is sealed."""

    digest: bytes
    listed: Raw
    keys: bytes

    @property
    def checksum(self) -> str:
        return self.digest.hex()

    @property
    def envelopes(self) -> Sequence[Envelope]:
        keys, size = self.keys, _ID + _SECRET
        return [(keys[at : at + _ID], keys[at + _ID : at + size]) for at in range(0, len(keys), size)]


class Sessions:
    """Who is forgotten first is who was not written to for longest, roughly: there are two generations."""

    def __init__(self, api: Api, sealer: Sealer, most: int = MOST_PEOPLE) -> None:
        self._api = api
        self._sealer = sealer
        self._most = most
        self._young: dict[str, Receiver] = {}
        self._old: dict[str, Receiver] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    async def of(self, user_ids: Iterable[str], *, afresh: bool = False) -> Mapping[str, Receiver]:
        """Those of many people; who has none is missing. `afresh`: what is remembered may be wrong.

        Raises:
            ServiceError: They could not be asked for.
        """
        wanted = dict.fromkeys(user_ids)
        found: dict[str, Receiver] = {}
        if not afresh:
            for user_id in wanted:
                if (known := self._known(user_id)) is not None:
                    found[user_id] = known
        missing = [user_id for user_id in wanted if user_id not in found]
        for start in range(0, len(missing), BATCH):
            some = missing[start : start + BATCH]
            sessions = await self._api.sessions_fetch(some)
            for turn, (user_id, those) in enumerate(_by_person(sessions, some).items()):
                if turn % TURN == TURN - 1:
                    await asyncio.sleep(0)
                receiver = self.learn(user_id, those)
                if receiver is not None:
                    found[user_id] = receiver
        return found

    def learn(self, user_id: str, sessions: Sequence[Session]) -> Receiver | None:
        """What Mixin says are all sessions of somebody; nothing where there are none, or none that makes sense."""
        receiver = self._receiver(sessions)
        self.forget(user_id)
        if receiver is not None:
            self._keep(user_id, receiver)
        return receiver

    def forget(self, user_id: str) -> None:
        self._young.pop(user_id, None)
        self._old.pop(user_id, None)

    def _known(self, user_id: str) -> Receiver | None:
        receiver = self._young.get(user_id)
        if receiver is None and (receiver := self._old.pop(user_id, None)) is not None:
            self._keep(user_id, receiver)
        return receiver

    def _keep(self, user_id: str, receiver: Receiver) -> None:
        self._young[user_id] = receiver
        if len(self._young) >= max(self._most // 2, 1):
            self._old, self._young = self._young, {}

    def _receiver(self, sessions: Sequence[Session]) -> Receiver | None:
        keys: list[bytes] = []
        ids: list[str] = []
        for session in sessions:
            if not is_uuid(session.session_id):
                log.warning("sessions.unreadable", what="session id")
                continue
            ids.append(session.session_id)
            keys.append(bytes.fromhex(session.session_id.replace("-", "")))
            keys.append(self._secret(session.public_key or ""))
        if not ids:
            return None
        listed = encode([{"session_id": session_id} for session_id in ids])
        return Receiver(bytes.fromhex(checksum(ids)), Raw(listed), b"".join(keys) if all(keys) else b"")

    def _secret(self, public_key: str) -> bytes:
        """Empty where the session has no key, or none that is one."""
        if not public_key:
            return b""
        try:
            return self._sealer.secret(base64_bytes(public_key))
        except (binascii.Error, ValueError):
            log.warning("sessions.unreadable", what="public key")
            return b""


def _by_person(sessions: Iterable[Session], asked: Iterable[str]) -> dict[str, list[Session]]:
    """What was asked for, and nobody else."""
    found: dict[str, list[Session]] = {user_id: [] for user_id in asked}
    for session in sessions:
        if (those := found.get(session.user_id or "")) is not None:
            those.append(session)
    return {user_id: those for user_id, those in found.items() if those}
