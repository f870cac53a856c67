"""Files beside messages: a place is asked for at the API, and the bytes go to and come from where it says.

They are handed over without a token. Source: protocol/mixin.md 5.8
"""

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.errors import NotFound, Rejected, Unavailable
from bot.harmless import inert
from bot.message import File
from bot.mixin.api import Api
from bot.mixin.guarded import GuardedSession, open_guarded

MAX_NAME = 120
CHUNK = 64 * 1024
SIGNED_HEADERS = {"Content-Type": "application/octet-stream", "x-amz-acl": "public-read"}
"""What the upload addresses are signed for."""

_TYPE = re.compile(r"(?:application|audio|image|text|video)/[a-z0-9][a-z0-9.+-]{0,80}")


@dataclass(frozen=True, slots=True)
class AttachmentOptions:
    """`loopback`: the storage is on this machine, as the API is. `timeout_s` is for one file, there or back."""

    most_bytes: int = 20 * 1024 * 1024
    timeout_s: float = 30.0
    loopback: bool = False


class MixinAttachments:
    """See `bot.account.Attachments`; use `open_attachments`."""

    def __init__(self, api: Api, session: GuardedSession, options: AttachmentOptions) -> None:
        self._api = api
        self._session = session
        self._options = options

    async def upload(self, content: bytes, *, name: str, mime_type: str) -> File:
        """One place, one attempt: what fails leaves an empty place behind, and nothing is said.

        Raises:
            ValueError: It is empty or too large, or of a type that is none.
        """
        if not 0 < len(content) <= self._options.most_bytes:
            raise ValueError(f"the file has {len(content)} bytes, expected 1 to {self._options.most_bytes}")
        if not _TYPE.fullmatch(mime_type):
            raise ValueError("the type of the file is none that may be sent")
        place = await self._api.create_attachment()
        headers = SIGNED_HEADERS | {"Content-Length": str(len(content))}
        try:
            body = io.BytesIO(content)
            async with self._session.request("PUT", place.upload_url or "", data=body, headers=headers) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"the file could not be handed over: {type(error).__name__}") from None
        if status >= 300:
            raise Unavailable(f"the storage answered HTTP {status}", code=status)
        return File(place.attachment_id, mime_type, len(content), inert(name.replace("/", "_"), MAX_NAME) or "file")

    @asynccontextmanager
    async def download(self, attachment_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The file in pieces; what a place leads to is asked for afresh each time."""
        place = await self._api.attachment(attachment_id)
        try:
            async with self._session.request("GET", place.view_url or "") as response:
                if response.status in (403, 404, 410):
                    raise NotFound("the file is gone", code=404)
                if response.status != 200:
                    raise Unavailable(f"the storage answered HTTP {response.status}", code=response.status)
                yield self._pieces(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"the file could not be fetched: {type(error).__name__}") from None

    async def _pieces(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        size, most = response.content_length or 0, self._options.most_bytes
        if size <= most:
            size = 0
            async for piece in response.content.iter_chunked(CHUNK):
                size += len(piece)
                if size > most:
                    break
                yield piece
        if size > most:
            response.close()
            raise Rejected(f"the file has more than {most} bytes")


@asynccontextmanager
async def open_attachments(api: Api, options: AttachmentOptions) -> AsyncIterator[MixinAttachments]:
    """The way to the files of one bot."""
    async with open_guarded(loopback=options.loopback, timeout_s=options.timeout_s) as session:
        yield MixinAttachments(api, session, options)
