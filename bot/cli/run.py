"""`mixbot run`: the service."""

import asyncio
import os
import resource
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import structlog
import typer

from bot.app import run as serve
from bot.cli.setup import KeystoreOption, keystore_of, settings_for_service
from bot.errors import SetupError

app = typer.Typer(rich_markup_mode=None)


@app.command()
def run(
    keystore: KeystoreOption = "",
    takeover: Annotated[bool, typer.Option(help="Ask another copy of this bot to end, and take its place.")] = False,
    port: Annotated[int | None, typer.Option(help="Where to serve health and metrics.")] = None,
) -> None:
    """Run the bot for real, until SIGTERM or Ctrl-C.

    Exit codes: 0 stopped · 2 set-up · 3 database needs an upgrade · 4 Mixin refuses the Keystore · 5 port taken · 6
    another copy runs.

    Examples:  mixbot run  ·  mixbot run --takeover
    """
    settings = settings_for_service(keystore, web__port=port)
    log = structlog.get_logger()
    try:
        loaded = keystore_of(settings)
        forget_secrets()
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(settings, loaded, takeover=takeover))
    except SetupError as error:
        if not sys.stdout.isatty():  # a person reads the same in plain words, from `main`
            log.error("bot.cannot_run", code=error.code, reason=error.args[0], exit_code=error.exit_code)
        raise


def forget_secrets() -> None:
    """Leave no key to child processes or in a core dump."""
    for variable in list(os.environ):
        if variable.startswith(("MIXIN_", "MIXBOT_", "NANDBOX_")) and any(
            word in variable for word in ("SECRET", "KEY", "PIN", "TOKEN", "DB_URL", "CONFIG")
        ):
            del os.environ[variable]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _loop_factory() -> Any:
    """Uvloop where it is installed: the same, faster."""
    return import_module("uvloop").new_event_loop if find_spec("uvloop") else None
