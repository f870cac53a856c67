"""/notify: whether news reach this person. `/stop` and `/resume` are short for off and on; it takes effect at once."""

from bot import Context, Reply, UserError, command

ON = {"on", "resume", "subscribe", "订阅", "开"}
OFF = {"off", "stop", "unsubscribe", "退订", "关"}


@command("notify", writes=True, always=True)
async def notify(ctx: Context) -> Reply:
    wish = ctx.args[0].lower() if ctx.args else ctx.parsed.word
    if wish in ON | OFF:
        await ctx.store.set_subscribed(ctx.person.user_id, wish in ON)
        if wish in ON:
            return [ctx.text("notify.on"), ctx.buttons("stop", "help")]
        return [ctx.text("notify.off"), ctx.buttons("resume", "help")]
    if ctx.args:
        raise UserError(ctx.text("notify.usage"))
    state = "notify.is_on" if ctx.person.subscribed else "notify.is_off"
    return [ctx.text(state), ctx.buttons("stop" if ctx.person.subscribed else "resume", "help")]
