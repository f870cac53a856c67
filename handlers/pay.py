"""/pay: a link by which somebody can pay you: `/pay 0.01 BTC lunch`; `--to=7000` makes it one for somebody else."""

import re
import uuid
from decimal import Decimal

from bot import (
    Button,
    Buttons,
    Context,
    Reply,
    UserError,
    choose_coin,
    coins_called,
    command,
    format_amount,
    inert,
    name_of,
    pay_link,
    share_link,
    transfer_link,
)

AMOUNT = re.compile(r"\d{1,20}(\.\d{1,8})?")
MOST_MEMO = 140


@command("pay", only="mixin", next=("help",))
async def pay(ctx: Context) -> Reply:
    payee = await ctx.user(ctx.parsed.flags.get("to") or ctx.message.user_id)
    if not ctx.args:
        return ctx.text("pay.any", name=name_of(ctx, payee), link=transfer_link(payee.id))
    amount, *others = ctx.args
    if not AMOUNT.fullmatch(amount) or not Decimal(amount) or not others:
        raise UserError(ctx.text("pay.usage"))
    coin, *words = others
    memo = inert(" ".join(words), MOST_MEMO)
    found = await coins_called(ctx, coin)
    if len(found) > 1:
        to = f" --to={payee.identity_number or payee.id}" if "to" in ctx.parsed.flags else ""
        return choose_coin(ctx, found, f"pay {amount} {{coin}} {memo}{to}")
    trace_id = str(uuid.uuid5(uuid.UUID(ctx.message.id), "pay"))
    link = pay_link(payee.id, found[0].asset_id, amount, memo=memo, trace_id=trace_id)
    sum_ = f"{format_amount(Decimal(amount), ctx.language)} {inert(found[0].symbol, 16)}"
    text = ctx.text("pay.link", sum=sum_, name=name_of(ctx, payee), link=link)
    return [text, Buttons((Button(ctx.text("pay.share"), share_link("text", link)), *ctx.buttons("help").buttons))]
