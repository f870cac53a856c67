"""A bot of few words for the sandbox's tests: signs requests and speaks Blaze, with nothing of `bot`."""

import asyncio
import base64
import gzip
import hashlib
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from multidict import CIMultiDict
from yarl import URL

from bot.sandbox import Sandbox

VECTORS = Path(__file__).parents[2] / "vectors" / "mixin"
PATIENCE_S = 30.0


def vectors(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text())


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(
    keystore: dict[str, Any], method: str, target: str, body: bytes = b"", *, jti: str = "", now: float | None = None,
    **changed: Any,
) -> str:  # fmt: skip
    """An app token; `changed` replaces claims, None removes one."""
    at = int(time.time() if now is None else now)
    claims = {
        "uid": keystore["app_id"], "sid": keystore["session_id"], "iat": at, "exp": at + 60,
        "jti": jti or str(uuid.uuid4()), "scp": "FULL",
        "sig": hashlib.sha256(method.encode() + target.encode() + body).hexdigest(),
    }  # fmt: skip
    claims = {name: value for name, value in (claims | changed).items() if value is not None}
    parts = ({"alg": "EdDSA", "typ": "JWT"}, claims)
    text = ".".join(b64(json.dumps(part).encode()) for part in parts)
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(keystore["session_private_key"]))
    return f"{text}.{b64(key.sign(text.encode()))}"


@dataclass
class Answer:
    status: int
    headers: CIMultiDict[str]
    raw: bytes
    asked: str = ""

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def code(self) -> int:
        """The error's code, 0 without one."""
        return int(self.body.get("error", {}).get("code", 0))


class Client:
    """Speaks for one Keystore; `now` is the time it believes in."""

    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession, keystore: dict[str, Any] | None = None) -> None:
        self.sandbox = sandbox
        self.http = http
        self.keystore = keystore or sandbox.keystore
        self.now: float | None = None
        self.run_token = {"X-Sandbox-Token": sandbox.token}

    async def call(self, method: str, target: str, body: Any = None, **claims: Any) -> Answer:
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        jti = str(uuid.uuid4())
        token = sign(self.keystore, method, target, raw, jti=jti, now=self.now, **claims)
        headers = {"Authorization": f"Bearer {token}", "X-Request-Id": jti}
        return replace(await self.plain(method, target, raw, headers), asked=jti)

    async def plain(self, method: str, target: str, raw: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        """Without a signature of ours; the control API gets the token of its run unless `headers` has one."""
        if target.startswith("/_sandbox"):
            headers = self.run_token | (headers or {})
        url = URL(self.sandbox.url + target, encoded=True)
        async with self.http.request(method, url, data=raw or None, headers=headers) as response:
            return Answer(response.status, CIMultiDict(response.headers), await response.read())

    async def control(self, method: str, target: str, **fields: Any) -> Any:
        """The control API; fails the test where it says no."""
        raw = json.dumps(fields).encode() if fields else b""
        answer = await self.plain(method, "/_sandbox" + target, raw)
        assert answer.status == 200, answer.raw
        return answer.body

    async def send(self, *items: dict[str, Any]) -> Answer:
        return await self.call("POST", "/messages", list(items))

    async def acknowledge(self, *message_ids: str, status: str = "READ") -> Answer:
        rows = [{"message_id": one, "status": status} for one in message_ids]
        return await self.call("POST", "/acknowledgements", rows)

    @asynccontextmanager
    async def blaze(
        self, *, start: bool = True, path: str = "/", protocol: str = "Mixin-Blaze-1"
    ) -> AsyncIterator["Blaze"]:
        """A line; `start`: ask for what is pending, and take the answer to that."""
        headers = {"Authorization": f"Bearer {sign(self.keystore, 'GET', '/', now=self.now)}"}
        url = self.sandbox.url + path
        async with self.http.ws_connect(url, protocols=[protocol], headers=headers, autoping=False) as socket:
            line = Blaze(socket)
            if start:
                asked = await line.ask("LIST_PENDING_MESSAGES")
                assert await line.frame() == {"id": asked, "action": "LIST_PENDING_MESSAGES"}
            yield line


class Blaze:
    """The client's end of a line."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def ask(self, action: str, params: Any = None) -> str:
        """Send a request; gives its id."""
        asked = str(uuid.uuid4())
        frame = {"id": asked, "action": action} | ({} if params is None else {"params": params})
        await self.socket.send_bytes(gzip.compress(json.dumps(frame).encode()))
        return asked

    async def receive(self) -> aiohttp.WSMessage:
        async with asyncio.timeout(PATIENCE_S):
            return await self.socket.receive()

    async def frame(self) -> Any:
        """The next frame; pings and pongs are passed over."""
        while (message := await self.receive()).type in (aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG):
            pass
        assert message.type is aiohttp.WSMsgType.BINARY, message
        return json.loads(gzip.decompress(message.data))

    async def pushed(self) -> Any:
        """The `data` of the next message that somebody said."""
        frame = await self.frame()
        assert frame["action"] == "CREATE_MESSAGE", frame
        return frame["data"]

    async def quiet(self) -> bool:
        """Whether nothing was pushed before the answer to one more question."""
        asked = await self.ask("NO_SUCH_ACTION", {})
        return bool((await self.frame())["id"] == asked)

    async def ended(self) -> aiohttp.WSMessage:
        """Wait for the end of the line; gives how it ended."""
        while (message := await self.receive()).type not in (
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.ERROR,
        ):
            pass
        return message


def item(conversation_id: str, recipient_id: str, text: str = "pong", **changed: Any) -> dict[str, Any]:
    """A message as a bot sends it."""
    return {
        "conversation_id": conversation_id, "recipient_id": recipient_id, "message_id": str(uuid.uuid4()),
        "category": "PLAIN_TEXT", "data_base64": b64(text.encode()),
    } | changed  # fmt: skip
