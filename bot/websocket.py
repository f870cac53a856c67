"""A websocket as a client has it, for many frames at a time: all that arrived are given at once, all that are said in
one turn of the event loop leave together.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import State

_SPOKEN = frozenset({Opcode.CONT, Opcode.TEXT, Opcode.BINARY})


class Socket(ClientConnection):
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
        self._said = False

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

    def put_back(self, messages: Sequence[bytes]) -> None:
        """What is received next."""
        self._arrived[:0] = messages

    def say(self, text: bytes) -> None:
        """Send a text in this turn of the event loop, together with all else that is said in it.

        Whether it arrives is for the other side to tell: on a connection that is closing it is dropped. Nothing waits
        for a slow network, so whoever says a lot has to wait for answers.
        """
        if self.protocol.state is not State.OPEN:
            return
        self.protocol.send_text(text)
        if not self._said:
            self._said = True
            self.loop.call_soon(self._send_said)

    def _send_said(self) -> None:
        self._said = False
        if waiting := b"".join(self.protocol.data_to_send()):
            self.transport.write(waiting)

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
