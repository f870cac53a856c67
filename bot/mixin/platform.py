"""Mixin Messenger as a `Platform`: messages come by Blaze, everything else goes by the API."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.beside import beside
from bot.errors import Forbidden, NotFound, Rejected, ServiceError
from bot.links import hosts_of_patterns
from bot.message import Content, Message, Outgoing, Quote, Transcript, Unknown, Unopened
from bot.mixin.access import Access
from bot.mixin.api import Api
from bot.mixin.auth import Clock
from bot.mixin.blaze import Blaze, open_blaze
from bot.mixin.capability import Capability
from bot.mixin.codec import Part, Receipt, Skip, Unreadable
from bot.mixin.contents import SEALED
from bot.mixin.conversation import conversation_id, is_uuid
from bot.mixin.encryption import Sealer
from bot.mixin.hosts import Hosts, Route, refuse_sandbox_keystore
from bot.mixin.http import Http, open_session
from bot.mixin.keystore import Keystore
from bot.mixin.options import MixinOptions
from bot.mixin.packing import BATCH, BATCH_BYTES, pack, packer
from bot.mixin.sealing import Sealing
from bot.mixin.sessions import Sessions
from bot.platform import Packer, pack_each
from bot.users import User

MOST_SKIPPED = 10_000

log = structlog.get_logger()

OnReceipt = Callable[[str, str], None]
"""Told the id of a message that the bot sent, and `DELIVERED` or `READ`."""


class Mixin:
    """One bot's connection to Mixin: see `bot.platform.Platform`, which this is one of."""

    name = "mixin"
    batch = BATCH
    batch_bytes = BATCH_BYTES
    only_calls = False

    def __init__(
        self,
        keystore: Keystore,
        http: Http,
        access: Access,
        api: Api,
        blaze: Blaze,
        options: MixinOptions,
        capability: Capability,
        sealer: Sealer | None,
    ) -> None:
        self.bot_id = keystore.app_id
        self.http = http
        self.access = access
        self.api = api
        self.options = options
        self.on_receipt: OnReceipt | None = None
        self._link_hosts = options.link_hosts
        self.capability = capability
        self._sealing = Sealing(api, sealer, Sessions(api, sealer)) if sealer is not None else None
        self._blaze = blaze
        self._skipped: dict[str, str] = {}
        self._something_skipped = asyncio.Event()
        self._closing = asyncio.Event()
        self._patience: asyncio.Timeout | None = None

    @property
    def connected(self) -> bool:
        return self._blaze.connected

    @property
    def last_frame_at(self) -> float | None:
        """When Blaze last gave a sign of life, on the event loop's clock."""
        return self._blaze.last_frame_at

    @property
    def reconnects(self) -> int:
        return self._blaze.reconnects

    @property
    def clock_offset_s(self) -> float:
        """How far this machine's clock is behind Mixin's, as far as it was noticed."""
        return self.access.clock.offset_s

    @property
    def errors(self) -> dict[int, int]:
        """How often the API answered with each error code; 0 stands for no answer."""
        return dict(self.access.errors)

    async def listen(self) -> AsyncIterator[Message]:
        """Messages as they arrive. What nobody needs to handle is acknowledged here."""
        while parts := await self._blaze.receive():
            for part in parts:
                message = self._sort(part)
                if message is not None:
                    yield message

    def stop(self) -> None:
        self._blaze.stop()

    def join(self, replies: tuple[Outgoing, ...]) -> tuple[Outgoing, ...]:
        return replies

    def pack(self, outgoing: Outgoing) -> bytes:
        return pack(outgoing, self.bot_id, self._link_hosts)

    def packer(self, content: Content, *, groups: bool) -> Packer:
        if isinstance(content, Quote | Transcript):
            return pack_each(self, content, groups=groups)
        return packer(content, self.bot_id, self._link_hosts, groups=groups)

    async def send(self, packed: Sequence[bytes]) -> None:
        if await self.capability.encrypted() and self._sealing is not None:
            await self._sealing.send(packed)
        else:
            await self.api.post_messages(packed)

    async def reach(self, outgoing: Outgoing) -> None:
        if outgoing.conversation_id != conversation_id(self.bot_id, outgoing.user_id):
            raise Forbidden("a conversation of several cannot be created by writing to it", code=403)
        await self.api.create_conversation(outgoing.user_id)

    async def ack(self, message_ids: Sequence[str]) -> None:
        await self.api.acknowledge(message_ids)

    async def user(self, who: str) -> User:
        if is_uuid(who):
            return await self.api.user(who)
        if who.isascii() and who.isdigit():
            return await self.api.search(who)
        raise NotFound("neither a user id nor an identity number", code=404)

    async def users(self, user_ids: Sequence[str]) -> Sequence[User]:
        return await self.api.users_fetch(user_ids)

    def allow_links(self, patterns: Sequence[str]) -> None:
        if self.options.link_hosts is not None:
            self._link_hosts = (*self.options.link_hosts, *sorted(hosts_of_patterns(patterns)))

    def conversation_with(self, user_id: str) -> str:
        return conversation_id(self.bot_id, user_id)

    def _sort(self, part: Part) -> Message | None:
        if isinstance(part, Message):
            if isinstance(part.content, Unknown | Unopened):
                log.info("mixin.content_unreadable", category=part.category[:40], reason=part.content.reason)
                if part.category.startswith(SEALED):
                    self.capability.hint()
            return part
        if isinstance(part, Receipt):
            if self.on_receipt is not None:
                self.on_receipt(part.message_id, part.status)
        elif isinstance(part, Skip):
            self._skip(part.message_id, part.status)
        elif isinstance(part, Unreadable):
            log.warning("blaze.frame_unreadable", reason=part.reason, size=part.size, message_id=part.message_id)
            if part.message_id:
                self._skip(part.message_id, "READ")
        return None

    def _skip(self, message_id: str, status: str) -> None:
        """Remember to acknowledge; beyond the bound it is forgotten, and the server sends it again."""
        if len(self._skipped) < MOST_SKIPPED:
            self._skipped[message_id] = status
            self._something_skipped.set()

    async def acknowledge_skipped(self) -> None:
        """Acknowledge what nobody handles, a hundred at a time, until `close()`, and once more then."""
        pause_s = self.options.skip_linger_s
        while not self._closing.is_set():
            await self._something_skipped.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._closing.wait()
            try:
                async with asyncio.timeout(None) as patience:
                    self._patience = patience
                    if self._closing.is_set():
                        self._hurry()
                    try:
                        await self._acknowledge_some()
                    finally:
                        self._patience = None
                pause_s = self.options.skip_linger_s
            except Rejected as error:
                log.warning("mixin.skip_refused", code=error.code, dropped=len(self._skipped))
                self._skipped.clear()
            except (ServiceError, TimeoutError) as error:
                code = error.code if isinstance(error, ServiceError) else 0
                log.warning("mixin.skip_failed", code=code, waiting=len(self._skipped))
                pause_s = min(max(2 * pause_s, 1.0), 60.0)

    def close(self) -> None:
        self._closing.set()
        self._something_skipped.set()
        self._hurry()

    def _hurry(self) -> None:
        if self._patience is not None:
            self._patience.reschedule(asyncio.get_running_loop().time() + self.options.blaze.close_timeout_s)

    async def _acknowledge_some(self) -> None:
        status = next(iter(self._skipped.values()), "READ")
        ids = [message_id for message_id, wanted in self._skipped.items() if wanted == status][:BATCH]
        if ids:
            await self.api.acknowledge(ids, status)
            for message_id in ids:
                self._skipped.pop(message_id, None)
        if not self._skipped:
            self._something_skipped.clear()


