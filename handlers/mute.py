"""/mute and /unmute: answer somebody nothing for some hours: `/mute 25566 12`, or `mute 12` as a quotation."""

from datetime import UTC, datetime, timedelta

from bot import Context, Known, Reply, Role, UserError, command, format_time, inert, way_back

HOURS = 12
MOST_HOURS = 720


@command("mute", admin=True, writes=True, moderates=True, next=("unmute", "user", "audit"))
async def mute(ctx: Context) -> Reply:
    known, words = await _whom(ctx)
    hours = words[0] if words else str(HOURS)
    if len(words) > 1 or not (hours.isascii() and hours.isdigit() and 0 < int(hours[:9]) <= MOST_HOURS):
        raise UserError(ctx.text("mute.usage", most=MOST_HOURS))
    if known.role in (Role.OPERATOR, Role.OWNER):
        raise UserError(ctx.text("mute.admin"))
    until = datetime.now(UTC) + timedelta(hours=int(hours))
    await ctx.store.roster.set_muted(known.user_id, until, ctx.entry("user.mute", known.user_id, f"{int(hours)} h"))
    done = ctx.text("mute.done", name=_name(known), until=format_time(until, ctx.language))
    return [done, ctx.buttons(f"unmute {known.identity_number or known.user_id}")]


@command("unmute", admin=True, writes=True, moderates=True)
async def unmute(ctx: Context) -> Reply:
    known, words = await _whom(ctx)
    if words:
        raise UserError(ctx.text("mute.usage", most=MOST_HOURS))
    ended = await ctx.store.roster.set_muted(known.user_id, None, ctx.entry("user.unmute", known.user_id))
    return ctx.text("unmute.done" if ended else "unmute.not", name=_name(known))


async def _whom(ctx: Context) -> tuple[Known, list[str]]:
    """Who is meant, by what is quoted or by the first word; and the other words."""
    address = await way_back(ctx.store, ctx.message.quote_id)
    if address is None and not ctx.args:
        raise UserError(ctx.text("mute.usage", most=MOST_HOURS))
    who, words = (address.user_id, ctx.args) if address is not None else (ctx.args[0][:64], ctx.args[1:])
    known = await ctx.store.roster.known(who)
    if known is None:
        raise UserError(ctx.text("user.not_met", who=inert(who, 40)))
    return known, words


def _name(known: Known) -> str:
    return inert(known.name) or known.identity_number or known.user_id
