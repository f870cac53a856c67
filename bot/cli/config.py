"""`mixbot config`: what the settings are, and where each value comes from."""

from typing import Annotated

import typer

from bot.cli.output import JsonOption, listing, say
from bot.cli.setup import find, settings_for_command
from bot.mixin.keystore import load_keystore
from bot.store.location import locate
from config.example import example
from config.sources import sources

app = typer.Typer(
    help="The settings.\n\nExamples:  mixbot config show --sources  ·  mixbot config check",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip


@app.command()
def show(
    with_sources: Annotated[bool, typer.Option("--sources", help="Also where each value comes from.")] = False,
    json_wanted: JsonOption = False,
) -> None:
    """Show every setting as it is in force; secrets are masked.

    Examples:  mixbot config show --sources  ·  mixbot config show --json
    """
    rows = [
        {"name": line.name, "value": line.value, "source": line.origin, "variable": line.variable}
        for line in sources(settings_for_command())
    ]
    columns = ("name", "value", "source", "variable") if with_sources else ("name", "value")
    listing(rows, columns, json_wanted=json_wanted, nothing="")


@app.command()
def check() -> None:
    """Try everything that can be known without a network: settings, Keystore, address of the database.

    Examples:  mixbot config check  ·  mixbot config check && mixbot run
    """
    settings = settings_for_command()
    changed = len(settings.origins)
    say(f"settings   {changed} of {len(sources(settings))} differ from their default, none unknown")
    found = find(settings)
    keystore = load_keystore(found.text, source=found.source)
    say(f"keystore   {found.source}: bot {keystore.app_id}, {keystore.algorithm}")
    say(f"database   {locate(settings.db.url)}")


@app.command()
def schema() -> None:
    """Print an example of config/bot.toml with every setting, its meaning and its default.

    Examples:  mixbot config schema  ·  mixbot config schema > config/bot.toml
    """
    say(example())
