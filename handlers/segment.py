"""/segment: audiences with a name, e.g. `/segment new fans tag:vip,active:30d`, to be used with `--to=segment:fans`."""

from datetime import UTC, datetime

from bot import (
    Audience,
    Context,
    Misread,
    Reply,
    UserError,
    audience_text,
    command,
    format_number,
    inert,
    read_audience,
)
from bot import tag_of as name_of_segment


@command("segment", admin=True, writes=True)
async def segment(ctx: Context) -> Reply:
    action, *rest = ctx.args or ["list"]
    if action.lower() == "list":
        return await _list(ctx)
    if action.lower() == "count" and rest:
        return await _count(ctx, await _read(ctx, rest))
    if action.lower() == "new" and len(rest) > 1:
        return await _new(ctx, rest[0], await _read(ctx, rest[1:]))
    if action.lower() == "drop" and len(rest) == 1:
        if not await ctx.store.roster.drop_segment(rest[0].casefold(), ctx.entry("segment.drop", "", rest[0][:40])):
            raise UserError(ctx.text("segment.unknown", name=inert(rest[0], 40)))
        return ctx.text("segment.dropped", name=inert(rest[0], 40))
    raise UserError(ctx.text("segment.usage"))


async def _list(ctx: Context) -> Reply:
    segments = await ctx.store.roster.segments()
    if not segments:
        return ctx.text("segment.none")
    return "\n".join(f"{name}: {audience_text(audience)}" for name, audience in segments.items())


async def _count(ctx: Context, audience: Audience) -> Reply:
    counted = await ctx.store.ledger.arithmetic(audience, datetime.now(UTC))
    numbers = {
        name: format_number(getattr(counted, name), ctx.language)
        for name in ("total", "unsubscribed", "blocked", "unreachable", "recipients")
    }
    return ctx.text("segment.count", words=audience_text(audience), **numbers)


async def _new(ctx: Context, name: str, audience: Audience) -> Reply:
    """Counted before it is kept, and told."""
    try:
        name = name_of_segment(name)
    except ValueError:
        raise UserError(ctx.text("segment.usage")) from None
    counted = await _count(ctx, audience)
    await ctx.store.roster.keep_segment(
        name, audience, ctx.entry("segment.new", "", f"{name} {audience_text(audience)}")
    )
    return f"{counted}\n" + ctx.text("segment.kept", name=name)


async def _read(ctx: Context, words: list[str]) -> Audience:
    try:
        return read_audience(" ".join(words), await ctx.store.roster.segments(), ctx.services.texts.languages)
    except Misread as error:
        raise UserError(ctx.text("broadcast.audience_unknown", part=inert(str(error), 40))) from None
