"""A bot that speaks nandbox's protocol frame by frame."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bot.sandbox import Sandbox

PATIENCE_S = 30.0
END = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.ERROR)


class Client:
    """One connection. `code` is the close code of the WebSocket once it has ended; 1006: TCP ended without a frame."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    @property
    def code(self) -> int | None:
        return self.socket.close_code

    async def send(self, frame: dict[str, Any]) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def text(self) -> str:
        """The next frame as it is; "" at the end of the connection."""
        message = await self.socket.receive(timeout=PATIENCE_S)
        return "" if message.type in END else str(message.data)

    async def get(self) -> dict[str, Any]:
        text = await self.text()
        assert text, f"the connection has ended with {self.code}"
        frame = json.loads(text)
        assert isinstance(frame, dict)
        return frame

    async def ask(self, method: str, **fields: Any) -> dict[str, Any]:
        await self.send({"method": method, **fields})
        return await self.get()

    async def is_silent_after(self, frame: dict[str, Any]) -> bool:
        """Whether a frame is not answered: the PONG of a PING behind it comes next."""
        await self.send(frame)
        return await self.ask("PING") == {"method": "PONG"}

    async def log_in(self, token: str) -> dict[str, Any]:
        return await self.ask("TOKEN_AUTH", token=token, rem=True)

    async def rest(self) -> list[dict[str, Any]]:
        """All frames until the end of the connection."""
        frames = []
        while text := await self.text():
            frames.append(json.loads(text))
        return frames


@asynccontextmanager
async def connected(sandbox: Sandbox) -> AsyncIterator[Client]:
    """A connection that has not logged in."""
    async with aiohttp.ClientSession() as session, session.ws_connect(sandbox.nandbox_uri) as socket:
        yield Client(socket)


@asynccontextmanager
async def logged_in(sandbox: Sandbox) -> AsyncIterator[Client]:
    async with connected(sandbox) as client:
        assert (await client.log_in(sandbox.nandbox.token))["method"] == "TOKEN_AUTH_OK"
        yield client
