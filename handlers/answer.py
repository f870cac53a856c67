"""/answer: answer feedback, for admins: quote it, and write the answer, with or without the command."""

from bot import Context, Reply, Text, UserError, command, inert, way_back

MOST_TEXT = 4000


@command("answer", admin=True, writes=True, only="mixin", quoting=True)
async def answer(ctx: Context) -> Reply:
    content = ctx.message.content
    said = ctx.rest if ctx.parsed.slash else content.text if isinstance(content, Text) else ""
    text = inert(said, MOST_TEXT)
    if not text or not ctx.message.quote_id:
        raise UserError(ctx.text("answer.usage"))
    address = await way_back(ctx.store, ctx.message.quote_id)
    if address is None:
        raise UserError(ctx.text("answer.unknown"))
    person = await ctx.store.person(address.user_id)
    language = (person.language if person is not None else "") or ctx.services.language
    told = ctx.services.texts.get(language, "answer.text", text=text)
    await ctx.note("feedback.answer", address.user_id)
    return [ctx.text("answer.sent"), ctx.to(address.user_id, Text(told), "answer", quote_id=address.quote_id)]
