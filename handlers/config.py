"""/config: what is set, `/config get broadcast.rate_per_minute`, and the few things that owners may change here."""

from bot import RATE, Buttons, Context, Reply, Role, UserError, changeable, chosen_value, command, inert

YES = "--yes"
SHOWN = 200


@command("config", admin=True, writes=True, next=("reload", "health"))
async def config(ctx: Context) -> Reply:
    verb = ctx.args[0].lower() if ctx.args else "get"
    if verb == "get":
        return await _get(ctx, ctx.args[1] if len(ctx.args) > 1 else "")
    if verb == "set" and len(ctx.args) > 1:
        return await _set(ctx)
    raise UserError(ctx.text("config.usage"))


async def _get(ctx: Context, name: str) -> Reply:
    """One, whether it can be changed or not; or all that can be. Secrets are masked where the lines are made."""
    backstage, chosen = ctx.services.backstage, await ctx.store.choices.choices()
    lines = {each.name: each for each in backstage.settings} if backstage is not None else {}
    names = changeable(ctx.services.texts)
    if name in names:
        return f"{name} = {_value(ctx, name, chosen.get(name, ''))}"
    if name in lines:
        found = lines[name]
        return f"{name} = {inert(found.value, SHOWN)}\n{found.meaning} ({inert(found.source, 80)})"
    if name:
        raise UserError(ctx.text("config.unknown", name=inert(name, 60)))
    return "\n".join(
        [ctx.text("config.head"), *(f"{each} = {_value(ctx, each, chosen.get(each, ''))}" for each in names)]
    )


async def _set(ctx: Context) -> Reply:
    """Asked first, with what would change; the button says the same with --yes in it."""
    if (await ctx.store.admins()).get(ctx.message.user_id) is not Role.OWNER:
        raise UserError(ctx.text("config.owners_only"))
    rest = ctx.rest.split(None, 1)[1].strip()
    sure = rest.startswith(f"{YES} ")
    name, _, value = rest.removeprefix(f"{YES} ").strip().partition(" ")
    if name not in changeable(ctx.services.texts):
        raise UserError(ctx.text("config.unknown", name=inert(name, 60)))
    try:
        kept = chosen_value(name, value.strip(), ctx.services.texts)
    except ValueError:
        raise UserError(ctx.text("config.wrong", name=name)) from None
    before = (await ctx.store.choices.choices()).get(name, "")
    if not sure:
        order = f"config set {YES} {name} {kept}".strip()
        asked = ctx.text("config.ask", name=name, before=_value(ctx, name, before), after=_value(ctx, name, kept, True))
        if len(order) > SHOWN - 1 or "\n" in kept:
            return f"{asked}\n" + ctx.text("config.write", order=f"/config set {YES} {name} …")
        return [asked, Buttons((ctx.saying(ctx.text("config.yes"), order),))]
    await ctx.store.choices.choose(name, kept, ctx.entry("settings.change", name, inert(kept, 60) or "default"))
    return ctx.text("config.set", name=name, value=_value(ctx, name, kept, True))


def _value(ctx: Context, name: str, chosen: str, plain: bool = False) -> str:
    """What holds; in its place, where nothing is chosen, what the settings say."""
    if chosen:
        return f"“{inert(chosen, SHOWN)}”"
    if plain:
        return ctx.text("config.default")
    own = str(ctx.services.rate_per_minute) if name == RATE else ctx.find(name.split(".", 2)[-1]) or ""
    return f"{inert(own, SHOWN)} ({ctx.text('config.default')})"
