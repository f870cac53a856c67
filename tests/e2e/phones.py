"""Devices of the people who talk to the bot, where Message Encryption is on: they may be others at any moment.

What they seal and open goes through the sandbox's reading of the protocol, which shares no code with the bot's.
"""

import base64
import json
import random
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.sandbox.keys import curve_public
from bot.sandbox.sealing import checksum, seal, unseal

DEVICES = 2


class Phones:
    """Each person has two devices; before a message of the bot is taken, with probability `changing` one is new."""

    def __init__(self, home: Path, seed: int = 0, changing: float = 0.0) -> None:
        """`home` is where the service has its keystore."""
        keystore = json.loads((home / "keystore.json").read_text())
        self._bot = (keystore["session_id"], curve_public(bytes.fromhex(keystore["session_private_key"])))
        self._chance = random.Random(seed)
        self._changing = changing
        self._of: dict[str, list[tuple[str, bytes]]] = {}
        self.changes = self.sealed = self.refused = 0

    def of(self, user_id: str) -> list[tuple[str, bytes]]:
        """Session id and seed of each device."""
        return self._of.setdefault(user_id, [self._new() for _ in range(DEVICES)])

    def view(self, user_id: str) -> list[dict[str, str]]:
        return [
            {"type": "session", "user_id": user_id, "session_id": session_id, "public_key": _text(curve_public(seed))}
            for session_id, seed in self.of(user_id)
        ]

    def say(self, user_id: str, text: str) -> dict[str, str]:
        """Members of the view of a message from somebody's first device."""
        first, *others = self.of(user_id)
        receivers = [*((session_id, curve_public(seed)) for session_id, seed in others), self._bot]
        sealed = seal(first[1], text.encode(), receivers)
        data = base64.b64encode(sealed).decode()
        return {"category": "ENCRYPTED_TEXT", "session_id": first[0], "data": data, "data_base64": _text(sealed)}

    def take(self, item: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """What the server says to an item of POST /encrypted_messages, and the item in clear, if it is taken."""
        user_id = item["recipient_id"]
        if self._chance.random() < self._changing:
            self.of(user_id)[self._chance.randrange(DEVICES)] = self._new()
            self.changes += 1
        devices = self.of(user_id)
        listed = [one["session_id"] for one in item["recipient_sessions"]]
        known = sorted(session_id for session_id, _ in devices)
        outcome = {"type": "message", "message_id": item["message_id"], "recipient_id": user_id}
        if item["checksum"] != checksum(known) or sorted(listed) != known:
            self.refused += 1
            return outcome | {"state": "FAILED", "sessions": self.view(user_id)}, None
        data = base64.urlsafe_b64decode(item["data_base64"] + "==")
        category = str(item["category"])
        if category.startswith("ENCRYPTED_"):
            self.sealed += 1
            (data,) = {unseal(data, session_id, seed) for session_id, seed in devices}
            category = "PLAIN_" + category.removeprefix("ENCRYPTED_")
        clear = {**item, "category": category, "data_base64": _text(data)}
        return outcome | {"state": "SUCCESS", "sessions": []}, clear

    def _new(self) -> tuple[str, bytes]:
        return str(uuid.UUID(bytes=self._chance.randbytes(16), version=4)), self._chance.randbytes(32)


def answers(taken: Sequence[tuple[dict[str, Any], Any]]) -> bytes:
    return json.dumps({"data": [outcome for outcome, _ in taken]}).encode()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
