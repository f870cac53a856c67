"""What the bot says where a person's permission is missing: one sentence, and the button that puts it right."""

from bot.command import Command
from bot.context import Context
from bot.errors import NotConnected, NotHere, ScopeMissing, Unsupported
from bot.message import Button, Buttons, Content, Text

BASIC = "PROFILE:READ"
"""Goes with every other scope."""


async def ask(command: Command, context: Context, error: NotHere | NotConnected | ScopeMissing) -> list[Content]:
    """The reply to a command that could not go on for lack of permission."""
    if isinstance(error, NotHere):
        return [Text(context.text("consent.private")), Buttons((_way_to_the_two_of_us(context),))]
    scopes = _scopes(command, error)
    what = _names(context, scopes)
    content = context.message.content
    said = content.text if isinstance(content, Text) else ""
    try:
        link = await context.grants.link(context.message.user_id, scopes, then=said)
    except Unsupported:
        return [Text(context.text("connect.never")), context.buttons("connect", "help")]
    if isinstance(error, ScopeMissing):
        text = context.text("consent.partial", what=what)
        return [Text(text), Buttons((Button(context.text("consent.allow", what=what)[:36], link),))]
    text = context.text("consent.need", what=what)
    if error.ended:
        text = context.text("consent.ended") + " " + text
    return [Text(text), Buttons((Button(context.text("consent.authorize"), link),))]


def _scopes(command: Command, error: NotConnected | ScopeMissing) -> tuple[str, ...]:
    missing = (error.scope,) if isinstance(error, ScopeMissing) and error.scope else ()
    return tuple(dict.fromkeys((BASIC, *(missing or command.needs))))


def _names(context: Context, scopes: tuple[str, ...]) -> str:
    """What the scopes show, in words; the profile, which goes with everything, only where there is nothing else."""
    wanted = [scope for scope in scopes if scope != BASIC] or [BASIC]
    names = [context.find(f"scope.{scope}") or scope for scope in wanted]
    return context.text("consent.and").join(names)


def _way_to_the_two_of_us(context: Context) -> Button:
    platform, user_id = context.services.platform, context.message.user_id
    link = f"mixin://conversations/{platform.conversation_with(user_id)}?user={platform.bot_id}"
    return Button(context.text("consent.open"), link)
