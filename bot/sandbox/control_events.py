"""The WebSocket over which pages hear what happens."""

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.control import WEBSOCKET_PROTOCOL, Ask, ControlError
from bot.sandbox.envelope import dumps
from bot.sandbox.events import Listener

PING_EVERY_S = 20.0


async def events(ask: Ask) -> Any:
    """`as`: only what that person would see; without it everything. `after`: begin with what was missed. `frames`: also
    what goes over the wire, many at once as `{"kind": "frames", "frames": [...]}`.
    """
    return await stream(ask, ask.sandbox.person(ask.query("as")).user_id if ask.query("as") else "")


async def stream(ask: Ask, person_id: str) -> web.WebSocketResponse:
    """Events until the page leaves; "" hears everything."""
    if ask.request.headers.get("Upgrade", "").lower() != "websocket":
        raise ControlError(400, "this is for WebSockets")
    after = ask.whole("after", 0, 2**53) if ask.query("after") else None
    socket = web.WebSocketResponse(
        heartbeat=PING_EVERY_S, compress=False, max_msg_size=4096, timeout=1.0, protocols=(WEBSOCKET_PROTOCOL,)
    )
    await socket.prepare(ask.request)
    listener = ask.sandbox.events.listen(person_id, after, frames=bool(ask.query("frames")))
    try:
        await _run(socket, listener)
    finally:
        ask.sandbox.events.leave(listener)
    return socket


async def _run(socket: web.WebSocketResponse, listener: Listener) -> None:
    with suppress(ConnectionError):
        try:
            async with asyncio.TaskGroup() as group:
                telling = group.create_task(_tell(socket, listener))
                await _until_closed(socket)
                telling.cancel()
        except* ConnectionError as lost:
            del lost


async def _tell(socket: web.WebSocketResponse, listener: Listener) -> None:
    while not listener.ended:
        for event in await listener.get():
            await socket.send_str(dumps(event).decode())
    await socket.close(code=WSCloseCode.GOING_AWAY)


async def _until_closed(socket: web.WebSocketResponse) -> None:
    while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
        pass
