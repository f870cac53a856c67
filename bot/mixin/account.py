"""The bot's own account, wallet and conversations, for handlers: see `bot.account.Account`.

The wallet is the sum of the Safe outputs; the old API, whose 403, 404 or empty list is normal, adds coins that Safe
does not know. Source: protocol/mixin.md 0.2, 5.4, 5.12
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.account import Balance, Conversation, Participant, Profile
from bot.errors import Forbidden, NotFound
from bot.mixin.api import Api
from bot.mixin.views import App, Asset, amount, moment


class MixinAccount:
    """Answers with what the API says now; nothing is cached."""

    def __init__(self, api: Api) -> None:
        self._api = api

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
        """Safe outputs of every page and the old wallet: a coin that both know counts once, as Safe has it."""
        found: Mapping[str, Balance] = {
            asset.asset_id: _balance(asset) for asset in (*await self._old_assets(), *await self._api.safe_assets())
        }
        held = [each for each in found.values() if each.amount]
        return sorted(held, key=lambda each: (-(each.usd or Decimal(0)), each.symbol, each.asset_id))

    async def asset(self, asset_id: str) -> Balance:
        """One coin and its price; the amount is what the bot owns of it."""
        for each in await self.balances():
            if each.asset_id == asset_id:
                return each
        return _balance(await self._api.asset(asset_id))

    async def conversation(self, conversation_id: str) -> Conversation:
        """GET /conversations/:id."""
        view = await self._api.conversation(conversation_id)
        return Conversation(
            view.conversation_id,
            view.category == "GROUP",
            view.name or "",
            view.announcement or "",
            tuple(Participant(each.user_id, each.role or "") for each in view.participants or ()),
            moment(view.created_at),
        )

    async def _old_assets(self) -> Sequence[Asset]:
        try:
            return await self._api.assets()
        except (NotFound, Forbidden):
            return ()


def _balance(asset: Asset) -> Balance:
    return Balance(
        asset.asset_id,
        asset.display_symbol or asset.symbol or asset.asset_id[:8],
        asset.display_name or asset.name or "",
        amount(asset.balance),
        amount(asset.price_usd) or None,
        amount(asset.change_usd) if asset.change_usd else None,
        asset.chain_id or "",
    )
