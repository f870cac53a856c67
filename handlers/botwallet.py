"""/botwallet: what the bot owns, for admins; `/botwallet BTC` shows one coin."""

from decimal import Decimal

from bot import Balance, Context, UserError, command, format_amount, format_money


@command("botwallet", admin=True, only="mixin", next=("botprofile", "health"))
async def botwallet(ctx: Context) -> str:
    balances = list(await ctx.account.balances())
    if ctx.args:
        wanted = ctx.args[0].lower()
        balances = [each for each in balances if wanted in (each.symbol.lower(), each.asset_id)]
        if not balances:
            raise UserError(ctx.text("botwallet.unknown", asset=ctx.args[0][:64]))
    if not balances:
        return ctx.text("botwallet.empty")
    total = sum((each.usd for each in balances if each.usd is not None), Decimal(0))
    foot = ctx.text("botwallet.total", usd=format_money(total, ctx.language))
    return "\n".join([ctx.text("botwallet.head"), *(_line(ctx, each) for each in balances), foot])


def _line(ctx: Context, each: Balance) -> str:
    worth = f" ≈ {format_money(each.usd, ctx.language)}" if each.usd is not None else ""
    return f"{format_amount(each.amount, ctx.language)} {each.symbol}{worth}"
