"""/user: what is known of somebody, and what admins do about them, e.g. `/user show 25566`, `/user tag 25566 vip`."""

from collections.abc import Awaitable, Callable

from bot import Context, Known, Reply, Role, UserError, command, format_time, inert, tag_of


@command("user", admin=True, writes=True)
async def user(ctx: Context) -> Reply:
    verb = VERBS.get(ctx.args[0].lower()) if ctx.args else None
    if verb is None or len(ctx.args) < 2:
        raise UserError(ctx.text("user.usage"))
    known = await ctx.store.roster.known(ctx.args[1][:64])
    if known is None:
        raise UserError(ctx.text("user.not_met", who=inert(ctx.args[1], 40)))
    return await verb(ctx, known)


async def _show(ctx: Context, known: Known) -> Reply:
    none = ctx.text("user.none")
    facts = ctx.text(
        "user.facts", name=inert(known.name) or none, number=known.identity_number or none, id=known.user_id,
        language=known.language or none, standing=ctx.text(f"user.standing_{known.standing}"), role=known.role or none,
        tags=" ".join(known.tags) or none, seen=format_time(known.last_seen, ctx.language) if known.last_seen else none,
    )  # fmt: skip
    who = known.identity_number or known.user_id
    return [facts, ctx.buttons(f"user {'unblock' if known.blocked else 'block'} {who}")]


async def _block(ctx: Context, known: Known) -> Reply:
    if known.user_id == ctx.message.user_id:
        raise UserError(ctx.text("user.yourself"))
    await ctx.store.roster.set_blocked(known.user_id, True, ctx.entry("user.block", known.user_id))
    return ctx.text("user.blocked", name=_name(known))


async def _unblock(ctx: Context, known: Known) -> Reply:
    await ctx.store.roster.set_blocked(known.user_id, False, ctx.entry("user.unblock", known.user_id))
    return ctx.text("user.unblocked", name=_name(known))


async def _tag(ctx: Context, known: Known) -> Reply:
    tag = _tag_named(ctx)
    await ctx.store.roster.tag([known.user_id], tag, ctx.entry("user.tag", known.user_id, tag))
    return ctx.text("user.tagged", name=_name(known), tag=tag)


async def _untag(ctx: Context, known: Known) -> Reply:
    tag = _tag_named(ctx)
    await ctx.store.roster.untag([known.user_id], tag, ctx.entry("user.untag", known.user_id, tag))
    return ctx.text("user.untagged", name=_name(known), tag=tag)


async def _role(ctx: Context, known: Known) -> Reply:
    """Only owners give and take roles, and one owner stays."""
    wanted = ctx.args[2].lower() if len(ctx.args) > 2 else ""
    role = Role.NONE if wanted == "none" else wanted
    if role not in list(Role) or not wanted:
        raise UserError(ctx.text("user.usage"))
    roles = await ctx.store.admins()
    if roles.get(ctx.message.user_id) is not Role.OWNER:
        raise UserError(ctx.text("user.owners_only"))
    if [each for each, one in roles.items() if one is Role.OWNER] == [known.user_id] and role != Role.OWNER:
        raise UserError(ctx.text("user.last_owner"))
    await ctx.store.set_role(known.user_id, Role(role))
    await ctx.note("user.role", known.user_id, wanted)
    return ctx.text("user.role_set", name=_name(known), role=wanted)


VERBS: dict[str, Callable[[Context, Known], Awaitable[Reply]]] = {
    "show": _show, "block": _block, "unblock": _unblock, "tag": _tag, "untag": _untag, "role": _role,
}  # fmt: skip


def _name(known: Known) -> str:
    return inert(known.name) or known.identity_number or known.user_id


def _tag_named(ctx: Context) -> str:
    try:
        return tag_of(ctx.args[2] if len(ctx.args) > 2 else "")
    except ValueError:
        raise UserError(ctx.text("user.no_tag")) from None
