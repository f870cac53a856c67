"""One request to Mixin's API, signed, sent once, and its answer read; what is asked for is in `api`.

Redirects are never followed, so that a token reaches no other host. Of an answer no more than a bounded number of
bytes is read, before and after decompression.

Source: protocol/mixin.md 1.2 and 1.3
"""

import math
import uuid
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from yarl import URL

from bot.errors import TooLarge, Unavailable
from bot.mixin.auth import Clock
from bot.mixin.credentials import BotKey, Credential
from bot.mixin.hosts import Route
from bot.mixin.keystore import Keystore
from bot.mixin.options import MixinOptions
from bot.mixin.refusals import answer_data
from bot.wire import Raw


@dataclass(slots=True)
class Exchange:
    """One request and, after it, what the answer told besides its data.

    `skew_s` is how far the server's clock was ahead, in seconds, or nothing where the answer did not tell. `offset_s`
    is how far ours had been put right when it was signed.
    """

    method: str
    path: str
    body: bytes = b""
    request_id: str = ""
    skew_s: float | None = None
    offset_s: float = 0.0


class Http:
    """Signed requests over kept-alive connections."""

    def __init__(
        self, session: aiohttp.ClientSession, keystore: Keystore, route: Route, clock: Clock, options: MixinOptions
    ) -> None:
        self._session = session
        self._bot_key = BotKey(keystore)
        self._route = route
        self._options = options
        self.clock = clock

    async def send(self, exchange: Exchange, credential: Credential | None = None) -> Raw:
        """Sign and send once, with a new token and a new id; gives the `data` of the answer.

        Without `credential` it is the bot itself who asks.

        Raises:
            Unavailable: No answer, or none that makes sense or is the server's own: the outcome is unknown.
            ServiceError: As the server says, see `refusals`.
        """
        url = URL(self._route.url + exchange.path, encoded=True)
        exchange.request_id = str(uuid.uuid4())
        exchange.skew_s = None
        exchange.offset_s = self.clock.offset_s
        credential = credential or self._bot_key
        uri = url.raw_path_qs
        token = credential.token(
            exchange.method, uri, exchange.body, now=self.clock.now(), request_id=exchange.request_id
        )
        headers = {
            **({"Authorization": f"Bearer {token}"} if token else {}),
            "X-Request-Id": exchange.request_id,
            "Content-Type": "application/json",
            "Accept-Encoding": "gzip, identity",
        }
        try:
            async with self._session.request(
                exchange.method, url, data=exchange.body or None, headers=headers, allow_redirects=False
            ) as response:
                body = await self._read(response)
                echoed = response.headers.get("X-Request-Id", exchange.request_id)
                integrity = response.headers.get("X-Integrity-Token", "")
                exchange.skew_s = self._skew(response.headers.get("X-Server-Time", ""))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            reason = f"{type(error).__name__}: {_plain(error)}"
            self._route.failed(reason)
            raise Unavailable(f"cannot reach {url.host}: {reason}", request_id=exchange.request_id) from None
        self._route.worked()
        if echoed != exchange.request_id:
            raise Unavailable("the answer belongs to another request", request_id=exchange.request_id)
        if integrity:
            now = self.clock.now() + (exchange.skew_s or 0.0)  # by the clock of whoever signed
            credential.check(exchange.method, uri, body, integrity, now=now, request_id=exchange.request_id)
        data = answer_data(
            response.status,
            body,
            retry_after=response.headers.get("Retry-After", ""),
            request_id=exchange.request_id,
        )
        if credential.wants_signed and not integrity:
            raise Unavailable("the answer is not signed", request_id=exchange.request_id)
        return data

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The body, inflated. Too large a body is not read to its end: leaving the block closes the connection."""
        limit = self._options.max_answer_bytes
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_chunked(65536):
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                response.close()
                raise TooLarge(f"the answer is larger than {limit} bytes")
        body = b"".join(chunks)
        encoding = response.headers.get("Content-Encoding", "identity").lower()
        if encoding == "identity" or not body:
            return body
        if encoding != "gzip":
            raise Unavailable(f"the answer is encoded as {encoding[:20]!r}")
        member = zlib.decompressobj(31)
        try:
            inflated = member.decompress(body, limit + 1)
        except zlib.error:
            raise Unavailable("the answer is no gzip") from None
        if len(inflated) > limit:
            response.close()
            raise TooLarge(f"the answer inflates to more than {limit} bytes")
        return inflated

    def _skew(self, server_time: str) -> float | None:
        """From the server's clock in nanoseconds since 1970; nothing where it makes no sense."""
        if not (server_time.isascii() and server_time.isdigit() and len(server_time) <= 20):
            return None
        skew = self.clock.skew(int(server_time) / 1e9)
        return skew if math.isfinite(skew) else None


@asynccontextmanager
async def open_session(options: MixinOptions) -> AsyncIterator[aiohttp.ClientSession]:
    """Connections to the API: certificates checked, no cookies, no proxy from the environment, names kept for 10 s."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=options.connections, ttl_dns_cache=10),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=options.request_timeout_s),
        headers={"User-Agent": "mixbot"},
        auto_decompress=False,
        trust_env=False,
    ) as session:
        yield session


def _plain(error: BaseException) -> str:
    """An error in a few words: addresses of the server are no secrets, and aiohttp quotes no headers."""
    return str(error)[:200] or "no further word"
