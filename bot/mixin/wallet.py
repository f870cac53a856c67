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
from bot.mixin.views import Asset, amount, coin
from bot.mixin.views import balances as sums
from bot.wire import replace


async def balances(api: UserApi, coins: Coins) -> Sequence[Balance]:
    """Everything that is there, most valuable first: a coin that both wallets know counts once, as Safe has it."""
    try:
        old = await api.assets()
    except (NotFound, Forbidden):
        old = ()
    held = sums(await api.safe_outputs())
    known = await coins.priced(held)
    found = {asset.asset_id: balance(asset) for asset in old} | {
        asset_id: replace(known.get(asset_id) or coin(Asset(asset_id)), amount=owned)
        for asset_id, owned in held.items()
        if owned
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
    held = sums(await api.safe_outputs(asset_id=asset_id)).get(asset_id, Decimal(0))
    known = (await coins.of([asset_id])).get(asset_id) or old
    if known is None:
        raise NotFound("no such coin", code=404)
    found = balance(known, held or (amount(old.balance) if old is not None else Decimal(0)))
    chains = {asset_id: known} if found.chain_id == asset_id else await coins.of(filter(None, [found.chain_id]))
    chain = chains.get(found.chain_id)
    return found if chain is None else replace(found, chain=chain.display_name or chain.name or "")


def balance(asset: Asset, owned: Decimal | None = None) -> Balance:
    """The value of a view; without `owned`, the view's own balance counts."""
    return replace(coin(asset), amount=amount(asset.balance) if owned is None else owned)


def by_value(found: Iterable[Balance]) -> Sequence[Balance]:
    """Most valuable first; what has no price comes last, by name."""
    nothing = Decimal(0)
    return sorted(found, key=lambda each: (-(each.usd or nothing), each.symbol, each.asset_id))
