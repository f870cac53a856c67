"""`mixbot bot`: the bots of one service, added and taken out while it runs."""

import asyncio
import os
import pwd
import socket
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from bot.cli.language import text
from bot.cli.output import JsonOption, YesOption, confirm, listing, say
from bot.cli.setup import hide_keys, settings_for_command
from bot.errors import SetupError
from bot.ledger import AuditEntry
from bot.lineup import Entry, Lineup, entry_of, read_options
from bot.mixin.keystore_lookup import read_keystore_file
from bot.registry import BotOptions, Move, What, about_bot
from bot.store import Database, open_store
from bot.vault import Vault, read_keyring
from bot.wire import replace
from config.settings import Settings

app = typer.Typer(
    help="The bots of a service that has several.\n\n"
    "Examples:  mixbot bot add keystore-7000101276.json --name Helpdesk  ·  mixbot bot list",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

T = TypeVar("T")
Who = Annotated[str, typer.Argument(metavar="BOT", help="Its name, its app id, or how that begins.")]
COLUMNS = ("name", "app_id", "keystore", "state", "where", "since", "why")


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="The bot's Keystore.")],
    name: Annotated[str, typer.Option(help="What it calls itself; otherwise its name in Mixin.")] = "",
    admin: Annotated[list[str] | None, typer.Option(help="Mixin ID of a first owner; may be given again.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="A command that it does not have; again for more.")] = None,
    options: Annotated[Path | None, typer.Option(metavar="FILE", help="The same and texts, as TOML.")] = None,
) -> None:
    """Put a bot into the database, its Keystore sealed; a running service begins with it within seconds.

    Said again for the same bot it takes the place of what was there.

    Examples:  mixbot bot add helpdesk.json --admin 25566  ·  mixbot bot add shop.json --without pay --options shop.toml
    """
    settings = settings_for_command()
    found = read_keystore_file(file)
    hide_keys(found.text)
    own = read_options(_text(options), source=options.name) if options is not None else BotOptions()
    own = replace(own, name=name or own.name, admins=tuple(admin or own.admins), without=tuple(without or own.without))
    entry, vault = entry_of(found.text, file.name, own), _vault(settings)
    sealed = vault.seal(found.text.encode(), about_bot(entry.bot_id))

    async def keep(database: Database) -> None:
        await database.registry.keep_bot(entry.bot_id, sealed=sealed, key_number=vault.current, options=own)
        await _note(database, entry, "bot.add")

    _with_database(settings, keep)
    say(text("bot.added", name=own.name or entry.bot_id, file=file))


@app.command("list")
def list_(json_wanted: JsonOption = False) -> None:
    """List all bots: where their Keystores are, whether they run, where, since when, and why there.

    Examples:  mixbot bot list  ·  mixbot bot list --json
    """
    settings = settings_for_command()
    rows = _with_database(settings, lambda database: _rows(settings, database))
    listing(rows, COLUMNS, json_wanted=json_wanted, nothing=text("bot.nothing"))


@app.command()
def pause(who: Who) -> None:
    """Let a bot finish what it began, and rest; Mixin keeps its messages for seven days.

    Examples:  mixbot bot pause Helpdesk  ·  mixbot bot pause 965e5c6e
    """
    _pause(who, paused=True)


@app.command()
def resume(who: Who) -> None:
    """Let a paused bot work again, from where it was.

    Examples:  mixbot bot resume Helpdesk  ·  mixbot bot resume 965e5c6e
    """
    _pause(who, paused=False)


@app.command()
def remove(who: Who, yes: YesOption = False) -> None:
    """Take a bot out, with its Keystore. What it remembers of people stays in the database.

    Examples:  mixbot bot remove Helpdesk  ·  mixbot bot remove 965e5c6e --yes
    """
    settings = settings_for_command()
    entry = _with_database(settings, lambda database: _find(settings, database, who))
    confirm(text("bot.remove", name=_named(entry)), yes=yes)

    async def drop(database: Database) -> bool:
        gone = await database.registry.drop_bot(entry.bot_id)
        if gone:
            await _note(database, entry, "bot.remove")
        return gone

    if not _with_database(settings, drop) or entry.source != "the database":
        raise SetupError(
            "MB353", f"{_named(entry)} has its Keystore in a file ({entry.source}): take that out of its folder."
        )
    say(text("bot.removed", name=_named(entry)))


def _pause(who: str, *, paused: bool) -> None:
    settings = settings_for_command()

    async def change(database: Database) -> Entry:
        entry = await _find(settings, database, who)
        await database.registry.pause_bot(entry.bot_id, paused)
        await _note(database, entry, "bot.pause" if paused else "bot.resume")
        return entry

    entry = _with_database(settings, change)
    say(text("bot.paused", name=_named(entry)) if paused else text("bot.resumed", name=_named(entry)))


async def _note(database: Database, entry: Entry, action: str) -> None:
    """Into the bot's audit, with the user of the operating system who did it."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user may have a number only
        name = str(os.getuid())
    detail = f"{name} on {socket.gethostname()}"
    await database.bot(entry.bot_id).ledger.note(AuditEntry(datetime.now(UTC), "cli", action, detail=detail))


def _named(entry: Entry) -> str:
    return entry.options.name or entry.bot_id


async def _find(settings: Settings, database: Database, who: str) -> Entry:
    """
    Raises:
        SetupError: MB353, there is none, or there are several.
    """
    entries = await lineup_of(settings, database).read()
    found = [
        entry
        for entry in entries.values()
        if who.lower() in (entry.bot_id, entry.options.name.lower()) or (len(who) >= 4 and entry.bot_id.startswith(who))
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(_named(entry) for entry in (found or entries.values()))
    raise SetupError("MB353", f"{'Several bots are' if found else 'No bot is'} called {who}. There is: {names or '–'}.")


async def _rows(settings: Settings, database: Database) -> list[Mapping[str, Any]]:
    entries = await lineup_of(settings, database).read()
    latest = await database.registry.latest()
    return [row_of(entry, latest.get(entry.bot_id)) for entry in entries.values()]


def row_of(entry: Entry, move: Move | None) -> Mapping[str, Any]:
    """One bot in a list, by what happened to it last."""
    running = move is not None and move.what in (What.TAKEN, What.STARTED)
    stopped = move is not None and move.what is What.STOPPED
    state = "paused" if entry.paused else "running" if running else "stopped" if stopped else "waiting"
    return {
        "name": entry.options.name,
        "app_id": entry.bot_id,
        "keystore": entry.source,
        "state": state,
        "where": move.process if move is not None and (running or stopped) else "",
        "since": move.at.astimezone().isoformat(timespec="seconds") if move is not None else "",
        "why": move.reason if move is not None else "",
    }


def lineup_of(settings: Settings, database: Database) -> Lineup:
    """Every bot that the settings and the database name."""
    keyring = settings.web.secret_key.get_secret_value()
    folder = Path(settings.fleet.keystores) if settings.fleet.keystores else None
    return Lineup(database.registry, folder=folder, vault=read_keyring(keyring) if keyring.strip() else None)


def _vault(settings: Settings) -> Vault:
    keyring = settings.web.secret_key.get_secret_value()
    if not keyring.strip():
        raise SetupError(
            "MB146",
            "MIXBOT_SECRET_KEY is not set, which seals the Keystores in the database. Make a key with `mixbot keys "
            "new`, and keep it apart from the database; or put the Keystores into a folder: MIXBOT_KEYSTORES.",
        )
    return read_keyring(keyring)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SetupError("MB350", f"{path} cannot be read: {reason}.") from None


def _with_database(settings: Settings, ask: Callable[[Database], Awaitable[T]]) -> T:
    async def asked() -> T:
        async with open_store(settings.db.url) as database:
            return await ask(database)

    return asyncio.run(asked())
