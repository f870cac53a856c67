"""/dead: messages that could not be handled: list, show, replay and drop them, for admins."""

from bot import Context, Reply, UserError, command, format_time


@command("dead", admin=True)
async def dead(ctx: Context) -> Reply:
    action = ctx.args[0].lower() if ctx.args else "list"
    if action == "list":
        return await _list(ctx)
    if action not in ("show", "replay", "drop") or len(ctx.args) != 2:
        raise UserError(ctx.text("dead.usage"))
    reference = ctx.args[1].lower()
    letter = await ctx.store.dead_letter(reference)
    if letter is None:
        raise UserError(ctx.text("dead.unknown", reference=reference[:16]))
    if action == "show":
        report = ctx.text(
            "dead.report", reference=letter.reference, command=letter.command, error=letter.error, tries=letter.tries,
            message=letter.message.id, user=letter.message.user_id, at=format_time(letter.at, ctx.language),
        )  # fmt: skip
        return [report, ctx.buttons(f"dead replay {reference}", f"dead drop {reference}")]
    if action == "drop":
        await ctx.store.drop_dead_letter(reference)
        return ctx.text("dead.dropped", reference=reference)
    await ctx.store.request_replay(reference)
    return ctx.text("dead.replayed", reference=reference)


async def _list(ctx: Context) -> Reply:
    letters = await ctx.store.dead_letters(20)
    if not letters:
        return [ctx.text("dead.none"), ctx.buttons("health", "stats")]
    lines = [f"{each.reference}  /{each.command}  {format_time(each.at, ctx.language)}" for each in letters]
    return ["\n".join([ctx.text("dead.head"), *lines]), ctx.buttons(f"dead show {letters[0].reference}")]
