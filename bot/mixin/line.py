"""One WebSocket to Blaze, opened once; keeping one up is the business of `blaze`."""

import logging

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from bot.mixin.codec import MAX_FRAME_BYTES
from bot.mixin.options import BlazeOptions
from bot.websocket import Socket

SUBPROTOCOL = Subprotocol("Mixin-Blaze-1")
OAUTH_PROTOCOL = Subprotocol("Mixin-OAuth-1")

_quiet = logging.getLogger("bot.mixin.line")
_quiet.setLevel(logging.INFO)  # at DEBUG, websockets would log the token


class _Connect(connect):
    """Never follows a redirect: the token is for this host only."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Line(Socket):
    """A connection to Blaze."""


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
