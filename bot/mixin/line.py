"""One WebSocket to Blaze, opened once; keeping one up is the business of `blaze`."""

import asyncio
import logging
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from bot.mixin.codec import MAX_FRAME_BYTES
from bot.mixin.options import BlazeOptions

SUBPROTOCOL = Subprotocol("Mixin-Blaze-1")
OAUTH_PROTOCOL = Subprotocol("Mixin-OAuth-1")

_quiet = logging.getLogger("bot.mixin.line")
_quiet.setLevel(logging.INFO)  # at DEBUG, websockets would log the token


class _Connect(connect):
    """Never follows a redirect: the token is for this host only."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Line(ClientConnection):
    """A connection that hands over all messages that have arrived, where `recv()` would wait for each of them.

    Reading pauses while `max_queue` messages or more have not been taken.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._most = self.max_queue_high or 1
        self._arrived: list[bytes] = []
        self._partial = bytearray()
        self._arrival: asyncio.Future[None] | None = None
        self._held = False

    async def receive(self) -> list[bytes]:
        """At least one message, text or binary alike; waits for it. To be called by one task at a time.

        Raises:
            ConnectionClosed: There will be no more.
        """
        while not self._arrived:
            if self.connection_lost_waiter.done():
                raise self.close_exc
            self._arrival = self.loop.create_future()
            try:
                await self._arrival
            finally:
                self._arrival = None
        arrived, self._arrived = self._arrived, []
        if self._held:
            self._held = False
            self.transport.resume_reading()
        return arrived

    def process_event(self, event: Any) -> None:
        """Take what belongs to messages; all else is left to the library."""
        if self.response is None or not isinstance(event, Frame) or event.opcode not in _SPOKEN:
            super().process_event(event)
            return
        if self._partial or not event.fin:
            self._partial += event.data
            if not event.fin:
                return
            self._arrived.append(bytes(self._partial))
            self._partial.clear()
        else:
            self._arrived.append(bytes(event.data))
        if len(self._arrived) >= self._most and not self._held:
            self._held = True
            self.transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._wake()

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)


_SPOKEN = frozenset({Opcode.CONT, Opcode.TEXT, Opcode.BINARY})


async def open_line(url: str, token: str, options: BlazeOptions, *, protocol: Subprotocol = SUBPROTOCOL) -> Line:
    """Connect and shake hands, within `handshake_timeout_s`; without a token where nobody in particular asks.

    Pings are left to the caller. A frame may have four times the size that is read, so that an oversized one can be
    told away without losing the line.

    Raises:
        OSError, websockets.exceptions.InvalidHandshake: No connection, or not to Blaze.
    """
    line = await _Connect(
        url,
        create_connection=Line,
        subprotocols=[protocol],
        additional_headers={"Authorization": f"Bearer {token}"} if token else {},
        user_agent_header="mixbot",
        compression=None,
        open_timeout=options.handshake_timeout_s,
        close_timeout=options.close_timeout_s,
        ping_interval=None,
        max_size=4 * MAX_FRAME_BYTES,
        max_queue=options.queue_frames,
        proxy=None,
        logger=_quiet,
    )
    assert isinstance(line, Line)
    return line
