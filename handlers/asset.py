"""/asset: one coin: how much of it you own, its price and its chain; `/asset BTC`, or by its id."""

from decimal import Decimal

from bot import (
    Balance,
    Context,
    Fiat,
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
    mine = ctx.mine
    found = await coins_called(ctx, ctx.args[0], await mine.balances())
    if len(found) > 1:
        return choose_coin(ctx, found, "asset {coin}")
    return _describe(ctx, await mine.asset(found[0].asset_id), await mine.fiat())


def _describe(ctx: Context, coin: Balance, fiat: Fiat) -> str:
    lines = [inert(f"{coin.name} ({coin.symbol})" if coin.name else coin.symbol)]
    lines.append(ctx.text("asset.owned", balance=format_balance(coin, ctx.language, fiat)))
    if coin.price_usd is not None:
        change = format_percent(coin.change_usd or Decimal(0), ctx.language)
        lines.append(ctx.text("asset.price", price=format_price(coin.price_usd, ctx.language, fiat), change=change))
    if coin.chain:
        lines.append(ctx.text("asset.chain", chain=inert(coin.chain)))
    return "\n".join([*lines, ctx.text("asset.id", id=coin.asset_id)])
