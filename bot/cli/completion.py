"""`mixbot completion`: lets the shell complete commands."""

from typing import Annotated

import typer
from typer._completion_shared import get_completion_script

from bot.cli.output import say

app = typer.Typer(rich_markup_mode=None)

SHELLS = ("bash", "zsh", "fish")


@app.command()
def completion(shell: Annotated[str, typer.Argument(help=f"One of {', '.join(SHELLS)}.")] = "bash") -> None:
    """Print what lets a shell complete `mixbot` commands and options.

    Examples:  eval "$(mixbot completion bash)"  ·  mixbot completion fish > ~/.config/fish/completions/mixbot.fish
    """
    if shell not in SHELLS:
        raise typer.BadParameter(f"{shell!r} is none of {', '.join(SHELLS)}")
    say(get_completion_script(prog_name="mixbot", complete_var="_MIXBOT_COMPLETE", shell=shell))
