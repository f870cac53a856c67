"""`mixbot send`: the smallest proof that the bot can send."""

import asyncio
import uuid
from typing import Annotated

import typer

from bot.cli.contents import ButtonOption, buttons_of
from bot.cli.output import complain, say
from bot.cli.setup import KeystoreOption, keystore_of, mixin_of, settings_for_command
from bot.errors import Forbidden, NotFound
from bot.message import Content, Outgoing, Post, Text
from bot.mixin.keystore import Keystore
from bot.mixin.platform import Mixin
from bot.users import User
from config.settings import Settings

app = typer.Typer(rich_markup_mode=None)


@app.command()
def send(
    who: Annotated[str, typer.Argument(help="Identity number such as 25566, or user id.")],
    text: Annotated[str, typer.Argument(help="What to say.")],
    post: Annotated[bool, typer.Option("--post", help="As a post, with Markdown.")] = False,
    button: ButtonOption = None,
    keystore: KeystoreOption = "",
) -> None:
    """Send somebody a message.

    Examples:  mixbot send 25566 "Hello"  ·  mixbot send 25566 "Well?" --button "Help=input:/help"
    """
    contents: list[Content] = [Post(text) if post else Text(text)]
    if button:
        contents.append(buttons_of(button))
    settings = settings_for_command(keystore)
    try:
        user = asyncio.run(_send(settings, keystore_of(settings), who, contents))
    except NotFound:
        complain(f"There is nobody on Mixin with the number or id {who}.")
        raise typer.Exit(1) from None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    count = f"{len(contents)} message{'s' if len(contents) > 1 else ''}"
    say(f"Mixin took {count} for {user.name} ({user.identity_number}).")


async def _send(settings: Settings, keystore: Keystore, who: str, contents: list[Content]) -> User:
    async with mixin_of(settings, keystore) as mixin:
        user = await mixin.user(who)
        conversation = mixin.conversation_with(user.id)
        outgoing = [Outgoing(str(uuid.uuid4()), conversation, user.id, content) for content in contents]
        await _post(mixin, outgoing)
        return user


async def _post(mixin: Mixin, outgoing: list[Outgoing]) -> None:
    """The first message to somebody may be refused because there is no conversation yet."""
    packed = [mixin.pack(one) for one in outgoing]
    try:
        await mixin.send(packed)
    except Forbidden:
        await mixin.reach(outgoing[0])
        await mixin.send(packed)
