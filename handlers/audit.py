"""/audit: who among the admins did what, newest first, e.g. `/audit 20`."""

from bot import Context, Reply, UserError, command, format_time, inert

MOST = 50


@command("audit", admin=True)
async def audit(ctx: Context) -> Reply:
    wanted = ctx.args[0] if ctx.args else "10"
    if not wanted.isdecimal() or not 0 < int(wanted) <= MOST:
        raise UserError(ctx.text("audit.usage", most=MOST))
    entries = await ctx.store.ledger.audit(int(wanted))
    if not entries:
        return ctx.text("audit.none")
    names: dict[str, str] = {}
    for each in entries:
        if each.actor_id not in names:
            known = await ctx.store.roster.known(each.actor_id) if len(each.actor_id) == 36 else None
            names[each.actor_id] = (inert(known.name, 24) if known is not None else each.actor_id) or "–"
    return "\n".join(
        f"{format_time(each.at, ctx.language)} · {names[each.actor_id]} · {each.action} {inert(each.subject, 40)}"
        + (f": {inert(each.detail, 60)}" if each.detail else "")
        for each in entries
    )
