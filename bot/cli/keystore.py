"""`mixbot keystore`: look at a Keystore, prove that it works, bring an older one into today's form."""

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.output import JsonOption, as_json, say
from bot.cli.setup import find, hide_keys, keystore_of, mixin_of, settings_for_command
from bot.errors import SetupError
from bot.mixin.keystore import Keystore
from bot.mixin.keystore_import import import_keystore
from bot.mixin.views import UserView
from config.settings import Settings

app = typer.Typer(
    help="The Keystore: the file with which the bot logs in.\n\n"
    "Examples:  mixbot keystore check  ·  mixbot keystore import old.json",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

FileArgument = Annotated[str, typer.Argument(metavar="[FILE]", help="The Keystore; otherwise the one that run uses.")]


@app.command()
def show(file: FileArgument = "", json_wanted: JsonOption = False) -> None:
    """Show the ids in a Keystore, and nothing secret; no network is used.

    Examples:  mixbot keystore show  ·  mixbot keystore show keystore-7000101276.json --json
    """
    settings = settings_for_command(file)
    facts = _facts(keystore_of(settings), find(settings).source)
    if json_wanted:
        as_json(facts)
    else:
        for name, value in facts.items():
            say(f"{name:<12} {value}")


@app.command()
def check(file: FileArgument = "", json_wanted: JsonOption = False) -> None:
    """Ask Mixin who this Keystore's bot is: the proof that it works.

    Examples:  mixbot keystore check  ·  mixbot keystore check keystore-7000101276.json
    """
    settings = settings_for_command(file)
    keystore = keystore_of(settings)
    me = asyncio.run(_me(settings, keystore))
    owner = me.app.creator_id if me.app else None
    facts = {"name": me.full_name, "number": me.identity_number, "owner": owner, "works": True}
    if json_wanted:
        as_json(_facts(keystore, find(settings).source) | facts)
    else:
        say(f"{me.full_name} ({me.identity_number}): the Keystore works.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A Keystore of any age, or supergroup's YAML.")],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Where to write it.")] = Path("keystore.json"),
) -> None:
    """Write an older Keystore in today's form, readable only by you. A PIN or spend key is left out.

    Examples:  mixbot keystore import old.json  ·  mixbot keystore import config.yaml --to keystore-7000101276.json
    """
    settings_for_command()
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SetupError("MB101", f"Cannot read {file}: {reason}.") from None
    hide_keys(text)
    imported = import_keystore(text, source=file.name)
    try:
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SetupError("MB101", f"{to} exists already. Say another name with --to.") from None
    except OSError as error:
        raise SetupError("MB101", f"Cannot write {to}: {error.strerror}.") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        json.dump(imported, target, indent=2)
    say(f"Written: {to} (bot {imported['app_id']}). Try it: mixbot keystore check {to}")


async def _me(settings: Settings, keystore: Keystore) -> UserView:
    async with mixin_of(settings, keystore) as mixin:
        return await mixin.api.me()


def _facts(keystore: Keystore, source: str) -> dict[str, str]:
    return {
        "source": source,
        "app_id": keystore.app_id,
        "session_id": keystore.session_id,
        "algorithm": keystore.algorithm,
        "for": "the sandbox" if keystore.of_sandbox else "Mixin",
    }