@asynccontextmanager
async def open_mixin(
    keystore: Keystore,
    hosts: Hosts | None = None,
    options: MixinOptions | None = None,
    *,
    clock: Clock | None = None,
    on_receipt: OnReceipt | None = None,
) -> AsyncIterator[Mixin]:
    """One bot on Mixin; the line is made when `listen()` begins, and everything is closed at the end of the block.

    Raises:
        SetupError: MB105, a keystore of the sandbox towards Mixin itself.
    """
    hosts, options, clock = hosts or Hosts(), options or MixinOptions(), clock or Clock()
    refuse_sandbox_keystore(keystore, hosts)
    async with open_session(options) as session:
        http = Http(session, keystore, Route(hosts.api), clock, options)
        access = Access(http, options)
        api = Api(access, keystore.app_id, options)
        sealer = Sealer(keystore.key, keystore.session_id) if isinstance(keystore.key, Ed25519PrivateKey) else None
        capability = Capability(api, options.profile_every_s, can_seal=sealer is not None)
        unseal = capability.hinted(sealer.open) if sealer is not None else None
        async with open_blaze(keystore, Route(hosts.blaze), clock, api, options.blaze, unseal) as blaze:
            mixin = Mixin(keystore, http, access, api, blaze, options, capability, sealer)
            mixin.on_receipt = on_receipt
            async with beside(mixin.acknowledge_skipped(), stop=mixin.close):
                yield mixin
