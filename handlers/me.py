"""/me: who you are: your own account if you connected it, else what everybody can see."""

from bot import Buttons, Context, NotConnected, OwnProfile, Reply, command, format_time, inert


@command("me", only="mixin", needs=("PROFILE:READ",), next=("assets", "id", "help"))
async def me(ctx: Context) -> Reply:
    try:
        own = await ctx.mine.profile()
    except NotConnected as error:
        public = OwnProfile(await ctx.user(ctx.message.user_id))
        note = [ctx.text("consent.ended")] if error.ended else []
        lines = [*note, *_lines(ctx, public), "", ctx.text("me.connect")]
        return ["\n".join(lines), Buttons((*ctx.buttons("connect", "help").buttons,))]
    return "\n".join(_lines(ctx, own))


def _lines(ctx: Context, own: OwnProfile) -> list[str]:
    user = own.user
    facts = {
        "me.number": user.identity_number,
        "me.id": user.id,
        "me.biography": inert(user.biography, 200),
        "me.phone": own.phone,
        "me.joined": format_time(user.created_at, ctx.language) if user.created_at else "",
        "me.language": ctx.text("lang.name"),
        "me.currency": own.currency,
        "me.membership": own.membership,
        "me.safe": ctx.text("me.yes") if own.has_safe else "",
    }
    lines = [inert(user.name, 64) or "–"]
    return lines + [ctx.text(key, value=inert(value, 200)) for key, value in facts.items() if value]
