"""A websocket to nandbox, made and logged in: the one place where the token is sent.

Source: protocol/nandbox.md 1 and 2
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bot.nandbox.account import Account
from bot.nandbox.codec import Failure, Hello, decode_frame, login_frame
from bot.nandbox.options import LineOptions
from bot.websocket import Socket

_quiet = logging.getLogger("bot.nandbox.line")
_quiet.setLevel(logging.INFO)  # at DEBUG, websockets would log the token


class LoginRefusedError(Exception):
    """The server did not accept the token; `code` is 0 where it only closed the line."""

    def __init__(self, code: int) -> None:
        super().__init__(f"code {code}")
        self.code = code


class _Connect(connect):
    """Never follows a redirect: the token is for this host only."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@asynccontextmanager
async def open_socket(account: Account, options: LineOptions) -> AsyncIterator[tuple[Socket, Hello]]:
    """Connect, log in, and close at the end of the block.

    Raises:
        LoginRefusedError: The server does not know the token.
        OSError, TimeoutError, websockets.exceptions.WebSocketException: No connection, or not to nandbox.
    """
    socket = await _Connect(
        account.uri,
        create_connection=Socket,
        user_agent_header="mixbot",
        compression=None,
        open_timeout=options.handshake_timeout_s,
        close_timeout=options.close_timeout_s,
        ping_interval=None,
        max_size=options.max_frame_bytes,
        max_queue=64,
        proxy=None,
        logger=_quiet,
    )
    assert isinstance(socket, Socket)
    try:
        yield socket, await _log_in(socket, account, options)
    finally:
        await socket.close()


async def _log_in(socket: Socket, account: Account, options: LineOptions) -> Hello:
    try:
        async with asyncio.timeout(options.login_timeout_s):
            await socket.send(login_frame(account.token), text=True)
            first, *more = await socket.receive()
    except ConnectionClosed:
        raise LoginRefusedError(0) from None
    socket.put_back(more)
    frame = decode_frame(first)
    if isinstance(frame, Hello):
        return frame
    raise LoginRefusedError(frame.code if isinstance(frame, Failure) else 0)
