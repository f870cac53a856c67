"""/forget: delete everything that the bot keeps of you, your permissions included; `/forget confirm` does it."""

from bot import Buttons, Context, Reply, UserError, command

CONFIRM = ("confirm", "确认")
RED = "#C5595A"


@command("forget", next=("privacy", "help"))
async def forget(ctx: Context) -> Reply:
    ctx.require_private()
    user_id = ctx.message.user_id
    if user_id in await ctx.store.admins():
        raise UserError(ctx.text("forget.admin"))
    if not ctx.args or ctx.args[0].lower() not in CONFIRM:
        yes = ctx.saying(ctx.text("forget.yes"), "forget confirm", RED)
        return [ctx.text("forget.ask"), Buttons((yes, *ctx.buttons("export", "help").buttons))]
    if ctx.services.grants is not None:
        await ctx.services.grants.disconnect(user_id)
    await ctx.forget_me()
    return ctx.text("forget.done")
