"""/whois: look a person up by Mixin ID or user id, e.g. `/whois 7000`."""

from bot import Context, UserError, command


@command("whois", only="mixin")
async def whois(ctx: Context) -> str:
    if len(ctx.args) != 1:
        raise UserError(ctx.text("whois.usage"))
    user = await ctx.user(ctx.args[0])
    return ctx.text("whois.found", name=user.name, number=user.identity_number)
