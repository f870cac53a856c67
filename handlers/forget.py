"""/forget: delete everything that the bot keeps of you, your permissions included; `/forget confirm` does it."""

from bot import Buttons, Context, Ending, Reply, UserError, command

CONFIRM = ("confirm", "确认")
RED = "#C5595A"


@command("forget", always=True, next=("privacy", "help"))
async def forget(ctx: Context) -> Reply:
    ctx.require_private()
    user_id = ctx.message.user_id
    if user_id in await ctx.store.admins():
        raise UserError(ctx.text("forget.admin"))
    if not ctx.args or ctx.args[0].lower() not in CONFIRM:
        yes = ctx.saying(ctx.text("forget.yes"), "forget confirm", RED)
        return [ctx.text("forget.ask"), Buttons((yes, *ctx.buttons("export", "help").buttons))]
    grants = ctx.services.grants
    ending = await grants.disconnect(user_id) if grants is not None else Ending.NOTHING
    await ctx.forget_me()
    return ctx.text("forget.done_here" if ending is Ending.HERE else "forget.done")
