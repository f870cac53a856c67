"""Ask somebody by a picture that they scan with their phone: for a terminal, and where no browser comes back to us.

The way that the OAuth page itself takes: a WebSocket of its own, without a token, is asked every second what became of
the request. Whoever scans the picture may agree; who that was is asked afterwards.

Source: protocol/mixin.md 4.10
"""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bot.errors import Rejected, Unavailable
from bot.mixin.codec import inflate, pack_frame
from bot.mixin.line import OAUTH_PROTOCOL, Line, open_line
from bot.mixin.options import BlazeOptions
from bot.wire import Value, WireError, decoder

ACTION = "REFRESH_OAUTH_CODE"
CODE_FROM = 17
"""A code has more than 16 characters; before somebody agreed there is none."""

FINAL = frozenset({400, 401, 403, 404, 10002})


class Declined(Rejected):
    """Whoever scanned the picture allowed nothing."""


class _Authorization(Value, frozen=True):
    authorization_id: str = ""
    authorization_code: str | None = None
    code_id: str = ""
    scopes: tuple[str, ...] | None = None


class _Error(Value, frozen=True):
    code: int = 0


class _Frame(Value, frozen=True):
    id: str | None = None
    data: _Authorization | None = None
    error: _Error | None = None


_read = decoder(_Frame)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `every_s` is the pause between two questions, `patience_s` how long somebody may take."""

    app_id: str
    scopes: Sequence[str]
    challenge: str
    every_s: float = 1.0
    patience_s: float = 600.0


async def code_by_phone(url: str, request: Request, shown: Callable[[str], None], options: BlazeOptions) -> str:
    """The code to exchange, once somebody agreed. `shown` is given the id to make a picture of, once.

    Raises:
        Declined: They allowed nothing.
        Rejected: Mixin does not know this bot, or the scopes.
        Unavailable: The line cannot be made or broke, or nobody scanned it in time.
    """
    try:
        async with asyncio.timeout(request.patience_s):
            line = await open_line(url, "", options, protocol=OAUTH_PROTOCOL)
            try:
                return await _ask(line, request, shown)
            finally:
                await line.close()
    except TimeoutError:
        raise Unavailable("nobody agreed in time") from None
    except (OSError, InvalidHandshake, ConnectionClosed, EOFError, WireError) as error:
        raise Unavailable(f"the line for the picture: {type(error).__name__}") from None


async def _ask(line: Line, request: Request, shown: Callable[[str], None]) -> str:
    authorization_id = ""
    while True:
        found = await _refresh(line, request, authorization_id)
        if len(code := found.authorization_code or "") >= CODE_FROM:
            return code
        if authorization_id and found.scopes is not None and not found.scopes:
            raise Declined("nothing was allowed", code=403)
        if not authorization_id:
            if not found.authorization_id or not found.code_id:
                raise Unavailable("the answer has nothing to make a picture of")
            authorization_id = found.authorization_id
            shown(found.code_id)
        await asyncio.sleep(request.every_s)


async def _refresh(line: Line, request: Request, authorization_id: str) -> _Authorization:
    params = {
        "client_id": request.app_id,
        "scope": " ".join(request.scopes),
        "code_challenge": request.challenge,
        "authorization_id": authorization_id,
    }
    frame_id = str(uuid.uuid4())
    await line.send(pack_frame({"id": frame_id, "action": ACTION, "params": params}))
    while True:
        frame = _read(inflate((await line.receive())[-1]))
        if frame.id not in (frame_id, None):
            continue  # of a question before
        if frame.error is not None:
            kind = Rejected if frame.error.code in FINAL else Unavailable
            raise kind(f"code {frame.error.code}", code=frame.error.code)
        if frame.data is not None:
            return frame.data
