"""/help: what this person can ask for; `/help whois` explains one command."""

from bot import Command, Context, UserError, command, inert

OWN = ("connect", "disconnect", "privacy", "export", "forget")
"""What is about the person as well, though it needs no permission."""


@command("help", next=("id", "lang", "about"))
async def help_(ctx: Context) -> str:
    mine = [each for each in ctx.services.commands if ctx.is_admin or not each.admin]
    if ctx.args:
        return _explain(ctx, mine, ctx.args[0])
    admins = [each for each in mine if each.admin]
    own = [each for each in mine if each.needs or each.name in OWN]
    others = [each for each in mine if each not in admins and each not in own]
    groups = (("help.head", others), ("help.own", own), ("help.admin", admins))
    parts = ["\n".join([ctx.text(key), *(_line(ctx, each) for each in group)]) for key, group in groups if group]
    return "\n\n".join([*parts, ctx.text("help.foot")])


def _line(ctx: Context, each: Command) -> str:
    return f"/{each.name} – {ctx.text(f'{each.name}.help')}"


def _explain(ctx: Context, mine: list[Command], word: str) -> str:
    found = ctx.services.commands.find(word.lower().lstrip("/"))
    if found is None or found not in mine:
        raise UserError(ctx.text("help.unknown", word=inert(word, 32)))
    example, aliases = ctx.find(f"{found.name}.example"), ctx.find(f"{found.name}.aliases")
    needs = ctx.text("consent.and").join(ctx.find(f"scope.{scope}") or scope for scope in found.needs)
    return "\n".join(
        [
            _line(ctx, found),
            *([ctx.text("help.needs_line", needs=needs)] if needs else []),
            *([ctx.text("help.example_line", example=example)] if example else []),
            *([ctx.text("help.aliases_line", aliases=aliases)] if aliases else []),
        ]
    )
