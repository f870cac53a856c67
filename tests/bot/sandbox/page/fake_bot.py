"""A bot of forty lines that answers from a script: real sockets, its own signing, nothing of the service under test."""

import asyncio
import base64
import gzip
import hashlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import jwt
import websockets
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

APP_ID = "5a4db0c5-0000-4000-8000-00000000b070"
Answer = list[tuple[str, Any]]
BUTTONS = [
    {"label": "Ping", "action": "input: /ping ", "color": "#5979F0"},
    {"label": "Docs", "action": "https://docs.example/", "color": "#3D98D0"},
    {"label": "Profile", "action": "mixin://users/5a4db0c5-0000-4000-8000-0000000000b0", "color": "#C5595A"},
]
LONG_POST = "# Welcome\n\n**Bold** and `code`\n\n" + "\n\n".join(f"Paragraph {n}" for n in range(40))
OLD_CARD = {
    "app_id": APP_ID, "icon_url": "https://cdn.example/i.png", "title": "Old card", "description": "First\nSecond",
    "action": "https://docs.example/old", "shareable": False,
}  # fmt: skip
NEW_CARD = {
    "app_id": APP_ID, "cover_url": "https://cdn.example/c.png", "title": "New card", "description": "First\nSecond",
    "actions": [{"label": "Again", "action": "input:again", "color": "#C5595A"}], "shareable": False,
}  # fmt: skip


def script(text: str) -> Answer:
    """Say Hi for a bit of everything, `/cards` for cards, else the text comes back."""
    if text == "Hi":
        return [("PLAIN_TEXT", "Welcome <b>you</b>"), ("PLAIN_POST", LONG_POST), ("APP_BUTTON_GROUP", BUTTONS)]
    if text == "/cards":
        return [("APP_CARD", OLD_CARD), ("APP_CARD", NEW_CARD)]
    return [("PLAIN_TEXT", f"echo {text}")]


class FakeBot:
    """Answers every text by `answer`, then acknowledges it as read."""

    def __init__(self, url: str, keystore: dict[str, Any], answer: Callable[[str], Answer]) -> None:
        self.url = url
        self.keystore = keystore
        self.answer = answer
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(keystore["session_private_key"]))

    def token(self, method: str, path: str, body: bytes, request_id: str) -> str:
        now = int(time.time())
        claims = {
            "uid": self.keystore["app_id"], "sid": self.keystore["session_id"], "iat": now, "exp": now + 300,
            "jti": request_id, "sig": hashlib.sha256(method.encode() + path.encode() + body).hexdigest(), "scp": "FULL",
        }  # fmt: skip
        return jwt.encode(claims, self._key, algorithm="EdDSA")

    async def post(self, path: str, value: object) -> None:
        """One signed call.

        Raises:
            AssertionError: The sandbox refused it.
        """
        body, request_id = json.dumps(value).encode(), str(uuid.uuid4())
        headers = {
            "Authorization": f"Bearer {self.token('POST', path, body, request_id)}",
            "X-Request-Id": request_id, "Content-Type": "application/json",
        }  # fmt: skip
        async with aiohttp.ClientSession() as http, http.post(self.url + path, data=body, headers=headers) as answer:
            said = await answer.text()
        assert answer.status == 200, said
        assert "error" not in said, said

    async def send(self, conversation_id: str, recipient_id: str, category: str, content: object) -> str:
        raw = (content if isinstance(content, str) else json.dumps(content)).encode()
        message_id = str(uuid.uuid4())
        item = {
            "conversation_id": conversation_id, "recipient_id": recipient_id, "message_id": message_id,
            "category": category, "data_base64": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        }  # fmt: skip
        await self.post("/messages", [item])
        return message_id

    async def run(self, connected: asyncio.Event) -> None:
        """Answer until cancelled."""
        headers = {"Authorization": f"Bearer {self.token('GET', '/', b'', str(uuid.uuid4()))}"}
        async with websockets.connect(
            self.url.replace("http", "ws", 1) + "/", subprotocols=[websockets.Subprotocol("Mixin-Blaze-1")],
            additional_headers=headers, compression=None, proxy=None,
        ) as line:  # fmt: skip
            frame = {"id": str(uuid.uuid4()), "action": "LIST_PENDING_MESSAGES"}
            await line.send(gzip.compress(json.dumps(frame).encode()))
            connected.set()
            async for raw in line:
                assert isinstance(raw, bytes)
                await self._receive(json.loads(gzip.decompress(raw)))

    async def _receive(self, frame: dict[str, Any]) -> None:
        data = frame.get("data")
        if frame["action"] != "CREATE_MESSAGE" or not isinstance(data, dict) or not data.get("category"):
            return
        if data["category"] == "PLAIN_TEXT":
            for category, content in self.answer(base64.b64decode(data["data"]).decode()):
                await self.send(data["conversation_id"], data["user_id"], category, content)
        await self.post("/acknowledgements", [{"message_id": data["message_id"], "status": "READ"}])


@asynccontextmanager
async def running(bot: FakeBot) -> AsyncIterator[FakeBot]:
    """The bot, connected; gone at the end."""
    connected = asyncio.Event()
    task = asyncio.create_task(bot.run(connected))
    try:
        async with asyncio.timeout(30):
            await connected.wait()
        yield bot
    finally:
        task.cancel()
        [ended] = await asyncio.gather(task, return_exceptions=True)
    if isinstance(ended, Exception) and not isinstance(ended, websockets.ConnectionClosed):
        raise ended
