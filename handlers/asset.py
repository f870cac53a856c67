"""/asset: one coin: how much of it you own, its price and its chain; `/asset BTC`, or by its id."""

from decimal import Decimal

from bot import (
    Balance,
    Context,
    Reply,
    UserError,
    choose_coin,
    coins_called,
    command,
    format_balance,
    format_percent,
    format_price,
    inert,
)


@command("asset", only="mixin", needs=("ASSETS:READ",), next=("assets", "help"))
async def asset(ctx: Context) -> Reply:
    if len(ctx.args) != 1:
        raise UserError(ctx.text("asset.usage"))
    found = await coins_called(ctx, ctx.args[0], await ctx.mine.balances())
    if len(found) > 1:
        return choose_coin(ctx, found, "asset {coin}")
    return _describe(ctx, await ctx.mine.asset(found[0].asset_id))


def _describe(ctx: Context, coin: Balance) -> str:
    lines = [inert(f"{coin.name} ({coin.symbol})" if coin.name else coin.symbol)]
    lines.append(ctx.text("asset.owned", balance=format_balance(coin, ctx.language)))
    if coin.price_usd is not None:
        change = format_percent(coin.change_usd or Decimal(0), ctx.language)
        lines.append(ctx.text("asset.price", price=format_price(coin.price_usd, ctx.language), change=change))
    if coin.chain:
        lines.append(ctx.text("asset.chain", chain=inert(coin.chain)))
    return "\n".join([*lines, ctx.text("asset.id", id=coin.asset_id)])
