"""`mixbot dead`: messages that could not be handled."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from bot.cli.output import JsonOption, YesOption, as_json, complain, confirm, listing, say
from bot.cli.setup import KeystoreOption, NandboxOption, bot_id_of, settings_for_command
from bot.records import DeadLetter, Store
from bot.store import open_store

T = TypeVar("T")

app = typer.Typer(
    help="Messages that could not be handled, kept until somebody looks.\n\n"
    "Examples:  mixbot dead list  ·  mixbot dead replay K7Q2",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

Reference = Annotated[str, typer.Argument(metavar="REFERENCE", help="The short number that the person was told.")]


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 50,
    keystore: KeystoreOption = "",
    nandbox: NandboxOption = False,
    json_wanted: JsonOption = False,
) -> None:
    """List them, newest first.

    Examples:  mixbot dead list  ·  mixbot dead list --limit 5 --json
    """
    letters = _with_store(keystore, nandbox, lambda store: store.dead_letters(limit))
    columns = ("reference", "at", "command", "tries", "error")
    listing([_row(letter) for letter in letters], columns, json_wanted=json_wanted, nothing="No dead letters.")


@app.command()
def show(
    reference: Reference, keystore: KeystoreOption = "", nandbox: NandboxOption = False, json_wanted: JsonOption = False
) -> None:
    """Show one, with what was said.

    Examples:  mixbot dead show K7Q2  ·  mixbot dead show K7Q2 --json
    """
    letter = _with_store(keystore, nandbox, lambda store: store.dead_letter(reference))
    if letter is None:
        raise _missing(reference)
    message = letter.message
    facts = _row(letter) | {
        "message_id": message.id, "user_id": message.user_id, "conversation_id": message.conversation_id,
        "content": repr(message.content),
    }  # fmt: skip
    if json_wanted:
        as_json(facts)
    else:
        for name, value in facts.items():
            say(f"{name:<16} {value}")


@app.command()
def replay(reference: Reference, keystore: KeystoreOption = "", nandbox: NandboxOption = False) -> None:
    """Ask the running service to handle one once more.

    Examples:  mixbot dead replay K7Q2  ·  mixbot dead replay K7Q2 && mixbot dead list
    """
    if not _with_store(keystore, nandbox, lambda store: store.request_replay(reference)):
        raise _missing(reference)
    say(f"{reference} will be handled again within seconds, if the service runs.")


@app.command()
def drop(
    reference: Reference, keystore: KeystoreOption = "", nandbox: NandboxOption = False, yes: YesOption = False
) -> None:
    """Forget one.

    Examples:  mixbot dead drop K7Q2  ·  mixbot dead drop K7Q2 --yes
    """
    confirm(f"Forget {reference}?", yes=yes)
    if not _with_store(keystore, nandbox, lambda store: store.drop_dead_letter(reference)):
        raise _missing(reference)
    say(f"{reference} is forgotten.")


def _with_store(keystore: str, nandbox: bool, ask: Callable[[Store], Awaitable[T]]) -> T:
    """Ask the rows of the bot on Mixin, or of the one on nandbox."""
    settings = settings_for_command(keystore)
    bot_id = bot_id_of(settings, nandbox=nandbox)

    async def asked() -> T:
        async with open_store(settings.db.url) as database:
            return await ask(database.bot(bot_id))

    return asyncio.run(asked())


def _row(letter: DeadLetter) -> dict[str, Any]:
    return {
        "reference": letter.reference, "at": letter.at.isoformat(timespec="seconds"), "command": letter.command,
        "tries": letter.tries, "error": letter.error,
    }  # fmt: skip


def _missing(reference: str) -> typer.Exit:
    complain(f"There is no dead letter {reference}. `mixbot dead list` shows all.")
    return typer.Exit(1)
