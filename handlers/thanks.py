"""Coins that arrive: a word of thanks, once, and only for what Mixin itself confirms. The bot moves no coins."""

from bot import (
    Balance,
    Button,
    Buttons,
    Context,
    Reply,
    ServiceError,
    Transfer,
    format_balance,
    inert,
    on,
    snapshot_link,
)


@on(Transfer)
async def thanks(ctx: Context) -> Reply:
    message, notice = ctx.message, ctx.message.content
    assert isinstance(notice, Transfer)
    try:
        found = await ctx.account.snapshot(notice.snapshot_id)
    except ServiceError:  # unknown, or nobody can tell: what is not confirmed has no effect
        return None
    if found.amount <= 0 or found.opponent_id != message.user_id:
        return None
    if found.user_id not in ("", ctx.services.platform.bot_id):
        return None
    if not await ctx.store.receive(found.id, message.id, message.user_id):
        return None
    coin = Balance(found.asset_id, found.symbol, "", found.amount)
    lines = [ctx.text("thanks.text", sum=format_balance(coin, ctx.language))]
    if found.memo:
        lines.append(ctx.text("thanks.memo", memo=inert(found.memo, 200)))
    open_it = Button(ctx.text("snapshot.open"), snapshot_link(found.id))
    return ["\n".join(lines), Buttons((open_it, *ctx.buttons("help").buttons))]
