"""/admin: what admins can do, as buttons."""

from bot import Button, Buttons, Context, Reply, command

MENU = ("stats", "health", "broadcast list", "segment list", "dead list", "audit", "console", "config", "maintenance")


@command("admin", admin=True)
async def admin(ctx: Context) -> Reply:
    """Each button only says a command; who says it is looked at anew."""
    buttons = [Button(ctx.text(f"admin.{each.partition(' ')[0]}"), f"input:/{each}") for each in MENU]
    return [ctx.text("admin.menu"), *(Buttons(tuple(buttons[at : at + 3])) for at in range(0, len(buttons), 3))]
