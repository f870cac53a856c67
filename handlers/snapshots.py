"""/snapshots: your transfers, newest first; `/snapshots BTC 20 in` shows 20 of bitcoin that came in."""

from bot import (
    Buttons,
    Context,
    NotFound,
    Reply,
    ScopeMissing,
    SnapshotPage,
    SnapshotQuery,
    UserError,
    choose_coin,
    coins_called,
    command,
    is_id,
    snapshot_line,
)

SHOWN = 10
MOST = 50
DIRECTIONS = {"in": True, "out": False, "转入": True, "转出": False}


@command("snapshots", only="mixin", needs=("SNAPSHOTS:READ",))
async def snapshots(ctx: Context) -> Reply:
    coin, limit, incoming = "", SHOWN, None
    for word in ctx.args:
        if word.lower() in DIRECTIONS:
            incoming = DIRECTIONS[word.lower()]
        elif word.isascii() and word.isdigit() and 0 < int(word[:9]) <= MOST:
            limit = int(word)
        elif not coin:
            coin = word
        else:
            raise UserError(ctx.text("snapshots.usage"))
    mine = ctx.mine
    asset_id = coin.lower() if is_id(coin) else ""
    if coin and not asset_id:
        try:
            owned = await mine.balances()
        except ScopeMissing:
            owned = ()
        found = await coins_called(ctx, coin, owned)
        if len(found) > 1:
            return choose_coin(ctx, found, f"snapshots {{coin}} {limit}{_direction(incoming)}")
        asset_id = found[0].asset_id
    query = SnapshotQuery(asset_id, "", incoming, limit, ctx.parsed.flags.get("before", ""))
    try:
        page = await mine.snapshots(query)
    except NotFound:
        raise UserError(ctx.text("snapshots.usage")) from None
    return await _show(ctx, page, query)


async def _show(ctx: Context, page: SnapshotPage, query: SnapshotQuery) -> Reply:
    people = await ctx.names(each.opponent_id for each in page.snapshots)
    lines = [snapshot_line(ctx, each, people) for each in page.snapshots]
    again = f"snapshots{' ' + query.asset_id if query.asset_id else ''} {query.limit}"
    buttons = []
    if page.next:
        older = f"{again}{_direction(query.incoming)} --before={page.next}"
        buttons.append(ctx.saying(ctx.text("snapshots.older"), older))
    if query.incoming is None and not query.page and lines:
        buttons.append(ctx.saying(ctx.text("snapshots.in"), f"{again} in"))
        buttons.append(ctx.saying(ctx.text("snapshots.out"), f"{again} out"))
    head = ctx.text("snapshots.head") if lines else ctx.text("snapshots.none")
    return ["\n".join([head, *lines]), Buttons((*buttons, *(() if buttons else ctx.buttons("help").buttons)))]


def _direction(incoming: bool | None) -> str:
    return "" if incoming is None else " in" if incoming else " out"
