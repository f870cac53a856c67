"""`mixbot docs`: what a code means, and where to read on."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.language import catalog, language, text
from bot.cli.output import say

app = typer.Typer(rich_markup_mode=None)

ROOT = Path(__file__).parents[2]
REPLACED = {"zh": "README.zh-CN.md"}


@app.command()
def docs(code: Annotated[str, typer.Argument(metavar="[CODE]", help="An error's code, such as MB101.")] = "") -> None:
    """Say what an error's code means, or where the documentation is.

    Examples:  mixbot docs  ·  mixbot docs MB101
    """
    sentences = catalog(language())
    if not code:
        say(text("docs.where", place=_place(REPLACED.get(language(), "README.md"))))
        return
    wanted = code.upper()
    if f"{wanted}.what" not in sentences:
        raise typer.BadParameter(f"there is no error {code}; they are like MB101")
    say(f"{wanted}  {sentences[f'{wanted}.what']}")
    say(f"       {sentences[f'{wanted}.remedy']}")
    say(f"       {text('docs.more', place=_place('docs/reference/errors.md'))}#{wanted.lower()}")


def _place(name: str) -> str:
    """Where it lies on this machine, if it does."""
    return str(ROOT / name) if (ROOT / name).exists() else name
