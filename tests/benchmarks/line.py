"""One connection to the neutral server: HTTP/1.1 with keep-alive, or, after an upgrade, Blaze over a websocket."""

import asyncio
import base64
import hashlib
import time
import zlib
from typing import Any, Protocol, cast

import msgspec

from tests.benchmarks import devices, frames
from tests.benchmarks.rounds import Item, Receipt, Round

SERVER_PING_S = 10.0
"""The official Node SDK hangs up after 30 s without one (protocol notes 7.8)."""
HIGH_WATER = 2**20
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
OK = b"{}"

_items = msgspec.json.Decoder(list[Item]).decode
_item = msgspec.json.Decoder(Item).decode
_receipts = msgspec.json.Decoder(list[Receipt]).decode


class Seat(Protocol):
    """A contestant's place at the server, as its lines see it."""

    round: Round | None
    latency_s: float
    unknown_calls: set[str]

    @property
    def sealed(self) -> bool:
        """Whether Message Encryption is on."""
        ...

    def listens(self, line: "Line") -> None: ...
    def left(self, line: "Line") -> None: ...
    def wants_more(self) -> None: ...


class Line(asyncio.Protocol):
    """Written as a protocol without streams and tasks, so that the server costs less than any contestant."""

    transport: asyncio.Transport

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.received = b""
        self.upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=HIGH_WATER)
        self.may_write = True

    def connection_lost(self, error: Exception | None) -> None:
        self.seat.left(self)

    def pause_writing(self) -> None:
        self.may_write = False

    def resume_writing(self) -> None:
        self.may_write = True
        if self.upgraded:
            self.seat.wants_more()

    def data_received(self, data: bytes) -> None:
        self.received = self.received + data if self.received else data
        while self.received and (self.read_frame() if self.upgraded else self.read_request()):
            pass

    # HTTP

    def read_request(self) -> bool:
        """Answer one request if all of it is there."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self.received[:end]
        low = head.lower()
        size = int(header(low, b"content-length") or 0)
        if len(self.received) < end + 4 + size:
            return False
        body, self.received = self.received[end + 4 : end + 4 + size], self.received[end + 4 + size :]
        method, target, _ = head.split(b"\r\n", 1)[0].split(b" ", 2)
        request_id = header(low, b"x-request-id")
        if header(low, b"upgrade") == b"websocket":
            self.upgrade(head, low)
        elif not header(low, b"authorization") or b"chunked" in header(low, b"transfer-encoding"):
            self.later(request_id, error(401))
        else:
            self.request(method, target, body, request_id)
        return True

    def request(self, method: bytes, target: bytes, body: bytes, request_id: bytes) -> None:
        current = self.seat.round
        if target in (b"/messages", b"/encrypted_messages") and current:
            answered = current.replies(_items(body) if body[:1] == b"[" else [_item(body)])
            if self.seat.latency_s:
                asyncio.get_running_loop().call_later(self.seat.latency_s, current.accepted, answered)
            else:
                current.accepted(answered)
            self.later(request_id, outcomes(body) if target == b"/encrypted_messages" else OK)
        elif target == b"/acknowledgements" and current:
            self.later(request_id, OK)
            current.acknowledged(_receipts(body))
        else:
            self.later(request_id, self.look_up(method, target.partition(b"?")[0].decode(), body))

    def look_up(self, method: bytes, path: str, body: bytes) -> bytes:
        """The few things that a bot asks for besides."""
        first, _, rest = path.strip("/").partition("/")
        match (method, first, rest):
            case (b"GET", "me", "") | (b"GET", "safe", "me"):
                found: object = frames.me_view(sealed=self.seat.sealed)
            case (b"POST", "sessions", "fetch") if self.seat.sealed:
                found = [one for who in msgspec.json.decode(body) for one in devices.session_views(who)]
            case (b"POST", "users", "fetch"):
                found = [frames.user_view(who) for who in msgspec.json.decode(body)]
            case (b"GET", "users" | "search", who) if len(who) == 36:
                found = frames.user_view(who)
            case (b"GET", "conversations", conversation) if conversation:
                found = frames.conversation_view(conversation, "")
            case (b"POST", "conversations", ""):
                asked = msgspec.json.decode(body)
                found = frames.conversation_view(asked["conversation_id"], asked["participants"][0]["user_id"])
            case (b"POST", "sessions", "fetch") | (b"GET", "assets", "") | (b"GET", "safe", "outputs" | "assets"):
                found = []
            case _:
                self.seat.unknown_calls.add(f"{method.decode()} {path}")
                return error(404)
        return msgspec.json.encode({"data": found})

    def later(self, request_id: bytes, body: bytes) -> None:
        """Answer after the latency of this round."""
        echo = b"X-Request-Id: %b\r\n" % request_id if request_id else b""
        answer = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%bX-Server-Time: %d\r\nContent-Length: %d\r\n\r\n"
        )
        full = answer % (echo, time.time_ns(), len(body)) + body
        if self.seat.latency_s:
            asyncio.get_running_loop().call_later(self.seat.latency_s, self.write, full)
        else:
            self.transport.write(full)

    def write(self, data: bytes) -> None:
        """Unless whoever asked was killed meanwhile."""
        if not self.transport.is_closing():
            self.transport.write(data)

    # Blaze

    def upgrade(self, head: bytes, low: bytes) -> None:
        start = low.index(b"sec-websocket-key:") + 18
        key = head[start:].split(b"\r\n", 1)[0].strip()
        accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\nSec-WebSocket-Protocol: Mixin-Blaze-1\r\n\r\n" % accept
        )
        self.upgraded = True
        self.keep_pinging()

    def keep_pinging(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(frames.websocket_frame(9, b""))
            asyncio.get_running_loop().call_later(SERVER_PING_S, self.keep_pinging)

    def read_frame(self) -> bool:
        """Serve one whole, masked, unfragmented frame if it is there."""
        data = self.received
        if len(data) < 6:
            return False
        opcode, size, at = data[0] & 0x0F, data[1] & 0x7F, 2
        if size == 126:
            size, at = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, at = int.from_bytes(data[2:10], "big"), 10
        if len(data) < at + 4 + size:
            return False
        payload = unmasked(data[at + 4 : at + 4 + size], data[at : at + 4])
        self.received = data[at + 4 + size :]
        if opcode == 9:
            self.transport.write(frames.websocket_frame(10, payload))
        elif opcode == 8:
            self.transport.write(frames.websocket_frame(8, payload[:2]))
            self.transport.close()
        elif opcode in (1, 2):
            self.action(msgspec.json.decode(zlib.decompress(payload, 31)))
        return True

    def action(self, asked: dict[str, Any]) -> None:
        answer = msgspec.json.encode({"id": asked["id"], "action": asked["action"]})
        self.transport.write(frames.websocket_frame(2, frames.gzipped(answer)))
        if asked["action"] == "LIST_PENDING_MESSAGES":
            self.seat.listens(self)
        elif asked["action"].startswith("ACKNOWLEDGE_MESSAGE_RECEIPT") and self.seat.round:
            params = asked["params"]
            self.seat.round.acknowledged(msgspec.convert(params.get("messages", [params]), list[Receipt]))

    def push(self, bundle: bytes) -> bool:
        """Write ready frames; whether more may follow at once."""
        self.transport.write(bundle)
        return self.may_write


def header(low: bytes, name: bytes) -> bytes:
    """A header's value in lower case out of a whole head in lower case; empty if absent."""
    start = low.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = low.find(b"\r\n", start)
    return low[start : end if end >= 0 else len(low)].strip()


def outcomes(body: bytes) -> bytes:
    """Everybody's devices are what the sender thinks they are."""
    taken = [
        {"type": "message", "message_id": one.message_id, "recipient_id": "", "state": "SUCCESS", "sessions": []}
        for one in _items(body)
    ]
    return msgspec.json.encode({"data": taken})


def error(code: int) -> bytes:
    return msgspec.json.encode(
        {"error": {"status": 202, "code": code, "description": "the benchmark has no such thing"}}
    )


def unmasked(payload: bytes, mask: bytes) -> bytes:
    whole = mask * (len(payload) // 4 + 1)
    size = len(payload)
    return (int.from_bytes(payload, "big") ^ int.from_bytes(whole[:size], "big")).to_bytes(size, "big")
