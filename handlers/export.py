"""/export: everything that the bot keeps of you, as a file."""

import json
from datetime import UTC, datetime

from bot import Context, Reply, Unsupported, command


@command("export", only="mixin", always=True, next=("forget", "privacy"))
async def export(ctx: Context) -> Reply:
    ctx.require_private()
    services, user_id = ctx.services, ctx.message.user_id
    if services.attachments is None:
        raise Unsupported("this messenger takes no files")
    grant = await services.grants.granted(user_id) if services.grants is not None else None
    content = {
        "about": ctx.text("export.about"),
        "at": datetime.now(UTC).isoformat(),
        "bot": {"id": services.platform.bot_id, "number": services.number, "name": services.name},
        "user_id": user_id,
        "allowed": list(grant.scopes) if grant is not None else [],
        "kept": await ctx.store.export(user_id),
    }
    data = json.dumps(content, ensure_ascii=False, indent=2).encode()
    name = f"mixbot-{services.number or 'bot'}-{datetime.now(UTC):%Y-%m-%d}.json"
    return [ctx.text("export.done"), await services.attachments.upload(data, name=name, mime_type="application/json")]
