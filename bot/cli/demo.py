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

from bot.cli.control import HOME, RUNNING, sandbox_url
from bot.cli.demo_bot import EarlyBot
from bot.errors import SetupError
from bot.lockfile import lock_file
from config import logs

MOST_PEOPLE = 100_000

app = typer.Typer(rich_markup_mode=None)


@app.command()
def demo(
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
    ephemeral: Annotated[bool, typer.Option("--ephemeral", help="Remember nothing after the end.")] = False,
    people: Annotated[int, typer.Option(min=0, max=MOST_PEOPLE, help="So many people live there, at least.")] = 0,
    seed: Annotated[int, typer.Option(help="The same number gives the same people and the same luck.")] = 0,
    allow_bind: Annotated[
        bool, typer.Option("--allow-bind", help="Listen on every address: for a container, which is closed by itself.")
    ] = False,
) -> None:
    """Chat with the bot in your browser; nothing is real and nothing leaves this computer.

    Examples:  mixbot demo  ·  mixbot demo --ephemeral --people 10000 --seed 7
    """
    started = time.monotonic()
    host = "0.0.0.0" if allow_bind else "127.0.0.1"  # noqa: S104
    with _home(ephemeral) as home, _only_one(home), (home / "demo.log").open("w") as log:
        logs.configure(format="json", level="warning", stream=log)
        raise typer.Exit(asyncio.run(_run(home, started, not no_open, people, seed, host)))


async def _run(home: Path, started: float, open_browser: bool, people: int, seed: int, host: str) -> int:
    """While this process loads the sandbox, another loads the bot: on two cores that takes half the time."""
    early = await EarlyBot.begin(home)
    try:
        from bot.cli.demo_run import Demo, DemoOptions

        return await Demo(home, started, DemoOptions(open_browser, people, seed, host), early).run()
    finally:
        await early.end()


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """
    Raises:
        SetupError: MB131, a demo runs here already.
    """
    try:
        lock = lock_file(home / "demo.lock")
        with lock:
            yield
            (home / RUNNING.name).unlink(missing_ok=True)
    except SetupError as error:
        if error.code != "MB131" or not (home / RUNNING.name).exists():
            raise
        text = f"The demo runs here already: {sandbox_url()} · Stop it, or start another with --ephemeral."
        raise SetupError("MB131", text, exit_code=error.exit_code) from None


@contextmanager
def _home(ephemeral: bool) -> Iterator[Path]:
    """Where the demo remembers everything."""
    home = Path(tempfile.mkdtemp(prefix="mixbot-demo-")) if ephemeral else HOME.absolute()
    home.mkdir(mode=0o700, exist_ok=True)
    try:
        yield home
    finally:
        if ephemeral:
            shutil.rmtree(home, ignore_errors=True)
