"""The ceiling: the cheapest loop that answers and acknowledges with the bot's own libraries, without any feature.

No dedup, no order, no limits, no store, no retries, no log. `python -m tests.benchmarks.ceiling`, told by the same
environment variables as the bot.
"""

import asyncio
import gc
import hashlib
import os
import time
import uuid
import zlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Coroutine, Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any, Generic, TypeVar

import aiohttp
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.benchmarks.server import fast_runner

BATCH = 100
LINGER_S = 0.002
IN_FLIGHT = 16


T = TypeVar("T")


class Said(msgspec.Struct, gc=False):
    message_id: str = ""
    conversation_id: str = ""
    user_id: str = ""
    category: str = ""
    data: str = ""


class Frame(msgspec.Struct, gc=False):
    action: str
    data: Said | None = None


class Batches(Generic[T]):
    """Collects items and hands them to `post` in hundreds, or what there is after 2 ms; at most 16 posts at a time."""

    def __init__(self, post: Callable[[list[T]], Coroutine[None, None, None]]) -> None:
        self.post = post
        self.waiting: list[T] = []
        self.posts: set[asyncio.Task[None]] = set()
        self.timer: asyncio.TimerHandle | None = None
        self.loop = asyncio.get_running_loop()

    def put(self, items: Sequence[T]) -> None:
        self.waiting.extend(items)
        if len(self.waiting) >= BATCH:
            self.flush()
        elif self.timer is None:
            self.timer = self.loop.call_later(LINGER_S, self.flush)

    def flush(self) -> None:
        if self.timer:
            self.timer.cancel()
            self.timer = None
        while self.waiting and len(self.posts) < IN_FLIGHT:
            batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
            task = self.loop.create_task(self.post(batch))
            self.posts.add(task)
            task.add_done_callback(self.posted)
            if len(self.waiting) < BATCH:
                break

    def posted(self, task: asyncio.Task[None]) -> None:
        self.posts.discard(task)
        task.result()
        if len(self.waiting) >= BATCH or (self.waiting and self.timer is None):
            self.flush()


class Client:
    def __init__(self, http: aiohttp.ClientSession, keystore: dict[str, str], api: str) -> None:
        self.http, self.keystore, self.api = http, keystore, api
        self.key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(keystore["session_private_key"]))
        self.replies = Batches(self.send)
        self.receipts = Batches(self.acknowledge)

    def token(self, method: str, path: str, body: bytes, request_id: str) -> str:
        now = int(time.time())
        claims = {"uid": self.keystore["app_id"], "sid": self.keystore["session_id"], "iat": now, "exp": now + 200}
        claims |= {"jti": request_id, "sig": hashlib.sha256(f"{method}{path}".encode() + body).hexdigest()}
        return jwt.encode(claims | {"scp": "FULL"}, self.key, algorithm="EdDSA")

    async def call(self, path: str, text: str) -> None:
        body = text.encode()
        request_id = str(uuid.uuid4())
        headers = {"Content-Type": "application/json", "X-Request-Id": request_id}
        headers["Authorization"] = f"Bearer {self.token('POST', path, body, request_id)}"
        async with self.http.post(self.api + path, data=body, headers=headers) as response:
            answer: Any = msgspec.json.decode(await response.read())
        if answer.get("error"):
            raise SystemExit(f"refused: {answer['error']}")

    async def send(self, items: list[tuple[str, str]]) -> None:
        await self.call("/messages", f"[{','.join([item for _, item in items])}]")
        self.receipts.put([message_id for message_id, _ in items])

    async def acknowledge(self, message_ids: list[str]) -> None:
        between = '","status":"READ"},{"message_id":"'
        await self.call("/acknowledgements", f'[{{"message_id":"{between.join(message_ids)}","status":"READ"}}]')

    async def handle(self, said: Said) -> None:
        answer = b2a_base64(b"pong " + a2b_base64(said.data)[6:], newline=False).decode()
        digest = sha1(said.message_id.encode(), usedforsecurity=False).hexdigest()
        item = (
            f'{{"conversation_id":"{said.conversation_id}","recipient_id":"{said.user_id}","message_id":"{digest[:8]}'
            f'-{digest[8:12]}-5{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}","category":"PLAIN_TEXT",'
            f'"data":"{answer}"}}'
        )
        self.replies.put(((said.message_id, item),))


async def main() -> None:
    keystore = msgspec.json.decode(Path(os.environ["MIXIN_KEYSTORE_PATH"]).read_bytes(), type=dict[str, str])
    gc.freeze()
    gc.set_threshold(50_000)
    decode = msgspec.json.Decoder(Frame).decode
    create_task = asyncio.get_running_loop().create_task
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as http:
        client = Client(http, keystore, os.environ["MIXIN_API_URL"])
        async with connect(
            os.environ["MIXIN_BLAZE_URL"],
            subprotocols=[Subprotocol("Mixin-Blaze-1")],
            additional_headers={"Authorization": f"Bearer {client.token('GET', '/', b'', str(uuid.uuid4()))}"},
            compression=None,
            max_queue=None,
        ) as blaze:
            request = f'{{"id":"{uuid.uuid4()}","action":"LIST_PENDING_MESSAGES"}}'
            await blaze.send(zlib.compress(request.encode(), wbits=31))
            async for text in blaze:
                frame = decode(zlib.decompress(text, 31))  # type: ignore[arg-type]  # Blaze speaks in binary frames
                if frame.action == "CREATE_MESSAGE" and frame.data and frame.data.category:
                    create_task(client.handle(frame.data))


if __name__ == "__main__":
    fast_runner()(main())
