"""/conversation: this conversation, or one of that id, shown only to somebody who takes part in it."""

from bot import Context, Conversation, Forbidden, NotFound, UserError, command


@command("conversation", only="mixin", next=("help",))
async def conversation(ctx: Context) -> str:
    wanted = ctx.args[0] if ctx.args else "here"
    conversation_id = ctx.message.conversation_id if wanted.lower() in ("here", "这里") else wanted[:64]
    try:
        found = await ctx.account.conversation(conversation_id)
    except (NotFound, Forbidden):
        raise UserError(ctx.text("conversation.unknown")) from None
    if ctx.person.user_id not in {each.user_id for each in found.participants}:
        raise UserError(ctx.text("conversation.unknown"))
    return _describe(ctx, found)


def _describe(ctx: Context, found: Conversation) -> str:
    lines = [ctx.text("conversation.group", name=found.name) if found.group else ctx.text("conversation.contact")]
    lines.append(ctx.count("conversation.members", len(found.participants)))
    if found.announcement:
        lines.append(ctx.text("conversation.announcement", text=found.announcement[:500]))
    lines.append(ctx.text("conversation.id", id=found.id))
    return "\n".join(lines)
