"""`mixbot db`: the version of the tables, backups, and whether the database is sound."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.output import JsonOption, YesOption, as_json, complain, confirm, say
from bot.cli.setup import settings_for_command
from bot.store import backup_database, check_database, restore_database, schema_status, upgrade_schema
from config.schema import Setting
from config.sources import ALL, shown

app = typer.Typer(
    help="The database.\n\nExamples:  mixbot db status  ·  mixbot db backup && mixbot db upgrade",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

_URL: Setting = ALL["db.url"]


@app.command()
def status(json_wanted: JsonOption = False) -> None:
    """Show which version the tables have, which one is needed, and what the steps between do.

    Examples:  mixbot db status  ·  mixbot db status --json
    """
    url = settings_for_command().db.url
    found = schema_status(url)
    if json_wanted:
        pending = [{"revision": step.revision, "does": step.does} for step in found.pending]
        as_json({"database": shown(_URL, url), "current": found.current, "head": found.head, "pending": pending})
        return
    say(f"{shown(_URL, url)}: schema {found.current or 'none yet'}, this program needs {found.head}.")
    for step in found.pending:
        say(f"  {step.revision}  {step.does}")
    if found.pending and found.current:
        say("Upgrade: mixbot db backup && mixbot db upgrade")
    elif not found.known:
        say("The database is newer than this program; install the version that wrote it.")


@app.command()
def upgrade(
    yes: YesOption = False,
    backup_first: Annotated[bool, typer.Option("--backup", help="Make a backup first.")] = False,
) -> None:
    """Bring the tables to this program's version: all steps or none.

    Examples:  mixbot db backup && mixbot db upgrade  ·  mixbot db upgrade --yes --backup
    """
    del yes  # nothing is asked, since nothing is lost; unit files of services say it all the same
    url = settings_for_command().db.url
    if backup_first and schema_status(url).current:
        say(f"Backup: {backup_database(url)}")
    before = upgrade_schema(url)
    if before.pending:
        say(f"Upgraded from {before.current or 'nothing'} to {before.head}.")
    else:
        say(f"Nothing to do: schema {before.head}.")


@app.command()
def backup() -> None:
    """Copy the database, while the service may run. The path of the copy is printed.

    What is sealed stays sealed: without MIXBOT_SECRET_KEY it cannot be read.

    Examples:  mixbot db backup  ·  cp "$(mixbot db backup)" /mnt/elsewhere/
    """
    say(str(backup_database(settings_for_command().db.url)))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `mixbot db backup` wrote.")], yes: YesOption = False
) -> None:
    """Put a backup back, while the service does not run. What is replaced is kept.

    Examples:  mixbot db restore data/backups/bot-20261121T090000Z-0001.db  ·  mixbot db restore FILE --yes
    """
    url = settings_for_command().db.url
    confirm(f"Replace {shown(_URL, url)} by {file}?", yes=yes)
    saved = restore_database(url, file)
    say(f"Restored {file}.{f' What was there before: {saved}' if saved else ''}")


@app.command()
def check() -> None:
    """Read the whole database and say what is wrong with it; exit code 1 if anything is.

    Examples:  mixbot db check  ·  mixbot db check && echo sound
    """
    problems = check_database(settings_for_command().db.url)
    for problem in problems:
        complain(problem)
    if problems:
        raise typer.Exit(1)
    say("The database is sound.")
