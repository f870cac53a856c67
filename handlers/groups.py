"""/groups: the groups that the bot is in, and since when; /groups and a number shows one, with the way out of it."""

from bot import Button, Buttons, Context, Forbidden, NotFound, Reply, UserError, command, format_time, inert

SHOWN = 20
BUTTONS = 5


@command("groups", admin=True, only="mixin")
async def groups(ctx: Context) -> Reply:
    found = await ctx.store.groups.all(SHOWN + 1)
    if not found:
        return [ctx.text("groups.none"), ctx.buttons("help")]
    shown, lines = found[:SHOWN], [ctx.text("groups.head")]
    for each in shown:
        try:
            now = await ctx.account.conversation(each.conversation_id)
        except (NotFound, Forbidden):
            now = None
        if now is None or ctx.services.platform.bot_id not in {one.user_id for one in now.participants}:
            await ctx.store.groups.leave(each.conversation_id, ctx.message.created_at)
            continue
        await ctx.store.groups.describe(each.conversation_id, now.name, len(now.participants))
        name, since = inert(now.name, 64) or "–", format_time(each.since, ctx.language)
        lines.append(f"– {name}: {ctx.count('conversation.members', len(now.participants))}, {since}\n  {now.id}")
    if len(found) > SHOWN:
        lines.append(ctx.text("groups.more"))
    if len(lines) == 1:
        return [ctx.text("groups.none"), ctx.buttons("help")]
    ways = [
        Button(ctx.text("groups.leave", name=inert(each.name, 24) or "–")[:36], f"input:/leave {each.conversation_id}")
        for each in shown[:BUTTONS]
    ]
    return ["\n".join(lines), Buttons(tuple(ways))]


@command("leave", admin=True, only="mixin")
async def leave(ctx: Context) -> Reply:
    """`/leave <id>` asks, `/leave <id> --yes` goes."""
    if not ctx.args:
        raise UserError(ctx.text("leave.usage"))
    group = await ctx.store.groups.get(ctx.args[0].lower()[:64])
    if group is None:
        raise UserError(ctx.text("leave.unknown"))
    name = inert(group.name, 64) or group.conversation_id
    if "yes" not in ctx.parsed.flags:
        sure = Button(ctx.text("leave.sure"), f"input:/leave {group.conversation_id} --yes", "#D04C4C")
        return [ctx.text("leave.ask", name=name), Buttons((sure, *ctx.buttons("groups").buttons))]
    await ctx.account.leave(group.conversation_id)
    await ctx.store.groups.leave(group.conversation_id, ctx.message.created_at)
    return [ctx.text("leave.done", name=name), ctx.buttons("groups", "help")]
