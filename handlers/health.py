"""/health: how the line, the queues, the database and the clock are, for admins."""

import time

from bot import Context, command, format_timespan


@command("health", admin=True, next=("stats", "dead"))
async def health(ctx: Context) -> str:
    vitals, platform = ctx.services.vitals, ctx.services.platform
    now = time.monotonic()
    silence = now - platform.last_frame_at if platform.last_frame_at is not None else 0.0
    report = ctx.text(
        "health.report",
        line=ctx.text("health.connected" if platform.connected else "health.away"),
        silence=format_timespan(silence, ctx.language),
        reconnects=platform.reconnects,
        in_flight=vitals.in_flight,
        outbox=vitals.outbox,
        retried=vitals.retried,
        throttled=vitals.throttled,
        quarantined=vitals.quarantined,
        clock=f"{platform.clock_offset_s:+.1f}",
        uptime=format_timespan(now - vitals.started_at, ctx.language),
    )
    oldest, errors = vitals.oldest_at, platform.errors
    asked_at = time.monotonic()
    await ctx.store.person(ctx.message.user_id)
    report += "\n" + ctx.text(
        "health.more",
        lag=format_timespan(now - oldest if oldest is not None else 0.0, ctx.language),
        database=f"{1000 * (time.monotonic() - asked_at):.1f}",
        again=vitals.database_retried,
        busy=errors.get(429, 0),
        refused=errors.get(401, 0),
    )
    second = ctx.services.second
    if second is None:
        return report
    line = ctx.text("health.connected" if second.connected else "health.away")
    return report + "\n" + ctx.text("health.second", name=second.name, line=line, reconnects=second.reconnects)
