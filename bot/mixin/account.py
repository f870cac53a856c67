"""The bot's own account, wallet and conversations, for handlers: see `bot.account.Account`."""

from collections.abc import Sequence

from bot.account import Balance, Conversation, Profile, Snapshot
from bot.errors import Forbidden, NotFound
from bot.mixin import history, wallet
from bot.mixin.api import Api
from bot.mixin.coins import Coins
from bot.mixin.views import App, conversation


class MixinAccount:
    """Answers with what the API says now; only names and prices of coins may be half a minute old."""

    def __init__(self, api: Api, coins: Coins | None = None) -> None:
        self._api = api
        self._coins = coins or Coins(api)

    async def profile(self) -> Profile:
        """GET /me."""
        view = await self._api.me()
        app = view.app or App()
        return Profile(
            view.user,
            app.home_uri or "",
            app.redirect_uri or "",
            app.capabilities or (),
            app.resource_patterns or (),
            app.creator_id or "",
            bool(view.has_safe),
        )

    async def balances(self) -> Sequence[Balance]:
        """Safe outputs of every page and the old wallet."""
        return await wallet.balances(self._api, self._coins)

    async def asset(self, asset_id: str) -> Balance:
        """One coin and its price; the amount is what the bot owns of it."""
        return await wallet.one(self._api, self._coins, asset_id)

    async def coins_named(self, symbol: str) -> Sequence[Balance]:
        """GET /network/assets/search/:q, most valuable first; nothing where Mixin no longer has it."""
        try:
            return tuple(wallet.balance(asset) for asset in await self._api.assets_named(symbol))
        except (NotFound, Forbidden):
            return ()

    async def snapshot(self, snapshot_id: str) -> Snapshot:
        """GET /safe/snapshots/:id, or the old API's."""
        return await history.one(self._api, self._coins, snapshot_id)

    async def conversation(self, conversation_id: str) -> Conversation:
        """GET /conversations/:id."""
        return conversation(await self._api.conversation(conversation_id))

    async def leave(self, conversation_id: str) -> bool:
        """POST /conversations/:id/exit."""
        try:
            await self._api.leave_conversation(conversation_id)
        except (NotFound, Forbidden):
            return False
        return True
