"""/connect: what the bot may read of your account, and a link to allow it; `/connect assets` asks for that as well."""

from collections.abc import Sequence

from bot import Button, Buttons, Context, Reply, Unsupported, UserError, command, format_time

BASIC = "PROFILE:READ"
ALL = {"all", "全部"}
STATUS = {"status", "状态"}


@command("connect", only="mixin")
async def connect(ctx: Context) -> Reply:
    ctx.require_private()
    grant = await ctx.grants.granted(ctx.person.user_id)
    has = grant.scopes if grant is not None else ()
    missing = [scope for scope in ctx.grants.offered if scope not in has]
    text = ctx.text("connect.none")
    if grant is not None:
        since, until = (format_time(each, ctx.language) if each else "–" for each in (grant.since, grant.expires))
        text = ctx.text("connect.status", what=_names(ctx, has), since=since, until=until)
    if has and missing:
        text += "\n" + ctx.text("connect.missing", what=_names(ctx, missing))
    word = ctx.args[0].lower() if ctx.args else ""
    if word in ALL:
        return await _ask(ctx, "", missing)
    if word and word not in STATUS:
        return await _ask(ctx, "", [_scope(ctx, each.strip(",")) for each in ctx.args])
    if grant is not None:
        return [text, Buttons((*_more(ctx, missing), *ctx.buttons("disconnect").buttons))]
    return [text, ctx.buttons("connect", "help")] if word else await _ask(ctx, text, [BASIC])


async def _ask(ctx: Context, text: str, scopes: Sequence[str]) -> Reply:
    scopes = scopes or [BASIC]
    try:
        link = await ctx.grants.link(ctx.person.user_id, scopes)
    except Unsupported:
        raise UserError(ctx.text("connect.never")) from None
    please = ctx.text("connect.ask", what=_names(ctx, scopes))
    everything = [Button(ctx.text("connect.all"), "input:/connect all")] if list(scopes) == [BASIC] else []
    return [f"{text} {please}".strip(), Buttons((Button(ctx.text("consent.authorize"), link), *everything))]


def _more(ctx: Context, missing: Sequence[str]) -> list[Button]:
    labels = {scope: ctx.text("consent.allow", what=_names(ctx, [scope]))[:36] for scope in missing[:4]}
    return [Button(label, f"input:/connect {scope}") for scope, label in labels.items()]


def _scope(ctx: Context, word: str) -> str:
    """What somebody calls `ASSETS:READ`: that, or its name in any language."""
    for scope in ctx.grants.offered:
        names = {name.lower() for name in ctx.services.texts.everywhere(f"scope.{scope}")}
        if word.lower() in {scope.lower(), scope.partition(":")[0].lower(), *names}:
            return scope
    raise UserError(ctx.text("connect.unknown", word=word[:40], known=_names(ctx, ctx.grants.offered)))


def _names(ctx: Context, scopes: Sequence[str]) -> str:
    return ctx.text("consent.and").join(ctx.find(f"scope.{scope}") or scope for scope in scopes)
