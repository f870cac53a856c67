"""People's devices and Mixin's list of them, for tests of what is sealed: sessions that can change at any moment."""

import hashlib
import json
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.mixin.encryption import Sealer, checksum
from bot.wire import encode
from tests.bot.mixin.servers import Answer, FakeApi, refuse
from tests.bot.mixin.vectors import BOT_ID


class Device(Sealer):
    """One session of somebody; without `can_open` it has no key that anybody knows."""

    def __init__(self, name: str, *, can_open: bool = True) -> None:
        self.session_id = str(uuid.uuid5(uuid.NAMESPACE_OID, name))
        super().__init__(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()), self.session_id)
        self.can_open = can_open

    @property
    def view(self) -> dict[str, str]:
        key = urlsafe_b64encode(self.public_key).rstrip(b"=").decode() if self.can_open else ""
        return {"type": "session", "session_id": self.session_id, "public_key": key}


@dataclass
class Devices:
    """`of`: the sessions of each person. `received` is what was taken, opened by the first device, by message id."""

    of: dict[str, list[Device]] = field(default_factory=dict)
    received: dict[str, tuple[str, str]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    capabilities: list[str] = field(default_factory=lambda: ["GROUP", "CONTACT", "ENCRYPTED"])
    mute: bool = False
    """Success is answered without a word."""
    stale: int = 0
    """So many times a request is refused as a whole."""
    rotating: bool = False
    """Everybody has another device for every message."""

    def serve(self, api: FakeApi) -> None:
        api.answers[:] = [self._answer(api)]

    def _answer(self, api: FakeApi) -> Answer:
        async def answer(request: web.Request) -> web.StreamResponse:
            body = api.asked[-1].body
            found = self._data(request.path, json.loads(body) if body else None)
            return api.signed(
                request, found if isinstance(found, web.Response) else web.Response(body=encode({"data": found}))
            )

        return answer

    def _data(self, path: str, asked: Any) -> Any:
        if path == "/me":
            return {"user_id": BOT_ID, "app": {"app_id": BOT_ID, "capabilities": self.capabilities}}
        if path == "/sessions/fetch":
            return [one.view | {"user_id": user_id} for user_id in asked for one in self.of.get(user_id, [])]
        if path == "/messages":
            self.plain.extend(item["message_id"] for item in asked)
            return None
        if path == "/encrypted_messages":
            if self.stale:
                self.stale -= 1
                return refuse(20140)
            outcomes = [self._take(item) for item in asked]
            return None if self.mute else outcomes
        return None

    def _take(self, item: dict[str, Any]) -> dict[str, Any]:
        user_id = item["recipient_id"]
        if self.rotating:
            self.of[user_id] = [Device(f"{user_id} {uuid.uuid4()}")]
        devices = self.of.get(user_id, [])
        about = {"type": "message", "message_id": item["message_id"], "recipient_id": user_id}
        listed = [one["session_id"] for one in item["recipient_sessions"]]
        current = [one.session_id for one in devices]
        if not devices or item["checksum"] != checksum(current) or sorted(listed) != sorted(current):
            return about | {"state": "FAILED", "sessions": [one.view for one in devices]}
        data = urlsafe_b64decode(item["data_base64"] + "==")
        if item["category"].startswith("ENCRYPTED_"):
            (opened,) = {one.open(data) for one in devices}
        else:
            opened = data
        self.received.setdefault(item["message_id"], (item["category"], opened.decode()))
        self.order.append(item["message_id"])
        return about | {"state": "SUCCESS", "sessions": [one.view for one in devices]}
