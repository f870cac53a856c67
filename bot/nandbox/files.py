"""nandbox's files over HTTP: fetched and handed over with the bot's token, within bounds, and only where they belong.

Redirects are never followed, so that the token reaches no other host. Of a file no more than the limit is read.

Source: protocol/nandbox.md 11
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
from yarl import URL

from bot.errors import Forbidden, NotFound, Rejected, Unavailable
from bot.message import File
from bot.nandbox.account import Account
from bot.nandbox.codec import identity
from bot.wire import WireError, decode

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 50 * 1024 * 1024
MAX_ANSWER_BYTES = 64 * 1024
PIECE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class FileOptions:
    """`wait_s` is the longest wait for the next bytes, `timeout_s` for the whole."""

    wait_s: float = 5.0
    timeout_s: float = 60.0


class NandboxFiles:
    """See `bot.account.Attachments`, which this is one of; an attachment's id is nandbox's id of the file."""

    def __init__(self, session: aiohttp.ClientSession, account: Account) -> None:
        self._session = session
        self._account = account
        self._headers = {"X-TOKEN": account.token}

    async def upload(self, content: bytes, *, name: str, mime_type: str, group: bool = False) -> File:
        if not 0 < len(content) <= MAX_UPLOAD_BYTES:
            raise ValueError(f"a file of {len(content)} bytes; nandbox takes 1 to {MAX_UPLOAD_BYTES}")
        url = URL(self._account.upload_url + quote(name[-128:], safe=""), encoded=True)
        headers = {**self._headers, "Content-Type": mime_type}
        try:
            async with self._session.put(url, data=content, headers=headers, allow_redirects=False) as response:
                body = await response.content.read(MAX_ANSWER_BYTES)
                _judge(response.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"nandbox did not take the file: {type(error).__name__}") from None
        try:
            answer = decode(body)
        except WireError:
            answer = None
        file_id = identity(answer.get("file")) if isinstance(answer, dict) else ""
        if not file_id:
            raise Unavailable("nandbox took the file and did not say under which id")
        return File(file_id, mime_type, len(content), name)

    @asynccontextmanager
    async def download(
        self, attachment_id: str, *, key: str = "", digest: str = ""
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        url = URL(self._account.download_url + quote(attachment_id, safe=""), encoded=True)
        headers = {**self._headers, "Content-Type": "application/json", "Accept-Encoding": "identity"}
        try:
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                _judge(response.status)
                yield _pieces(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"nandbox did not give the file: {type(error).__name__}") from None

    async def fetch(self, file_id: str, limit: int) -> bytes:
        """A whole file of at most `limit` bytes.

        Raises:
            Rejected: It is larger.
        """
        pieces, size = [], 0
        async with self.download(file_id) as arriving:
            async for piece in arriving:
                pieces.append(piece)
                size += len(piece)
                if size > limit:
                    raise Rejected(f"a file of more than {limit} bytes", code=413)
        return b"".join(pieces)


async def _pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    left = MAX_DOWNLOAD_BYTES
    async for piece in response.content.iter_chunked(PIECE_BYTES):
        left -= len(piece)
        if left < 0:
            raise Rejected(f"a file of more than {MAX_DOWNLOAD_BYTES} bytes", code=413)
        yield piece


def _judge(status: int) -> None:
    if status == 404:
        raise NotFound("nandbox has no such file", code=status)
    if status in (401, 403):
        raise Forbidden("nandbox does not let the bot have the file", code=status)
    if status >= 500 or status == 429:
        raise Unavailable("nandbox cannot serve the file now", code=status)
    if status not in (200, 204):
        raise Rejected("nandbox refused the file", code=status)


@asynccontextmanager
async def open_files(account: Account, options: FileOptions | None = None) -> AsyncIterator[NandboxFiles]:
    """Connections for files: certificates checked, no cookies, no proxy from the environment."""
    options = options or FileOptions()
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=8, ttl_dns_cache=10),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=options.timeout_s, sock_read=options.wait_s, connect=options.wait_s),
        headers={"User-Agent": "mixbot"},
        auto_decompress=False,
        trust_env=False,
    ) as session:
        yield NandboxFiles(session, account)
