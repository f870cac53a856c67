"""`mixbot version`."""

import platform

import typer

from bot.cli.output import JsonOption, as_json, say
from bot.store.schema import head
from bot.version import VERSION

app = typer.Typer(rich_markup_mode=None)


@app.command()
def version(json_wanted: JsonOption = False) -> None:
    """Say which version this is, and on what it runs.

    Examples:  mixbot version  ·  mixbot version --json
    """
    facts = {"mixbot": VERSION, "schema": head(), "python": platform.python_version()}
    if json_wanted:
        as_json(facts)
    else:
        say(f"mixbot {facts['mixbot']}, schema {facts['schema']}, Python {facts['python']}")
