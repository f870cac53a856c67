"""What happens to groups: a greeting where the bot comes in, and a note of where it is; anything else is only noted."""

from bot import Context, Forbidden, GroupChange, NotFound, Reply, Unavailable, on

CAME = ("ADD", "JOIN", "CREATE")
WENT = ("REMOVE", "EXIT")
OFFERED = ("help", "id", "about")


@on(GroupChange)
async def group(ctx: Context) -> Reply:
    change, message = ctx.message.content, ctx.message
    assert isinstance(change, GroupChange)
    if message.direct:
        return None
    about_us = change.user_id == ctx.services.platform.bot_id
    if about_us and change.action in WENT:
        await ctx.store.groups.leave(message.conversation_id, message.created_at)
        return None
    came = about_us or change.action == "CREATE"  # whoever is told of it is in there
    new = change.action in CAME and came and await ctx.store.groups.join(message.conversation_id, message.created_at)
    await _describe(ctx)
    if not new:
        return None
    name = ctx.services.name or ctx.text("start.nameless")
    return [ctx.text("group.hello", bot=name, number=ctx.services.number), ctx.buttons(*OFFERED)]


async def _describe(ctx: Context) -> None:
    """Note its name and size anew; an account that cannot be asked leaves them as they were."""
    try:
        found = await ctx.account.conversation(ctx.message.conversation_id)
    except (NotFound, Forbidden, Unavailable):
        return
    await ctx.store.groups.describe(found.id, found.name, len(found.participants))
