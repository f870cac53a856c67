"""What a bot asks of Mixin's API, typed.

Source: protocol/mixin.md 5
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from typing import TypeVar
from urllib.parse import urlencode

from bot.errors import NotFound, RateLimited, Rejected, SetupError, Unavailable, Unclear
from bot.mixin.access import Access
from bot.mixin.conversation import conversation_id, is_uuid, members_hash
from bot.mixin.options import MixinOptions
from bot.mixin.packing import BATCH, batch_body
from bot.mixin.refusals import EmptyAnswer
from bot.mixin.views import Asset, Attachment, Conversation, Output, UserView, balances
from bot.users import User
from bot.wire import Raw, WireError, decoder, encode

T = TypeVar("T")

PAGE = 500

_user = decoder(UserView)
_users = decoder(tuple[UserView, ...])
_conversation = decoder(Conversation)
_asset = decoder(Asset)
_assets = decoder(tuple[Asset, ...])
_outputs = decoder(tuple[Output, ...])
_attachment = decoder(Attachment)


class Api:
    """Every call raises a `ServiceError` of the kind that says what to do, or `AccessRefused`."""

    def __init__(self, access: Access, app_id: str, options: MixinOptions) -> None:
        self._access = access
        self._app_id = app_id
        self._options = options
        self._search_again_at = 0.0

    async def me(self) -> UserView:
        """The bot itself.

        Raises:
            SetupError: MB111, the key belongs to another bot than the keystore says.
        """
        view = _read(_user, await self._access.get("/me"))
        if view.user_id and view.user_id != self._app_id:
            raise SetupError(
                "MB111",
                f"The keystore says that this is bot {self._app_id}, but Mixin knows its key as {view.user_id}. "
                "Download the keystore again.",
            )
        return view

    async def user(self, user_id: str) -> User:
        """Raises `NotFound` also for what cannot be a user id."""
        if not is_uuid(user_id):
            raise NotFound("a user id is a UUID", code=404)
        return _read(_user, await self._access.get(f"/users/{user_id.lower()}")).user

    async def search(self, identity_number: str) -> User:
        """Look up by public number. Refused once (429), it is not asked again for 12 hours."""
        if not (identity_number.isascii() and identity_number.isdigit()):
            raise NotFound("an identity number has digits only", code=404)
        now = asyncio.get_running_loop().time()
        if now < self._search_again_at:
            raise RateLimited("search is resting", retry_after_s=self._search_again_at - now)
        try:
            data = await self._access.once("GET", f"/search/{identity_number}")
        except RateLimited as error:
            pause_s = self._options.search_pause_s
            self._search_again_at = now + pause_s
            raise RateLimited(str(error), retry_after_s=pause_s, request_id=error.request_id) from None
        return _read(_user, data).user

    async def users_fetch(self, user_ids: Sequence[str]) -> Sequence[User]:
        """Up to 100 people; unknown ones are missing, and the order is the server's."""
        wanted = [user_id.lower() for user_id in user_ids if is_uuid(user_id)]
        if len(wanted) > BATCH:
            raise ValueError(f"{len(wanted)} users, expected at most {BATCH}")
        if not wanted:
            return ()
        views = _read_list(_users, await self._access.post("/users/fetch", wanted, repeat=True))
        return tuple(view.user for view in views)

    async def friends(self) -> Sequence[User]:
        return tuple(view.user for view in _read_list(_users, await self._access.get("/friends")))

    async def conversation(self, conversation_id: str) -> Conversation:
        if not is_uuid(conversation_id):
            raise NotFound("a conversation id is a UUID", code=404)
        return _read(_conversation, await self._access.get(f"/conversations/{conversation_id.lower()}"))

    async def create_conversation(self, user_id: str) -> Conversation:
        """The conversation of bot and person; harmless where it exists."""
        content = {
            "category": "CONTACT",
            "conversation_id": conversation_id(self._app_id, user_id),
            "participants": [{"user_id": user_id}],
        }
        return _read(_conversation, await self._access.post("/conversations", content, repeat=True))

    async def assets(self) -> Sequence[Asset]:
        """Coins with their balance, by the old API, which may know nothing of present wallets."""
        return _read_list(_assets, await self._access.get("/assets"))

    async def asset(self, asset_id: str) -> Asset:
        """One coin, without balance."""
        if not is_uuid(asset_id):
            raise NotFound("an asset id is a UUID", code=404)
        return _read(_asset, await self._access.get(f"/safe/assets/{asset_id.lower()}"))

    async def safe_assets_fetch(self, asset_ids: Iterable[str]) -> Sequence[Asset]:
        """Coins without balance, any number of them; unknown ids are missing."""
        wanted = [asset_id.lower() for asset_id in asset_ids if is_uuid(asset_id)]
        found: list[Asset] = []
        for start in range(0, len(wanted), BATCH):
            page = await self._access.post("/safe/assets/fetch", wanted[start : start + BATCH], repeat=True)
            found.extend(_read_list(_assets, page))
        return tuple(found)

    async def safe_outputs(self, *, asset_id: str = "", state: str = "unspent") -> AsyncIterator[Output]:
        """Every output of the bot's own wallet, once each, over all pages.

        Raises:
            Unavailable: A page leads nowhere; what came so far is not everything.
        """
        seen: set[str] = set()
        offset = 0
        while True:
            query = {
                "members": members_hash([self._app_id]),
                "threshold": "1",
                "state": state,
                "limit": str(PAGE),
                "order": "ASC",
                **({"offset": str(offset)} if offset else {}),
                **({"asset": asset_id} if asset_id else {}),
            }
            page = _read_list(_outputs, await self._access.get(f"/safe/outputs?{urlencode(query)}"))
            fresh = [output for output in page if output.output_id not in seen]
            for output in fresh:
                seen.add(output.output_id)
                yield output
            if len(page) < PAGE:
                return
            if page[-1].sequence <= offset:
                raise Unavailable(f"the page of outputs after {offset} does not lead on")
            offset = page[-1].sequence

    async def safe_assets(self) -> Sequence[Asset]:
        """What the bot's wallet holds: coins with their balance, by the present API."""
        held = balances([output async for output in self.safe_outputs()])
        known = {asset.asset_id: asset for asset in await self.safe_assets_fetch(held)}
        return tuple(
            _with_balance(known.get(asset_id, Asset(asset_id)), str(balance)) for asset_id, balance in held.items()
        )

    async def post_messages(self, packed: Sequence[bytes]) -> None:
        """Hand over 1 to 100 packed messages. Repeating them is for the caller, with the same bytes."""
        await self._hand_over("/messages", batch_body(packed))

    async def acknowledge(self, message_ids: Sequence[str], status: str = "READ") -> None:
        """Tell that 1 to 100 messages need not come again. Repeating it is for the caller, and harmless."""
        await self._hand_over(
            "/acknowledgements", encode([{"message_id": message_id, "status": status} for message_id in message_ids])
        )

    async def _hand_over(self, path: str, body: bytes) -> None:
        """One attempt; an answer without a word is believed the second time.

        Raises:
            Unclear: Something on the way refused, which says nothing about what the server would.
        """
        try:
            try:
                await self._access.once("POST", path, body)
            except EmptyAnswer:
                with suppress(EmptyAnswer):
                    await self._access.once("POST", path, body)
        except Rejected as error:
            if error.by_proxy:
                raise Unclear(str(error), code=error.code, request_id=error.request_id) from None
            raise

    async def create_attachment(self) -> Attachment:
        """A place to upload a file to; every call makes another one."""
        return _read(_attachment, await self._access.post("/attachments"))


def _with_balance(asset: Asset, balance: str) -> Asset:
    return Asset(
        asset.asset_id, asset.chain_id, asset.symbol, asset.name, asset.display_symbol, asset.display_name,
        asset.icon_url, balance, asset.price_usd, asset.price_btc, asset.change_usd, asset.precision,
    )  # fmt: skip


def _read(read: Callable[[bytes | Raw], T], data: Raw) -> T:
    try:
        return read(data)
    except WireError as error:
        raise Unavailable(f"the answer has another shape than expected: {error}") from None


def _read_list(read: Callable[[bytes | Raw], tuple[T, ...]], data: Raw) -> tuple[T, ...]:
    return () if bytes(data) == b"null" else _read(read, data)
