"""`mixbot run`: the service."""

import asyncio
import os
import resource
import sys
from collections.abc import Callable, Coroutine
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import structlog
import typer

from bot.app import run as serve
from bot.cli.setup import KeystoreOption, find, keystore_of, settings_for_service
from bot.errors import SetupError
from bot.lineup import Entry, entry_of
from bot.store import known_bots
from config.settings import Settings
from config.sources import CONFIG_VARIABLE

app = typer.Typer(rich_markup_mode=None)


@app.command()
def run(
    keystore: KeystoreOption = "",
    takeover: Annotated[bool, typer.Option(help="Ask another copy of this bot to end, and take its place.")] = False,
    port: Annotated[int | None, typer.Option(help="Where to serve health and metrics.")] = None,
    roles: Annotated[
        str, typer.Option(help="With several processes: patterns of the bots that this one may run, or none.")
    ] = "",
) -> None:
    """Run the bot for real, until SIGTERM or Ctrl-C.

    Exit codes: 0 stopped · 2 set-up · 3 database needs an upgrade · 4 Mixin refuses the Keystore · 5 port taken · 6
    another copy runs · 7 PostgreSQL is away, or a bot could not be let go: start again.

    Examples:  mixbot run  ·  mixbot run --takeover
    """
    settings = settings_for_service(keystore, web__port=port, fleet__roles=roles or None)
    log = structlog.get_logger()
    try:
        service = _service(settings, takeover)
        forget_secrets()
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(service())
    except SetupError as error:
        if not sys.stdout.isatty():  # a person reads the same in plain words, from `main`
            log.error("bot.cannot_run", code=error.code, reason=error.args[0], exit_code=error.exit_code)
        raise


def _service(settings: Settings, takeover: bool) -> Callable[[], Coroutine[Any, Any, None]]:
    """One bot; or several, where there is a folder of them, where the database knows some, or where it is wanted."""
    if not (settings.fleet.enabled or settings.fleet.keystores or known_bots(settings.db.url)):
        keystore = keystore_of(settings)
        return lambda: serve(settings, keystore, takeover=takeover)
    from bot.fleet import run_fleet  # loaded only where it is needed

    main = _main_bot(settings)
    return lambda: run_fleet(settings, main, takeover=takeover)


def _main_bot(settings: Settings) -> Entry | None:
    """The bot in the usual place; among several there may be none."""
    try:
        found = find(settings)
    except SetupError as error:
        if error.code in ("MB101", "MB103") and not settings.mixin.keystore_path:
            return None
        raise
    return entry_of(found.text, found.source, main=True)


def forget_secrets() -> None:
    """Leave no key to child processes or in a core dump."""
    for variable in list(os.environ):
        if variable == CONFIG_VARIABLE:  # a path, needed again when settings are read again
            continue
        if variable.startswith(("MIXIN_", "MIXBOT_", "NANDBOX_")) and any(
            word in variable for word in ("SECRET", "KEY", "PIN", "TOKEN", "DB_URL", "CONFIG")
        ):
            del os.environ[variable]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _loop_factory() -> Any:
    """Uvloop where it is installed: the same, faster."""
    return import_module("uvloop").new_event_loop if find_spec("uvloop") else None
