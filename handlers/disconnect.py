"""/disconnect: take back what you let the bot read; it is deleted at once."""

from bot import Context, Reply, command


@command("disconnect", only="mixin", next=("connect", "help"))
async def disconnect(ctx: Context) -> Reply:
    ctx.require_private()
    gone = await ctx.grants.disconnect(ctx.person.user_id)
    return ctx.text("disconnect.done" if gone else "disconnect.nothing")
