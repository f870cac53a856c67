"""/announce: tell all operators and owners something, e.g. `/announce I restart the service now`."""

from bot import Context, Reply, Role, Text, UserError, command, inert

MOST_TEXT = 1000
MOST_READERS = 15


@command("announce", admin=True, writes=True)
async def announce(ctx: Context) -> Reply:
    text = inert(ctx.rest, MOST_TEXT)
    if not text:
        raise UserError(ctx.text("announce.usage"))
    roles = await ctx.store.admins()
    readers = [each for each, role in roles.items() if role in (Role.OPERATOR, Role.OWNER)]
    others = [each for each in readers if each != ctx.message.user_id][:MOST_READERS]
    if not others:
        raise UserError(ctx.text("announce.nobody"))
    who = inert(ctx.person.name) or ctx.person.identity_number or ctx.person.user_id
    await ctx.note("admin.announce", "", f"{len(others)} people")
    told = [ctx.to(each, Text(ctx.text("announce.said", who=who, text=text)), f"announce {each}") for each in others]
    return [ctx.count("announce.told", len(others)), *told]
