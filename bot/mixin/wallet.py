"""What an account owns, from the two wallets that Mixin has had.

The present one, Safe, is the sum of its outputs. The old API, whose 403, 404 or empty list is normal, adds coins that
Safe does not know. Source: protocol/mixin.md 0.2, 5.4, 5.12
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from bot.account import Balance
from bot.errors import Forbidden, NotFound
from bot.mixin.coins import Coins
from bot.mixin.conversation import is_uuid
from bot.mixin.user_api import UserApi
from bot.mixin.views import Asset, amount
from bot.mixin.views import balances as sums
from bot.wire import replace


async def balances(api: UserApi, coins: Coins) -> Sequence[Balance]:
    """Everything that is there, most valuable first: a coin that both wallets know counts once, as Safe has it."""
    try:
        old = await api.assets()
    except (NotFound, Forbidden):
        old = ()
    held = sums([output async for output in api.safe_outputs()])
    known = await coins.of(held)
    found = {asset.asset_id: balance(asset) for asset in old} | {
        asset_id: balance(known.get(asset_id, Asset(asset_id)), owned) for asset_id, owned in held.items()
    }
    return by_value(each for each in found.values() if each.amount)


async def one(api: UserApi, coins: Coins, asset_id: str) -> Balance:
    """One coin, its price, and how much of it there is, which may be nothing.

    Raises:
        NotFound: There is no such coin.
    """
    if not is_uuid(asset_id):
        raise NotFound("an asset id is a UUID", code=404)
    try:
        old = await api.old_asset(asset_id)
    except (NotFound, Forbidden):
        old = None
    held = sums([output async for output in api.safe_outputs(asset_id=asset_id)]).get(asset_id, Decimal(0))
    known = (await coins.of([asset_id])).get(asset_id) or old
    if known is None:
        raise NotFound("no such coin", code=404)
    found = balance(known, held or (amount(old.balance) if old is not None else Decimal(0)))
    chains = {asset_id: known} if found.chain_id == asset_id else await coins.of(filter(None, [found.chain_id]))
    chain = chains.get(found.chain_id)
    return found if chain is None else replace(found, chain=chain.display_name or chain.name or "")


def balance(asset: Asset, owned: Decimal | None = None) -> Balance:
    """The value of a view; without `owned`, the view's own balance counts."""
    return Balance(
        asset.asset_id,
        asset.display_symbol or asset.symbol or asset.asset_id[:8],
        asset.display_name or asset.name or "",
        amount(asset.balance) if owned is None else owned,
        amount(asset.price_usd) or None,
        amount(asset.change_usd) if asset.change_usd else None,
        asset.chain_id or "",
    )


def by_value(found: Iterable[Balance]) -> Sequence[Balance]:
    """Most valuable first; what has no price comes last, by name."""
    return sorted(found, key=lambda each: (-(each.usd or Decimal(0)), each.symbol, each.asset_id))
