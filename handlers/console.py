"""/console: a link into the console in a browser, for admins; it works once and only for whoever asked."""

from bot import Button, Buttons, Context, Reply, UserError, command


@command("console", admin=True)
async def console(ctx: Context) -> Reply:
    entrance = ctx.services.entrance
    if entrance is None:
        raise UserError(ctx.text("console.off"))
    link = await entrance.link(ctx.person.user_id)
    return [ctx.text("console.here"), Buttons((Button(ctx.text("console.open"), link),))]
