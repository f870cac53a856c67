"""/start, and every greeting: who the bot is and what it can do. Somebody new gets it whatever they wrote."""

from bot import Context, command


@command("start", next=("help", "id", "lang"), welcome=True)
async def start(ctx: Context) -> str:
    if not ctx.once("welcome", 60):
        return ctx.text("start.again")
    return ctx.text("start.welcome", bot=ctx.services.name or ctx.text("start.nameless"))
