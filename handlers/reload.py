"""/reload: read the settings again, for owners; what cannot change while the service runs is named."""

from bot import BadSettings, Context, Reply, Role, UserError, command, inert


@command("reload", admin=True, writes=True, next=("config", "health"))
async def reload(ctx: Context) -> Reply:
    if (await ctx.store.admins()).get(ctx.message.user_id) is not Role.OWNER:
        raise UserError(ctx.text("config.owners_only"))
    if ctx.services.reload is None:
        raise UserError(ctx.text("reload.off"))
    try:
        found = ctx.services.reload()
    except BadSettings as error:
        raise UserError(ctx.text("reload.bad", why=inert(str(error), 300))) from None
    await ctx.note("settings.reload", "", " ".join(found.taken)[:200])
    lines = [ctx.text("reload.taken", names=", ".join(found.taken)) if found.taken else ctx.text("reload.nothing")]
    if found.later:
        lines.append(ctx.text("reload.later", names=", ".join(found.later)))
    return "\n".join(lines)
