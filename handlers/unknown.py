"""Any other text: say so, guess what was meant, and offer what there is."""

from bot import Context, Reply, Text, on


@on(Text)
async def unknown(ctx: Context) -> Reply:
    if not ctx.once("unknown", 30):
        return None
    word = ctx.parsed.word[:32]
    near = ctx.services.commands.closest(word, admin=ctx.is_admin)
    if near is not None:
        return [ctx.text("unknown.closest", text=word, command=near.name), ctx.buttons(near.name, "help")]
    return [ctx.text("unknown.text", text=word), ctx.buttons("help", "id", "lang")]
