"""/getuser: look somebody up on nandbox by their id there, e.g. `/getuser 90089584000000899`."""

from bot import Context, Entry, Forbidden, NotFound, Reply, ServiceError, Unclear, UserError, command

LONGEST_LINE = 300


@command("getuser", next=("help",))
async def getuser(ctx: Context) -> Reply:
    directory = ctx.directory
    if len(ctx.args) != 1 or not (ctx.args[0].isascii() and ctx.args[0].isdigit()):
        raise UserError(ctx.text("getuser.usage"))
    who = ctx.args[0][:24]
    try:
        found = await directory.user(who)
    except NotFound:
        raise UserError(ctx.text("getuser.unknown", who=who)) from None
    except Forbidden:
        raise UserError(ctx.text("getuser.forbidden")) from None
    except Unclear:
        raise UserError(ctx.text("getuser.silent", who=who)) from None
    except ServiceError:
        raise UserError(ctx.text("getuser.down")) from None
    return _describe(ctx, found)


def _describe(ctx: Context, found: Entry) -> str:
    lines = [
        found.name[:LONGEST_LINE] or ctx.text("getuser.nameless"),
        ctx.text("getuser.bot" if found.is_bot else "getuser.person"),
    ]
    if found.status.strip():
        lines.append(ctx.text("getuser.status", status=found.status.strip()[:LONGEST_LINE]))
    lines.append(ctx.text("getuser.id", id=found.id))
    return "\n".join(lines)
