"""/ping: is the bot there? `/ping abc` is answered with `pong abc`."""

from bot import Context, command


@command("ping")
async def ping(ctx: Context) -> str:
    return f"pong {ctx.rest}".rstrip()
