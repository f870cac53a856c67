"""`mixbot nandbox`: what nandbox says about people, chats and members, and about the bot itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NoReturn

import typer

from bot.cli.output import JsonOption, as_json, complain, listing
from bot.cli.setup import settings_for_command
from bot.directory import Directory
from bot.errors import Forbidden, NotFound, Rejected, SetupError, Unavailable, Unclear
from bot.nandbox.account import NO_TOKEN, TOKEN_MISSING
from bot.parts import open_directory
from bot.wire import Value, plain

app = typer.Typer(
    help="Ask nandbox.\n\nExamples:  mixbot nandbox me  ·  mixbot nandbox get-user 90089584000000899",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

UserArgument = Annotated[str, typer.Argument(help="Id of a person or bot at nandbox, digits only.")]
ChatArgument = Annotated[str, typer.Argument(help="Id of a group or channel at nandbox, digits only.")]


@app.command("get-user")
def get_user(user_id: UserArgument, json: JsonOption = False) -> None:
    """Look a person or bot up: every field that nandbox gives.

    Examples:  mixbot nandbox get-user 90089584000000899  ·  mixbot nandbox get-user 90089584000000899 --json
    """
    _show(lambda directory: directory.user(user_id), f"There is nobody on nandbox under the id {user_id}.", json)


@app.command("get-chat")
def get_chat(chat_id: ChatArgument, json: JsonOption = False) -> None:
    """Look a group or channel up; the bot has to take part in it.

    Examples:  mixbot nandbox get-chat 90090684000000559  ·  mixbot nandbox get-chat 90090684000000559 --json
    """
    _show(lambda directory: directory.chat(chat_id), f"nandbox knows no chat {chat_id}.", json)


@app.command("get-member")
def get_member(chat_id: ChatArgument, user_id: UserArgument, json: JsonOption = False) -> None:
    """Look somebody's part in a group or channel up.

    Examples:  mixbot nandbox get-member 90090684000000559 90089584000000899  ·  mixbot nandbox get-member 1 2 --json
    """
    _show(lambda directory: directory.member(chat_id, user_id), f"{user_id} is not in the chat {chat_id}.", json)


@app.command("me")
def me(json: JsonOption = False) -> None:
    """Show the bot's own profile at nandbox, which proves that the token works.

    Examples:  mixbot nandbox me  ·  mixbot nandbox me --json
    """
    _show(lambda directory: directory.me(), "nandbox does not know this bot.", json)


def _show(ask: Callable[[Directory], Awaitable[Value]], nobody: str, json: bool) -> None:
    settings = settings_for_command()

    async def asked() -> Value:
        async with open_directory(settings) as directory:
            if directory is None:
                raise SetupError(NO_TOKEN, TOKEN_MISSING)
            return await ask(directory)

    try:
        found = plain(asyncio.run(asked()))
    except NotFound:
        _fail(nobody)
    except Forbidden as error:
        _fail(f"nandbox does not allow it (code {error.code}): tick “Manage Users” and “Manage Chats” for the bot.")
    except Unclear:
        _fail("nandbox is there, but did not answer. Most often that means that it knows nothing under this id.")
    except (Unavailable, Rejected) as error:
        _fail(f"nandbox did not do it: {error}.")
    if json:
        as_json(found)
        return
    rows = [{"field": name, "value": _cell(value)} for name, value in found.items() if value not in (None, "", [], 0)]
    listing(rows, ["field", "value"], json_wanted=False, nothing="")


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={one}" for name, one in value.items() if one and not isinstance(one, dict))
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 100 else f"{text[:60]}… ({len(text)} characters)"


def _fail(text: str) -> NoReturn:
    complain(text)
    raise typer.Exit(1)
