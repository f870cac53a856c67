"""Files beside messages: a place is asked for at the API, and the bytes go to and come from where it says.

They are handed over without a token. Those of a bot that seals its messages are sealed as well, and one that came with
a sealed message is opened only once all of it is there and is what the message says.

Source: protocol/mixin.md 5.8 and 9.8
"""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.errors import CannotOpen, NotFound, Rejected, Unavailable
from bot.harmless import inert
from bot.message import File
from bot.mixin.api import Api
from bot.mixin.capability import Capability
from bot.mixin.guarded import GuardedSession, open_guarded
from bot.mixin.sealed_files import OVERHEAD, open_file, seal_file

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

    def __init__(
        self, api: Api, session: GuardedSession, options: AttachmentOptions, capability: Capability | None
    ) -> None:
        self._api = api
        self._session = session
        self._capability = capability
        self._options = options

    async def upload(self, content: bytes, *, name: str, mime_type: str, group: bool = False) -> File:
        """One place, one attempt: what fails leaves an empty place behind, and nothing is said.

        Raises:
            ValueError: It is empty or too large, or of a type that is none.
        """
        if not 0 < len(content) <= self._options.most_bytes:
            raise ValueError(f"the file has {len(content)} bytes, expected 1 to {self._options.most_bytes}")
        if not _TYPE.fullmatch(mime_type):
            raise ValueError("the type of the file is none that may be sent")
        size, key, digest = len(content), "", ""
        if not group and self._capability is not None and await self._capability.encrypted():
            sealed = await asyncio.to_thread(seal_file, content)
            content, key, digest = sealed.content, sealed.key, sealed.digest
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
        named = inert(name.replace("/", "_"), MAX_NAME) or "file"
        return File(place.attachment_id, mime_type, size, named, key, digest)

    @asynccontextmanager
    async def download(
        self, attachment_id: str, *, key: str = "", digest: str = ""
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The file in pieces, or in one if it is sealed; what a place leads to is asked for afresh each time."""
        place = await self._api.attachment(attachment_id)
        try:
            async with self._session.request("GET", place.view_url or "") as response:
                if response.status in (403, 404, 410):
                    raise NotFound("the file is gone", code=404)
                if response.status != 200:
                    raise Unavailable(f"the storage answered HTTP {response.status}", code=response.status)
                yield self._opened(response, key, digest) if key else self._pieces(response, self._options.most_bytes)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"the file could not be fetched: {type(error).__name__}") from None

    async def _opened(self, response: aiohttp.ClientResponse, key: str, digest: str) -> AsyncIterator[bytes]:
        pieces = [piece async for piece in self._pieces(response, self._options.most_bytes + OVERHEAD)]
        try:
            yield await asyncio.to_thread(open_file, b"".join(pieces), key, digest)
        except CannotOpen as error:
            raise Rejected(f"the file cannot be opened: {error}") from None

    async def _pieces(self, response: aiohttp.ClientResponse, most: int) -> AsyncIterator[bytes]:
        size = response.content_length or 0
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
async def open_attachments(
    api: Api, options: AttachmentOptions, capability: Capability | None = None
) -> AsyncIterator[MixinAttachments]:
    """The way to the files of one bot; without `capability` nothing is sealed."""
    async with open_guarded(loopback=options.loopback, timeout_s=options.timeout_s) as session:
        yield MixinAttachments(api, session, options, capability)
