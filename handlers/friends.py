"""/friends: your contacts; `/friends ann` finds some, `/friends 2` and `/friends ann 2` turn the page."""

from bot import Context, Reply, User, command, inert, list_people, page_number


@command("friends", only="mixin", needs=("CONTACTS:READ",), next=("blocked", "help"))
async def friends(ctx: Context) -> Reply:
    words = list(ctx.args)
    number = page_number(words)
    search = inert(" ".join(words).replace('"', ""), 40)
    everybody = await ctx.mine.friends()
    found = [each for each in everybody if _fits(each, search.casefold())]
    if not found:
        return ctx.text("friends.not_found", search=search) if search else ctx.text("friends.none")
    head = ctx.count("friends.head", len(found))
    return list_people(ctx, head, found, f'friends "{search}"' if search else "friends", number)


def _fits(user: User, search: str) -> bool:
    return search in user.name.casefold() or user.identity_number.startswith(search)
