"""One person's account at Mixin, read with what that person granted: see `bot.account.PersonalAccount`.

Source: protocol/mixin.md 4.6, 4.8, 5
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from bot.account import DOLLARS, Balance, Conversation, Fiat, OwnProfile, Snapshot, SnapshotPage, SnapshotQuery
from bot.errors import Forbidden, NotFound, ScopeMissing, Unavailable
from bot.mixin import history, wallet
from bot.mixin.coins import Coins
from bot.mixin.user_api import Reading, UserApi
from bot.mixin.views import conversation
from bot.users import User

PROFILE = "PROFILE:READ"
ASSETS = "ASSETS:READ"
SNAPSHOTS = "SNAPSHOTS:READ"
CONTACTS = "CONTACTS:READ"

FIAT_S = 3.0


class PersonalAccess(Reading, Protocol):
    """A way to the API that signs as one person, and does away with a grant that is dead."""

    async def scopes(self) -> Collection[str]:
        """What this person granted.

        Raises:
            NotConnected: Nothing, or no longer.
        """
        ...


class MixinPersonalAccount:
    """Asks for nothing that was not granted: what is missing is noticed without a request."""

    def __init__(self, access: PersonalAccess, coins: Coins) -> None:
        self._access = access
        self._api = UserApi(access)
        self._coins = coins

    async def profile(self) -> OwnProfile:
        """GET /me; the phone number is empty without `PHONE:READ`."""
        async with self._with(PROFILE):
            view = await self._api.me()
        plan = view.membership.plan if view.membership is not None else None
        return OwnProfile(
            view.user,
            view.phone or "",
            view.fiat_currency or "",
            "" if plan in (None, "none") else str(plan),
            bool(view.has_safe),
        )

    async def fiat(self) -> Fiat:
        """By GET /me, and what Mixin says that it is worth; no answer waits for that for long, or fails over it."""
        async with self._with(PROFILE):
            try:
                async with asyncio.timeout(FIAT_S):
                    view = await self._api.me()
                    return await self._coins.rates.of(view.fiat_currency or "")
            except (Unavailable, TimeoutError):
                return DOLLARS

    async def balances(self) -> Sequence[Balance]:
        """Whole wallets may be large: so many are read side by side that everybody else is answered meanwhile."""
        async with self._coins.reading, self._with(ASSETS):
            return await wallet.balances(self._api, self._coins)

    async def asset(self, asset_id: str) -> Balance:
        async with self._with(ASSETS):
            return await wallet.one(self._api, self._coins, asset_id)

    async def friends(self) -> Sequence[User]:
        async with self._with(CONTACTS):
            return tuple(view.user for view in await self._api.friends())

    async def blocked(self) -> Sequence[User]:
        async with self._with(CONTACTS):
            return tuple(view.user for view in await self._api.blocking_users())

    async def snapshots(self, query: SnapshotQuery) -> SnapshotPage:
        async with self._with(SNAPSHOTS):
            return await history.page(self._api, self._coins, query)

    async def snapshot(self, snapshot_id: str) -> Snapshot:
        async with self._with(SNAPSHOTS):
            return await history.one(self._api, self._coins, snapshot_id)

    async def conversation(self, conversation_id: str) -> Conversation:
        """GET /conversations/:id as this person sees it; Mixin may want the bot's own token for that.

        Raises:
            NotFound: Also where they do not take part.
        """
        async with self._with(PROFILE):
            try:
                return conversation(await self._api.conversation(conversation_id))
            except Forbidden:
                raise NotFound("no such conversation", code=404) from None

    @asynccontextmanager
    async def _with(self, scope: str) -> AsyncIterator[None]:
        """What is asked within needs this scope; a refusal, although it was granted, means that it no longer is."""
        if scope not in await self._access.scopes():
            raise ScopeMissing(scope)
        try:
            yield
        except Forbidden:
            raise ScopeMissing(scope) from None
