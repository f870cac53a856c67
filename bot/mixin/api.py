"""What only a bot asks of Mixin's API, typed; what a person's account could ask as well is in `user_api`.

Source: protocol/mixin.md 5
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress

from bot.errors import NotFound, RateLimited, Rejected, SetupError, Unclear
from bot.mixin.access import Access
from bot.mixin.conversation import conversation_id, is_uuid, members_hash
from bot.mixin.options import MixinOptions
from bot.mixin.packing import BATCH, batch_body
from bot.mixin.refusals import EmptyAnswer
from bot.mixin.user_api import UserApi, read, read_list
from bot.mixin.views import Asset, Attachment, Conversation, Outcome, Session, UserView
from bot.users import User
from bot.wire import decoder, encode

_user = decoder(UserView)
_users = decoder(tuple[UserView, ...])
_conversation = decoder(Conversation)
_assets = decoder(tuple[Asset, ...])
_attachment = decoder(Attachment)
_sessions = decoder(tuple[Session, ...])
_outcomes = decoder(tuple[Outcome, ...])


class Api(UserApi):
    """Every call raises a `ServiceError` of the kind that says what to do, or `AccessRefused`."""

    def __init__(self, access: Access, app_id: str, options: MixinOptions) -> None:
        super().__init__(access)
        self.members = members_hash([app_id])
        self._access = access
        self._app_id = app_id
        self._options = options
        self._search_again_at = 0.0

    async def me(self) -> UserView:
        """The bot itself.

        Raises:
            SetupError: MB111, the key belongs to another bot than the keystore says.
        """
        view = read(_user, await self._access.get("/me"))
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
        return read(_user, await self._access.get(f"/users/{user_id.lower()}")).user

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
        return read(_user, data).user

    async def users_fetch(self, user_ids: Sequence[str]) -> Sequence[User]:
        """Up to 100 people; unknown ones are missing, and the order is the server's."""
        wanted = [user_id.lower() for user_id in user_ids if is_uuid(user_id)]
        if len(wanted) > BATCH:
            raise ValueError(f"{len(wanted)} users, expected at most {BATCH}")
        if not wanted:
            return ()
        views = read_list(_users, await self._access.post("/users/fetch", wanted, repeat=True))
        return tuple(view.user for view in views)

    async def create_conversation(self, user_id: str) -> Conversation:
        """The conversation of bot and person; harmless where it exists."""
        content = {
            "category": "CONTACT",
            "conversation_id": conversation_id(self._app_id, user_id),
            "participants": [{"user_id": user_id}],
        }
        return read(_conversation, await self._access.post("/conversations", content, repeat=True))

    async def leave_conversation(self, conversation_id: str) -> None:
        """Go out of a group; to go once more is refused, and harmless."""
        if not is_uuid(conversation_id):
            raise NotFound("a conversation id is a UUID", code=404)
        await self._access.post("/conversations/:id/exit".replace(":id", conversation_id.lower()))

    async def safe_assets_fetch(self, asset_ids: Iterable[str]) -> Sequence[Asset]:
        """Coins without balance, any number of them; unknown ids are missing."""
        wanted = [asset_id.lower() for asset_id in asset_ids if is_uuid(asset_id)]
        found: list[Asset] = []
        for start in range(0, len(wanted), BATCH):
            page = await self._access.post("/safe/assets/fetch", wanted[start : start + BATCH], repeat=True)
            found.extend(read_list(_assets, page))
        return tuple(found)

    async def post_messages(self, packed: Sequence[bytes]) -> None:
        """Hand over 1 to 100 packed messages. Repeating them is for the caller, with the same bytes."""
        await self._hand_over("/messages", batch_body(packed))

    async def post_encrypted(self, packed: Sequence[bytes]) -> Sequence[Outcome]:
        """Hand over 1 to 100 sealed messages; gives what became of each, as far as the server speaks of it.

        Raises:
            Unclear: As `post_messages`.
        """
        try:
            data = await self._access.once("POST", "/encrypted_messages", batch_body(packed))
        except EmptyAnswer:
            return ()
        except Rejected as error:
            if error.by_proxy:
                raise Unclear(str(error), code=error.code, request_id=error.request_id) from None
            raise
        return read_list(_outcomes, data)

    async def sessions_fetch(self, user_ids: Sequence[str]) -> Sequence[Session]:
        """All sessions of up to 100 people, in no order; whoever has none is missing.

        Raises:
            Unclear: It was refused, which says nothing about any of them.
        """
        if len(user_ids) > BATCH:
            raise ValueError(f"{len(user_ids)} users, expected at most {BATCH}")
        try:
            return read_list(_sessions, await self._access.post("/sessions/fetch", user_ids, repeat=True))
        except Rejected as error:
            raise Unclear(str(error), code=error.code, request_id=error.request_id) from None

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
        return read(_attachment, await self._access.post("/attachments"))

    async def attachment(self, attachment_id: str) -> Attachment:
        """Where a file is now; it expires."""
        if not is_uuid(attachment_id):
            raise NotFound("an attachment id is a UUID", code=404)
        return read(_attachment, await self._access.get(f"/attachments/{attachment_id.lower()}"))
