"""The command line, `mixbot`: each command is an argument list around something that is done elsewhere.

Each command lives in `bot/cli/NAME.py`, which is loaded when it is asked for: the check of a container's health runs
every few seconds, and must not load a database and a sandbox for it.
"""

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.cli.language import explained, text
from bot.cli.output import complain
from bot.cli.terminal import write_anything
from bot.errors import EXIT_REFUSED, ServiceError, SetupError, Unauthorized
from config.errors import SettingsError

COMMANDS = (
    *("demo", "init", "go-live", "run", "doctor", "chat", "send", "health", "version", "docs", "completion"),
    *(
        "keystore",
        "db",
        "dead",
        "admin",
        "users",
        "groups",
        "broadcast",
        "config",
        "keys",
        "connect",
        "console",
        "sandbox",
        "scenario",
        "nandbox",
        "bot",
        "fleet",
    ),
)
HELP = """\b
A bot service for Mixin Messenger.
Examples:  mixbot demo  ·  mixbot run --keystore keystore-7000101276.json
"""


class Commands(TyperGroup):
    """Knows the names of all commands, and loads one when it is wanted."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name in COMMANDS:  # for suggestions, which look at names only
            self.commands[name] = self

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"bot.cli.{cmd_name.replace('-', '_')}").app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands, help=HELP, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


@app.callback()
def options(debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False) -> None:
    """`main` takes `--debug` out of the arguments wherever it stands; this line is for the help page."""


def main() -> None:
    """Run a command; a mistake of set-up is one sentence with its code, and no traceback unless `--debug` asks."""
    write_anything()
    debug = "--debug" in sys.argv
    sys.argv[1:] = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        app(prog_name="mixbot")
    except (SetupError, SettingsError) as error:
        if debug:
            raise
        complain(explained(error.code, error.args[0]))
        sys.exit(error.exit_code)
    except ServiceError as error:
        if debug:
            raise
        complain(text("refused", code=error.code, error=error))
        sys.exit(EXIT_REFUSED if isinstance(error, Unauthorized) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
