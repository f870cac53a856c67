"""/privacy: what the bot keeps of you, for how long, and how to get it and to delete it."""

from bot import Context, command


@command("privacy", always=True, next=("export", "forget", "help"))
async def privacy(ctx: Context) -> str:
    lines = [ctx.text("privacy.kept"), ctx.text("privacy.grant"), ctx.text("privacy.not")]
    if ctx.services.privacy_url:
        lines.append(ctx.text("about.privacy", url=ctx.services.privacy_url))
    return "\n\n".join([*lines, ctx.text("privacy.yours")])
