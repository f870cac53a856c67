"""A neutral nandbox: answers `getUser` at once and at little cost; `python -m tests.benchmarks.getuser.server`.

Prints its port, and ends with its input. Written without a library for websockets, so that it is never what one waits
for: it knows text frames of up to 64 KiB from well-behaved clients, and nothing else.
"""

import asyncio
import base64
import hashlib
import json
import sys
from typing import cast

import msgspec

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PREVIEW = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8).decode()
"""About as large as those of the live service."""


class Request(msgspec.Struct):
    method: str = ""
    user_id: str = ""
    reference: str | int | None = None


read = msgspec.json.Decoder(Request).decode


def details(request: Request) -> bytes:
    """The answer that the vendor documents, with the question's reference."""
    user = {
        "id": request.user_id, "name": "Nadia Farouk", "version": "0F9o", "is_bot": False, "status": "", "image": "@",
        "photo": {"id": f"V_0F9o_{request.user_id}_0_g0LwjLXs6x.jpg", "width": 256, "height": 256,
                  "thumbnail": {"id": f"V_0F9o_{request.user_id}_0_g0LwjLXs6x.jpg.thumb.jpg", "width": 120,
                                "height": 120}},
    }  # fmt: skip
    reference = {} if request.reference is None else {"reference": request.reference}
    frame = {"method": "userDetails", "app_id": "90090684000000559", **reference, "user": user}
    return msgspec.json.encode(frame).replace(b'"@"', b'"' + PREVIEW.encode() + b'"')


def hello(token: str) -> bytes:
    bot_id = token.partition(":")[0]
    return json.dumps({
        "date": 1774000000000, "is_nandbox": 0, "method": "TOKEN_AUTH_OK", "name": "Bench", "ID": bot_id, "id": bot_id,
        "localId": 0, "email": None, "token": token,
    }).encode()  # fmt: skip


def framed(text: bytes) -> bytes:
    size = len(text)
    return (b"\x81" + bytes([size]) if size < 126 else b"\x81\x7e" + size.to_bytes(2)) + text


class Line(asyncio.Protocol):
    """One client."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.received = b""
        self.upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.upgraded and not self.upgrade():
            return
        answers = []
        while (text := self.next_text()) is not None:
            if answer := self.answer(text):
                answers.append(framed(answer))
        if answers:
            self.transport.write(b"".join(answers))

    def upgrade(self) -> bool:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head, self.received = self.received[:end], self.received[end + 4 :]
        key = next(
            line.partition(b":")[2].strip()
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"sec-websocket-key:")
        )
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self.upgraded = True
        return True

    def next_text(self) -> bytes | None:
        """The next whole frame of a client, unmasked; anything but text ends the line."""
        received = self.received
        if len(received) < 6:
            return None
        size, start = received[1] & 0x7F, 2
        if size == 126:
            size, start = int.from_bytes(received[2:4]), 4
        end = start + 4 + size
        if len(received) < end:
            return None
        if received[0] != 0x81:
            self.transport.close()
            return None
        mask, content = received[start : start + 4], received[start + 4 : end]
        self.received = received[end:]
        repeated = (mask * (size // 4 + 1))[:size]
        return (int.from_bytes(content) ^ int.from_bytes(repeated)).to_bytes(size)

    def answer(self, text: bytes) -> bytes:
        request = read(text)
        if request.method == "getUser":
            return details(request)
        if request.method == "TOKEN_AUTH":
            return hello(str(json.loads(text)["token"]))
        return b'{"method":"PONG"}' if request.method == "PING" else b""


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Line, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
