"""/assets: what you own, most valuable first; `/assets 30` shows more, `/assets all` everything."""

from collections.abc import Sequence
from decimal import Decimal

from bot import Balance, Buttons, Context, Reply, UserError, command, format_balance, format_money

SHOWN = 10
ALL = ("all", "全部")


@command("assets", only="mixin", needs=("ASSETS:READ",))
async def assets(ctx: Context) -> Reply:
    wish = ctx.args[0].lower() if ctx.args else str(SHOWN)
    if wish not in ALL and not (wish.isascii() and wish.isdigit() and 0 < int(wish[:9]) <= 500):
        raise UserError(ctx.text("assets.usage"))
    mine = ctx.mine
    balances = await mine.balances()
    if not balances:
        return [ctx.text("assets.empty"), ctx.buttons("snapshots", "help")]
    fiat = await mine.fiat()
    shown = balances if wish in ALL else balances[: int(wish)]
    rest = balances[len(shown) :]
    lines = [ctx.text("assets.head"), *(format_balance(each, ctx.language, fiat) for each in shown)]
    if rest:
        lines.append(ctx.count("assets.rest", len(rest), worth=format_money(_usd(rest), ctx.language, fiat)))
    lines += ["", ctx.text("assets.total", worth=format_money(_usd(balances), ctx.language, fiat))]
    if unpriced := sum(each.price_usd is None for each in balances):
        lines.append(ctx.count("assets.unpriced", unpriced))
    more = [ctx.saying(ctx.text("assets.all"), "assets all")] if rest else []
    return ["\n".join(lines), Buttons((*more, *ctx.buttons("snapshots", "help").buttons))]


def _usd(balances: Sequence[Balance]) -> Decimal:
    return sum((usd for each in balances if (usd := each.usd) is not None), Decimal(0))
