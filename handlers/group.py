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
    try:
        found = await ctx.account.conversation(message.conversation_id)
    except (NotFound, Forbidden):
        return None  # whatever was said, the bot is not in there
    except Unavailable:
        found = None
    came = about_us or change.action == "CREATE"  # whoever is told of it is in there
    new = change.action in CAME and came and await ctx.store.groups.join(message.conversation_id, message.created_at)
    if found is None:
        return None
    await ctx.store.groups.describe(found.id, found.name, len(found.participants))
    if not new:
        return None
    name = ctx.services.name or ctx.text("start.nameless")
    return [ctx.text("group.hello", bot=name, number=ctx.services.number), ctx.buttons(*OFFERED)]
