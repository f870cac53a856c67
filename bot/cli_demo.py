"""`mixbot demo`: everything on this machine."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_control import HOME, RUNNING
from bot.cli_demo_run import Demo
from bot.lockfile import lock_file
from config import logs

app = typer.Typer(rich_markup_mode=None)


@app.command()
def demo(
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
    ephemeral: Annotated[bool, typer.Option("--ephemeral", help="Remember nothing after the end.")] = False,
) -> None:
    """Chat with the bot in your browser; nothing is real and nothing leaves this computer.

    Examples:  mixbot demo  ·  mixbot demo --ephemeral --no-open
    """
    started = time.monotonic()
    with _home(ephemeral) as home, lock_file(home / "demo.lock"), (home / "demo.log").open("w") as log:
        logs.configure(format="json", level="warning", stream=log)
        raise typer.Exit(asyncio.run(Demo(home, started, open_browser=not no_open).run()))


@contextmanager
def _home(ephemeral: bool) -> Iterator[Path]:
    """Where the demo remembers everything."""
    home = Path(tempfile.mkdtemp(prefix="mixbot-demo-")) if ephemeral else HOME.absolute()
    home.mkdir(mode=0o700, exist_ok=True)
    try:
        yield home
    finally:
        (home / RUNNING.name).unlink(missing_ok=True)
        if ephemeral:
            shutil.rmtree(home, ignore_errors=True)
