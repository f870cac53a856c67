"""/maintenance: tell everybody but admins to come back later, `/maintenance on`, until `/maintenance off`."""

from bot import MAINTENANCE, Context, Reply, UserError, command

ON, OFF = ("on", "开"), ("off", "关")


@command("maintenance", admin=True, writes=True, next=("health", "admin"))
async def maintenance(ctx: Context) -> Reply:
    """What is chosen reaches every process of the service within seconds."""
    wish = ctx.args[0].lower() if ctx.args else ""
    if wish not in ("", *ON, *OFF):
        raise UserError(ctx.text("maintenance.usage"))
    now_on = (await ctx.store.choices.choices()).get(MAINTENANCE) == "on"
    on = wish in ON if wish else now_on
    if on != now_on:
        await ctx.store.choices.choose(MAINTENANCE, "on" if on else "", ctx.entry(f"maintenance.{_word(on)}", ""))
    return [ctx.text("maintenance.on" if on else "maintenance.off"), ctx.buttons(f"maintenance {_word(not on)}")]


def _word(on: bool) -> str:
    return "on" if on else "off"
