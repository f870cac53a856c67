"""/id: the ids of person, conversation and message, for whoever reports a fault."""

from bot import Context, command


@command("id", next=("help",))
async def id_(ctx: Context) -> str:
    message = ctx.message
    return ctx.text("id.ids", user=message.user_id, conversation=message.conversation_id, message=message.id)
