"""/lang: in which language the bot answers; `/lang zh` sets it."""

from bot import Button, Buttons, Context, Reply, UserError, command


@command("lang", writes=True)
async def lang(ctx: Context) -> Reply:
    known = ctx.services.texts.languages
    if not ctx.args:
        return [ctx.text("lang.ask"), _choices(ctx)]
    wanted = ctx.args[0].lower()
    wanted = ctx.services.texts.named(wanted) or wanted
    if wanted not in known:
        raise UserError(ctx.text("lang.unknown", languages=", ".join(known)))
    await ctx.store.set_language(ctx.person.user_id, wanted)
    return ctx.services.texts.get(wanted, "lang.set")


def _choices(ctx: Context) -> Buttons:
    texts = ctx.services.texts
    return Buttons(tuple(Button(texts.get(each, "lang.name"), f"input:/lang {each}") for each in texts.languages))
