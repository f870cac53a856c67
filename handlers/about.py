"""/about: which program this is, since when it runs, and where its source and its privacy page are."""

import time

from bot import Context, command, format_timespan


@command("about", next=("help",))
async def about(ctx: Context) -> str:
    services = ctx.services
    uptime = format_timespan(time.monotonic() - services.vitals.started_at, ctx.language)
    lines = [ctx.text("about.version", version=services.version, uptime=uptime)]
    if services.source_url:
        lines.append(ctx.text("about.source", url=services.source_url))
    if services.privacy_url:
        lines.append(ctx.text("about.privacy", url=services.privacy_url))
    return "\n".join(lines)
