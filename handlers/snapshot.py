"""/snapshot: everything about one transfer of yours, by its id."""

from bot import (
    Button,
    Buttons,
    Context,
    NotFound,
    Reply,
    UserError,
    command,
    format_amount,
    format_signed,
    format_time,
    inert,
    kind_of,
    name_of,
    snapshot_link,
)


@command("snapshot", only="mixin", needs=("SNAPSHOTS:READ",))
async def snapshot(ctx: Context) -> Reply:
    if len(ctx.args) != 1:
        raise UserError(ctx.text("snapshot.usage"))
    mine = ctx.mine
    try:
        found = await mine.snapshot(ctx.args[0].lower())
    except NotFound:
        raise UserError(ctx.text("snapshot.unknown")) from None
    people = await ctx.names([found.opponent_id])
    other = people.get(found.opponent_id)
    after = found.closing_balance
    facts = {
        "snapshot.kind": kind_of(ctx, found),
        "snapshot.other": name_of(ctx, other) if other else found.opponent_id or found.address,
        "snapshot.memo": found.memo,
        "snapshot.time": format_time(found.created_at, ctx.language) if found.created_at else "",
        "snapshot.after": format_amount(after, ctx.language) if after is not None else "",
        "snapshot.confirmations": str(found.confirmations) if found.confirmations is not None else "",
        "snapshot.trace": found.trace_id,
        "snapshot.hash": found.transaction_hash,
        "snapshot.id": found.id,
    }
    lines = [f"{format_signed(found.amount, ctx.language)} {inert(found.symbol, 16)}"]
    lines += [ctx.text(key, value=inert(value, 300)) for key, value in facts.items() if value]
    open_it = Button(ctx.text("snapshot.open"), snapshot_link(found.id))
    return ["\n".join(lines), Buttons((open_it, *ctx.buttons("snapshots", "help").buttons))]
