"""/start, and every greeting: who the bot is and what it can do. Somebody new gets it whatever they wrote."""

from bot import Button, Buttons, Context, Reply, command

FIRST = ("assets", "me", "help", "id", "lang")


@command("start", welcome=True)
async def start(ctx: Context) -> Reply:
    offered = [name for name in FIRST if ctx.services.commands.find(name) is not None][:3]
    if not ctx.once("welcome", 60):
        return [ctx.text("start.again"), ctx.buttons(*offered)]
    name = ctx.services.name or ctx.text("start.nameless")
    return [ctx.text("start.welcome", bot=name), _with_other_language(ctx, ctx.buttons(*offered))]


def _with_other_language(ctx: Context, buttons: Buttons) -> Buttons:
    """The language of somebody new is a guess by their first words: one tap takes it back."""
    usual, texts = ctx.services.language, ctx.services.texts
    if ctx.message.id != ctx.person.first_message_id or ctx.person.language in ("", usual):
        return buttons
    return Buttons((*buttons.buttons[:2], Button(texts.get(usual, "lang.name"), f"input:/lang {usual}")))
