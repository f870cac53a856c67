"""/stats: how many people, messages and broadcasts there are, for admins; `/stats 7d` counts the active of a week."""

from datetime import UTC, datetime, timedelta

from bot import Context, UserError, command, format_number, format_timespan

SPANS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}


@command("stats", admin=True, next=("health", "dead"))
async def stats(ctx: Context) -> str:
    span = SPANS.get(ctx.args[0].lower() if ctx.args else "24h")
    if span is None:
        raise UserError(ctx.text("stats.usage"))
    counts = await ctx.store.counts(datetime.now(UTC) - span)
    vitals = ctx.services.vitals
    numbers = {key: format_number(value, ctx.language) for key, value in counts.items()}
    numbers |= {
        key: format_number(value, ctx.language)
        for key, value in {
            "received": vitals.received, "sent": vitals.accepted, "failed": vitals.failed, "refused": vitals.refused,
        }.items()
    }  # fmt: skip
    report = ctx.text("stats.report", span=format_timespan(span.total_seconds(), ctx.language), **numbers)
    totals = await ctx.store.ledger.totals()
    begun = format_number(totals.begun, ctx.language)
    sent, failed = format_number(totals.sent, ctx.language), format_number(totals.failed, ctx.language)
    return report + "\n" + ctx.text("stats.broadcasts", number=begun, sent=sent, failed=failed)
