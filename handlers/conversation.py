"""/conversation: this conversation, or one of that id, shown only to somebody who takes part in it."""

from bot import (
    Context,
    Conversation,
    Forbidden,
    NotConnected,
    NotFound,
    Reply,
    ScopeMissing,
    UserError,
    command,
    format_time,
    inert,
    name_of,
)

SHOWN = 20
HERE = ("here", "这里")


@command("conversation", only="mixin", next=("help",))
async def conversation(ctx: Context) -> Reply:
    wanted = ctx.args[0].lower() if ctx.args else HERE[0]
    if wanted in HERE:
        wanted = ctx.message.conversation_id
    if wanted != ctx.message.conversation_id:
        ctx.require_private()
    found = await _find(ctx, wanted[:64])
    if found is None or ctx.message.user_id not in {each.user_id for each in found.participants}:
        raise UserError(ctx.text("conversation.unknown"))
    return await _describe(ctx, found)


async def _find(ctx: Context, conversation_id: str) -> Conversation | None:
    """As the bot sees it; where the bot does not take part, as the person does, if they are connected."""
    try:
        return await ctx.account.conversation(conversation_id)
    except (NotFound, Forbidden):
        if ctx.services.grants is None or not ctx.message.direct:
            return None
    try:
        return await ctx.mine.conversation(conversation_id)
    except (NotFound, NotConnected, ScopeMissing):
        return None


async def _describe(ctx: Context, found: Conversation) -> str:
    lines = [
        ctx.text("conversation.group", name=inert(found.name)) if found.group else ctx.text("conversation.contact")
    ]
    lines.append(ctx.count("conversation.members", len(found.participants)))
    shown = found.participants[:SHOWN]
    people = await ctx.names(each.user_id for each in shown)
    for each in shown:
        if each.user_id in people:
            role = ctx.find(f"conversation.role.{each.role}") if found.group else None
            lines.append(f"– {name_of(ctx, people[each.user_id])}{f', {role}' if role else ''}")
    if len(found.participants) > SHOWN:
        lines.append(ctx.count("conversation.more", len(found.participants) - SHOWN))
    if found.announcement:
        lines.append(ctx.text("conversation.announcement", text=inert(found.announcement, 500)))
    if found.created_at:
        lines.append(ctx.text("conversation.since", time=format_time(found.created_at, ctx.language)))
    lines.append(ctx.text("conversation.id", id=found.id))
    return "\n".join(lines)
