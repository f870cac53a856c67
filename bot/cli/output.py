"""What commands print (aligned for people, tab-separated for pipes, JSON for programs), and what they ask."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from bot.errors import SetupError
from config.redact import inert

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def say(text: str = "") -> None:
    """One line for a person, on standard output."""
    print(text)  # noqa: T201  # this is where the command line speaks


def complain(text: str) -> None:
    """One line for a person, on standard error."""
    print(text, file=sys.stderr)  # noqa: T201


def as_json(value: Any) -> None:
    """JSON for a program; a list of objects is one array."""
    say(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def listing(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, json_wanted: bool, nothing: str) -> None:
    """Rows under `columns`, in the form that the reader needs; `nothing` is said to a person where there are none."""
    if json_wanted:
        as_json([{name: row[name] for name in columns} for row in rows])
    elif not sys.stdout.isatty():
        say("\t".join(columns))
        for row in rows:
            say("\t".join(_cell(row[name]) for name in columns))
    elif not rows:
        say(nothing)
    else:
        from rich.console import Console  # loaded only where there is a table to draw
        from rich.table import Table

        table = Table(*columns, box=None, pad_edge=False, header_style="bold", show_edge=False)
        for row in rows:
            table.add_row(*(_cell(row[name]) for name in columns))
        Console(highlight=False, markup=False).print(table)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be taken back; without a terminal only `--yes` will do.

    Raises:
        SetupError: MB402, nobody can be asked.
        typer.Abort: The answer was no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise SetupError("MB402", f"{question} Nobody is here to ask; say --yes.")
    typer.confirm(question, abort=True)


def _cell(value: Any) -> str:
    return inert("" if value is None else str(value))
