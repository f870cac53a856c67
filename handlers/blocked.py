"""/blocked: whom you have blocked; `/blocked 2` turns the page."""

from bot import Context, Reply, command, list_people, page_number


@command("blocked", only="mixin", needs=("CONTACTS:READ",), next=("friends", "help"))
async def blocked(ctx: Context) -> Reply:
    number = page_number(list(ctx.args))
    found = await ctx.mine.blocked()
    if not found:
        return ctx.text("blocked.none")
    return list_people(ctx, ctx.count("blocked.head", len(found)), found, "blocked", number)
