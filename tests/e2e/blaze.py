"""One connection to the hostile server's Blaze."""

import asyncio
import json
import zlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

from tests.e2e.sockets import BINARY, CLOSE, PING, PONG, Request, read_frame, reset, upgraded, websocket_frame
from tests.e2e.views import Said, frame

NIL_ID = "00000000-0000-0000-0000-000000000000"


class Server(Protocol):
    """What a line needs of the server that it belongs to."""

    pending: dict[str, Said]
    copies: int
    shuffle: Any

    async def note(self, kind: str, ids: Sequence[str] = ()) -> None: ...


class Line:
    """`frozen`: nothing is read, answered or sent, but the connection stays. `deaf`: only pings go unanswered."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._order = asyncio.Lock()
        self.listening = False
        self.frozen = asyncio.Event()
        self.frozen.set()
        self.deaf = False

    async def run(self, request: Request, *, welcome: bool) -> None:
        """Serve until the connection ends."""
        self._writer.write(upgraded(request))
        if not welcome:
            error = {"status": 202, "code": 401, "description": "Unauthorized, maybe invalid token."}
            await self.send(frame("ERROR", id=NIL_ID, error=error))
        try:
            while True:
                opcode, payload = await read_frame(self._reader)
                await self.frozen.wait()
                if opcode == PING and not self.deaf:
                    self._writer.write(websocket_frame(PONG, payload))
                elif opcode == CLOSE:
                    self._writer.write(websocket_frame(CLOSE, payload[:2]))
                    await self._writer.drain()
                    return
                elif opcode == BINARY and welcome:
                    await self._asked(json.loads(zlib.decompress(payload, 31)))
        finally:
            self.listening = False

    async def _asked(self, asked: dict[str, Any]) -> None:
        await self._server.note(f"asked {asked['action']}")
        await self.send(frame(asked["action"], id=asked["id"]))
        if asked["action"] == "LIST_PENDING_MESSAGES":
            self.listening = True
            await self._server.note("listening")
            await self.deliver(list(self._server.pending.values()), "LIST_PENDING_MESSAGES")

    async def deliver(self, messages: Sequence[Said], source: str) -> None:
        """Push messages in order, or as the server was told to."""
        with suppress(ConnectionError):
            async with self._order:
                waiting = [said for said in messages for _ in range(self._server.copies)]
                if self._server.shuffle is not None:
                    self._server.shuffle.shuffle(waiting)
                for said in waiting:
                    if said.id not in self._server.pending:
                        continue
                    await self._server.note("push", [said.id])
                    await self.send(said.frame(source))
                    await self._server.note("pushed", [said.id])

    async def send(self, data: bytes, opcode: int = BINARY) -> None:
        await self.frozen.wait()
        await self.write(websocket_frame(opcode, data))

    async def write(self, data: bytes) -> None:
        """Bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    async def close(self, code: int) -> None:
        """End the connection as WebSocket wants it."""
        self.listening = False
        await self.write(websocket_frame(CLOSE, code.to_bytes(2, "big")))

    def freeze(self) -> None:
        """From now on the connection is half-open: it stands, and nobody is at the other end."""
        self.listening = False
        self.frozen.clear()

    def abort(self) -> None:
        self.listening = False
        self.frozen.set()
        reset(self._writer)
