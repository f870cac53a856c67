"""/disconnect: take back what you let the bot read; it is deleted at once, and Mixin is told."""

from bot import Context, Ending, Reply, command

SAID = {
    Ending.NOTHING: "disconnect.nothing",
    Ending.HERE: "disconnect.here",
    Ending.EVERYWHERE: "disconnect.done",
}


@command("disconnect", only="mixin", always=True, next=("connect", "help"))
async def disconnect(ctx: Context) -> Reply:
    ctx.require_private()
    return ctx.text(SAID[await ctx.grants.disconnect(ctx.person.user_id)])
