"""/getuser: look somebody up on nandbox by their id there, e.g. `/getuser 90089584000000899`."""

import asyncio

from bot import (
    Context,
    Entry,
    Forbidden,
    Image,
    NotFound,
    Reply,
    ServiceError,
    Unclear,
    Unsupported,
    UserError,
    command,
    inert,
)

LONGEST_LINE = 300
PICTURE_S = 3.0
"""The answer does not wait longer for its picture."""


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
    return [_describe(ctx, found), *await _picture(ctx, found)]


async def _picture(ctx: Context, found: Entry) -> list[Image]:
    """The person's picture, if there is one that can be shown in time: the answer is worth having without it."""
    try:
        async with asyncio.timeout(PICTURE_S):
            return [await ctx.show(await ctx.directory.picture(found), f"{found.id}.jpg")]
    except (ServiceError, TimeoutError, Unsupported, ValueError):
        return []


def _describe(ctx: Context, found: Entry) -> str:
    lines = [
        inert(found.name, LONGEST_LINE) or ctx.text("getuser.nameless"),
        ctx.text("getuser.bot" if found.is_bot else "getuser.person"),
    ]
    if status := inert(found.status, LONGEST_LINE):
        lines.append(ctx.text("getuser.status", status=status))
    lines.append(ctx.text("getuser.id", id=found.id))
    return "\n".join(lines)
