"""/feedback: tell the people who run this bot something; they answer by quoting it."""

from bot import Context, Outgoing, Reply, Role, Text, User, UserError, command, inert, keep_way_back, name_of

MOST_TEXT = 1000
MOST_READERS = 10
EVERY_S = 60.0


@command("feedback", writes=True, only="mixin", next=("help",))
async def feedback(ctx: Context) -> Reply:
    text = inert(ctx.rest, MOST_TEXT)
    if not text:
        raise UserError(ctx.text("feedback.usage"))
    roles = await ctx.store.admins()
    readers = [user_id for user_id, role in roles.items() if role in (Role.OPERATOR, Role.OWNER)]
    if not readers:
        raise UserError(ctx.text("feedback.nobody"))
    if not ctx.once("feedback", EVERY_S):
        raise UserError(ctx.text("feedback.later"))
    passed_on = [await _pass_on(ctx, reader, text) for reader in readers[:MOST_READERS]]
    return [ctx.text("feedback.sent"), *passed_on]


async def _pass_on(ctx: Context, reader: str, text: str) -> Outgoing:
    person, known = ctx.person, await ctx.store.person(reader)
    who = name_of(ctx, User(person.user_id, person.identity_number or person.user_id, person.name))
    language = known.language if known is not None else ""
    said = ctx.services.texts.get(language or ctx.services.language, "feedback.from", who=who, text=text)
    outgoing = ctx.to(reader, Text(said), f"feedback {reader}")
    await keep_way_back(ctx.store, outgoing, ctx.message, ctx.services.platform.conversation_with(person.user_id))
    return outgoing
