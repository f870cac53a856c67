"""/backup and /rotate-keys: what an admin may ask for in a chat, and what is done on the command line only."""

from bot import Context, command


@command("backup", admin=True, next=("health", "admin"))
async def backup(ctx: Context) -> str:
    return ctx.text("backup.elsewhere")


@command("rotate-keys", admin=True, next=("health", "admin"))
async def rotate_keys(ctx: Context) -> str:
    return ctx.text("rotate-keys.elsewhere")
