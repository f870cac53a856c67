"""Blaze, the WebSocket on which Mixin delivers messages: one connection, kept up for as long as the process lives.

Every attempt signs a fresh token. A line is given up when a ping stays unanswered, and made again after a pause that
grows. Not receiving makes the server wait; the line is not judged meanwhile.

Source: protocol/mixin.md 7
"""

import asyncio
import random
import uuid
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.protocol import State

from bot.beside import beside
from bot.errors import ServiceError, SetupError
from bot.mixin.api import Api
from bot.mixin.auth import Clock, app_token
from bot.mixin.codec import Answer, Failure, Part, decode, list_pending_frame
from bot.mixin.contents import Unseal
from bot.mixin.hosts import Route
from bot.mixin.keystore import Keystore
from bot.mixin.line import Line, open_line
from bot.mixin.options import BlazeOptions

T = TypeVar("T")

NIL_ID = "00000000-0000-0000-0000-000000000000"
UNAUTHORIZED = 401
CLIENT_TOO_OLD = 10006
ALERT_AFTER = 5
TOGETHER = 32
"""Messages that are read before the first of them is handed on, unless frames are large."""
SMALL_FRAME_BYTES = 1024

log = structlog.get_logger()


class Blaze:
    """The connection, and what the health page wants to know of it. `last_frame_at` is on the loop's clock."""

    def __init__(
        self,
        keystore: Keystore,
        route: Route,
        clock: Clock,
        api: Api,
        options: BlazeOptions,
        unseal: Unseal | None = None,
    ) -> None:
        self._keystore = keystore
        self._route = route
        self._clock = clock
        self._api = api
        self._options = options
        self._unseal = unseal
        self._stopping = asyncio.Event()
        self._connection: Line | None = None
        self._frames: deque[bytes] = deque()
        self._attempt = 0
        self._connected_at = 0.0
        self._pushed_at = 0.0
        self._unlisted = 0
        self._receiving_since: float | None = None
        self.last_frame_at: float | None = None
        self.reconnects = 0

    @property
    def connected(self) -> bool:
        return self._connection is not None and self._connection.state is State.OPEN

    def stop(self) -> None:
        """End `receive()` soon, with nothing."""
        self._stopping.set()

    async def receive(self) -> Sequence[Part]:
        """What the next frames mean; connects first, and as often as it takes. Nothing at all after `stop()`.

        Raises:
            AccessRefused: Mixin no longer knows this key.
            SetupError: MB112, Mixin asks for a newer program.
        """
        while not self._stopping.is_set():
            connection = self._connection or await self._connect()
            if connection is None:
                continue
            if not self._frames:
                try:
                    self._receiving_since = asyncio.get_running_loop().time()
                    self._frames.extend(await connection.receive())
                except ConnectionClosed as error:
                    self._lost(error)
                    continue
                finally:
                    self._receiving_since = None
                self.last_frame_at = self._pushed_at = asyncio.get_running_loop().time()
            if parts := await self._read(connection):
                self._unlisted += len(parts)
                return parts
        return ()

    async def _read(self, connection: Line) -> list[Part]:
        """What the next frames mean: many small ones, or one that may be large."""
        parts: list[Part] = []
        frames, bot_id, unseal = self._frames, self._keystore.app_id, self._unseal
        while frames and len(parts) < TOGETHER:
            frame = frames.popleft()
            found = decode(frame, bot_id, unseal)
            if found and isinstance(found[0], Failure):
                frames.clear()
                await self._failed(found[0], connection)
                break
            parts.extend(found[1:] if found and isinstance(found[0], Answer) else found)
            if len(frame) > SMALL_FRAME_BYTES:
                break
        return parts

    async def _connect(self) -> Line | None:
        """One attempt, after the pause that is due; nothing if it failed, or there is no need any more."""
        await self._pause()
        if self._stopping.is_set():
            return None
        self._attempt += 1
        url = self._route.url
        token = app_token(self._keystore, "GET", "/", now=self._clock.now(), request_id=str(uuid.uuid4()))
        try:
            connection = await self._unless_stopped(open_line(url, token, self._options))
        except InvalidStatus as error:
            status = error.response.status_code
            log.warning("blaze.refused", status=status, attempt=self._attempt)
            if status in {401, 403}:
                await self._check_access()
            else:
                self._route.failed(f"HTTP {status}")
            return None
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed, EOFError, ValueError) as error:
            reason = f"{type(error).__name__}: {str(error)[:200]}"
            log.warning(
                "blaze.unreachable", code="MB130", host=urlsplit(url).hostname, reason=reason, attempt=self._attempt
            )
            self._route.failed(reason)
            return None
        if connection is None:
            return None
        self._route.worked()
        self._connection = connection
        self._connected_at = self.last_frame_at = asyncio.get_running_loop().time()
        log.info("blaze.connected", attempt=self._attempt, reconnects=self.reconnects)
        await self._list_pending(connection)
        return connection

    async def _unless_stopped(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What the work gives, or nothing, with the work cancelled, if `stop()` comes first."""
        working = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            for task in (working, stop):
                task.cancel()
            await asyncio.gather(working, stop, return_exceptions=True)

    async def _pause(self) -> None:
        """Wait before another attempt: not before the first, and longer the more of them failed in a row."""
        if self._attempt == 0:
            return
        options = self._options
        longest_s = min(options.backoff_first_s * 2 ** min(self._attempt - 1, 30), options.backoff_most_s)
        delay_s = longest_s * random.uniform(0.9, 1.0)  # noqa: S311
        say = log.error if self._attempt >= ALERT_AFTER else log.info
        say("blaze.retry", delay_s=round(delay_s, 2), attempt=self._attempt + 1)
        await self._stopped_within(delay_s)

    async def _stopped_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._stopping.wait()
        return False

    async def _list_pending(self, connection: Line) -> None:
        self._unlisted = 0
        with suppress(ConnectionClosed):  # the next `recv` says so too
            await connection.send(list_pending_frame(str(uuid.uuid4())))

    def _lost(self, error: ConnectionClosed) -> None:
        """Note that the line is gone. The pause starts over only if it had held for a while."""
        self._connection = None
        lived_s = asyncio.get_running_loop().time() - self._connected_at
        if lived_s >= self._options.stable_after_s:
            self._attempt = 1
        self.reconnects += 1
        if not self._stopping.is_set():
            code = error.rcvd.code if error.rcvd is not None else 1006
            log.warning("blaze.lost", close_code=code, lived_s=round(lived_s, 1))

    async def _failed(self, failure: Failure, connection: Line) -> None:
        """The server refused the connection, or one of the requests on it."""
        log.warning("blaze.refused", code=failure.code, whole=failure.id == NIL_ID)
        if failure.code == CLIENT_TOO_OLD:
            raise SetupError("MB112", "Mixin no longer serves this version of the program (code 10006): update mixbot.")
        await connection.close()
        if failure.code == UNAUTHORIZED:
            await self._check_access()

    async def _check_access(self) -> None:
        """Ask GET /me whether the key is dead or only the token was; this also puts the clock right.

        Raises:
            AccessRefused: The key is dead.
        """
        try:
            await self._unless_stopped(self._api.me())
        except ServiceError as error:
            log.warning("blaze.access_unknown", code=error.code)

    async def watch(self) -> None:
        """Ping, judge the line, ask again for pending messages; ends, closing the line, after `stop()`."""
        options = self._options
        while not await self._stopped_within(options.ping_every_s):
            connection = self._connection
            if connection is not None and not await self._alive(connection):
                log.warning("blaze.silent", after_s=options.pong_wait_s)
                connection.transport.abort()
            elif connection is not None and self._fell_silent():
                log.info("blaze.listed_again")
                await self._list_pending(connection)
        if self._connection is not None:
            await self._connection.close()

    async def _alive(self, connection: Line) -> bool:
        """Whether a ping is answered, or the missing answer may lie behind frames that nobody received yet."""
        asked_at = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._options.pong_wait_s):
                await (await connection.ping())
        except TimeoutError:
            if self._receiving_since is not None and self._receiving_since <= asked_at:
                return False
            log.info("blaze.pong_late")
            return True
        except ConnectionClosed:
            return True
        self.last_frame_at = asyncio.get_running_loop().time()
        return True

    def _fell_silent(self) -> bool:
        """Whether something came since the last time of asking, was taken, and nothing followed for a while."""
        silence_s = asyncio.get_running_loop().time() - self._pushed_at
        return self._unlisted > 0 and self._receiving_since is not None and silence_s >= self._options.relist_after_s

    async def close(self) -> None:
        self.stop()
        if self._connection is not None:
            await self._connection.close()


@asynccontextmanager
async def open_blaze(
    keystore: Keystore, route: Route, clock: Clock, api: Api, options: BlazeOptions, unseal: Unseal | None = None
) -> AsyncIterator[Blaze]:
    """Blaze, connected with the first `receive()`, and closed at the end of the block."""
    blaze = Blaze(keystore, route, clock, api, options, unseal)
    try:
        async with beside(blaze.watch(), stop=blaze.stop):
            yield blaze
    finally:
        await blaze.close()
