"""/send: links into Mixin: share a text, a post, a contact or this bot; open somebody's profile, a chat, the bot."""

import json

from bot import (
    Button,
    Buttons,
    Context,
    Reply,
    UserError,
    app_link,
    command,
    conversation_link,
    inert,
    name_of,
    share_link,
    user_link,
    write_link,
)

MOST_TEXT = 1000


@command("send", only="mixin", next=("help",))
async def send(ctx: Context) -> Reply:
    kind, _, rest = ctx.rest.partition(" ")
    kind, rest = kind.lower(), rest.strip()
    match kind:
        case "text" | "post" if rest:
            return _button(ctx, ctx.text("send.ready"), "send.share", share_link(kind, rest[:MOST_TEXT]))
        case "contact" | "user" | "write" if rest:
            return await _about(ctx, kind, rest)
        case "card":
            return _button(ctx, ctx.text("send.ready"), "send.share", share_link("app_card", await _card(ctx)))
        case "chat":
            platform = ctx.services.platform
            link = conversation_link(platform.conversation_with(ctx.message.user_id), platform.bot_id)
            return _button(ctx, ctx.text("send.chat"), "send.open", link)
        case "bot":
            return _button(ctx, ctx.text("send.bot"), "send.open", app_link(ctx.services.platform.bot_id))
    raise UserError(ctx.text("send.usage"))


async def _about(ctx: Context, kind: str, rest: str) -> Reply:
    who, _, text = rest.partition(" ")
    user = await ctx.user(who)
    name = name_of(ctx, user)
    if kind == "contact":
        return _button(ctx, name, "send.share", share_link("contact", json.dumps({"user_id": user.id})))
    if kind == "write" and text.strip():
        return _button(ctx, name, "send.write", write_link(text.strip()[:MOST_TEXT], user.id))
    return _button(ctx, name, "send.open", user_link(user.id))


async def _card(ctx: Context) -> str:
    """The bot as a card that others can forward; tapping it opens the bot."""
    profile = await ctx.account.profile()
    return json.dumps(
        {
            "app_id": profile.user.id,
            "icon_url": profile.user.avatar_url,
            "title": inert(profile.user.name, 36) or "–",
            "description": inert(profile.user.biography, 128) or "–",
            "action": app_link(profile.user.id),
            "shareable": True,
        }
    )


def _button(ctx: Context, text: str, label: str, link: str) -> Reply:
    return [text, Buttons((Button(ctx.text(label), link), *ctx.buttons("help").buttons))]
