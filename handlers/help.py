"""/help: what this person can ask for; `/help whois` explains one command."""

from bot import Command, Context, UserError, command


@command("help", next=("id", "lang", "about"))
async def help_(ctx: Context) -> str:
    mine = [each for each in ctx.services.commands if ctx.is_admin or not each.admin]
    if ctx.args:
        return _explain(ctx, mine, ctx.args[0])
    lines = [_line(ctx, each) for each in mine if not each.admin]
    admins = [_line(ctx, each) for each in mine if each.admin]
    if admins:
        lines += ["", ctx.text("help.admin"), *admins]
    return "\n".join([ctx.text("help.head"), *lines, "", ctx.text("help.foot")])


def _line(ctx: Context, each: Command) -> str:
    return f"/{each.name} – {ctx.text(f'{each.name}.help')}"


def _explain(ctx: Context, mine: list[Command], word: str) -> str:
    found = ctx.services.commands.find(word.lower().lstrip("/"))
    if found is None or found not in mine:
        raise UserError(ctx.text("help.unknown", word=word[:32]))
    example, aliases = ctx.find(f"{found.name}.example"), ctx.find(f"{found.name}.aliases")
    return "\n".join(
        [
            _line(ctx, found),
            *([ctx.text("help.example_line", example=example)] if example else []),
            *([ctx.text("help.aliases_line", aliases=aliases)] if aliases else []),
        ]
    )
