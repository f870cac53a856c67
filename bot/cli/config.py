"""`mixbot config`: what the settings are, and where each value comes from."""

import errno
import socket
from typing import Annotated

import typer

from bot.cli.output import JsonOption, listing, say
from bot.cli.setup import find, settings_for_command
from bot.errors import SetupError
from bot.mixin.conversation import is_uuid
from bot.mixin.keystore import load_keystore
from bot.store.location import locate
from bot.vault import read_keyring
from config.example import example
from config.settings import Settings
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
    """Try everything that can be known without a network: settings, Keystore, admins, keys, addresses.

    Examples:  mixbot config check  ·  mixbot config check && mixbot run
    """
    settings = settings_for_command()
    changed = len(settings.origins)
    say(f"settings   {changed} of {len(sources(settings))} differ from their default, none unknown")
    found = find(settings)
    keystore = load_keystore(found.text, source=found.source)
    say(f"keystore   {found.source}: bot {keystore.app_id}, {keystore.algorithm}")
    say(f"database   {locate(settings.db.url)}")
    say(f"admins     {_admins(settings)}")
    say(f"secret key {_secret_key(settings)}")
    say(f"address    {_address(settings)}")


def _admins(settings: Settings) -> str:
    """
    Raises:
        SetupError: MB402, one of them is neither a number nor an id.
    """
    for who in settings.bot.admins:
        if not (is_uuid(who) or (who.isascii() and who.isdigit())):
            raise SetupError("MB402", f"`bot.admins` has “{who}”, expected identity numbers or user ids.")
    return ", ".join(settings.bot.admins) or "none; mixbot admin add makes one"


def _secret_key(settings: Settings) -> str:
    """
    Raises:
        SetupError: MB145, it is no keyring; MB146, there is none, and people are to connect.
    """
    keyring = settings.web.secret_key.get_secret_value()
    if keyring.strip():
        return f"keys {', '.join(map(str, read_keyring(keyring).numbers))}; the first seals"
    if settings.web.public_url:
        raise SetupError("MB146", "MIXBOT_PUBLIC_URL is set, and MIXBOT_SECRET_KEY is not: `mixbot keys new`.")
    return "none; nobody can connect an account"


def _address(settings: Settings) -> str:
    """
    Raises:
        SetupError: MB303, this machine has no such address.
    """
    web = settings.web
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(web.host, web.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"{web.host} port {web.port}, which is in use: by the service itself, or by something else"
        raise SetupError("MB303", f"Cannot listen on {web.host}: {error.strerror}. Set MIXBOT_HOST.") from None
    return f"{web.host} port {web.port}"


@app.command()
def schema() -> None:
    """Print an example of config/bot.toml with every setting, its meaning and its default.

    Examples:  mixbot config schema  ·  mixbot config schema > config/bot.toml
    """
    say(example())
