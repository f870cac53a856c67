"""/start, and every greeting: who the bot is and what it can do. Somebody new gets it whatever they wrote."""

from bot import Context, Reply, command

FIRST = ("assets", "me", "help", "id", "lang")


@command("start", welcome=True)
async def start(ctx: Context) -> Reply:
    offered = [name for name in FIRST if ctx.services.commands.find(name) is not None][:3]
    if not ctx.once("welcome", 60):
        return [ctx.text("start.again"), ctx.buttons(*offered)]
    name = ctx.services.name or ctx.text("start.nameless")
    return [ctx.text("start.welcome", bot=name), ctx.buttons(*offered)]
