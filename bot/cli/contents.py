"""What commands are given to say, to whom and when: contents, buttons, lists of people, times."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.message import Button, Buttons, Content, Outgoing, Post, Text
from bot.mixin.packing import pack

ButtonOption = Annotated[
    list[str] | None, typer.Option("--button", metavar="LABEL=ACTION", help="A button; may be given up to six times.")
]


def buttons_of(written: list[str]) -> Buttons:
    """Buttons as they are written on the command line."""
    return Buttons(tuple(_button(one) for one in written))


def _button(written: str) -> Button:
    label, equals, action = written.partition("=")
    if not (label and equals and action):
        raise typer.BadParameter(f"{written!r}: expected LABEL=ACTION, such as 'Help=input:/help'")
    return Button(label, action)


def shown(content: Content) -> str:
    """A content as it can be shown in a terminal."""
    if isinstance(content, Text | Post):
        return content.text if isinstance(content, Text) else content.markdown
    return (
        " ".join(f"[{button.label}]" for button in content.buttons) if isinstance(content, Buttons) else repr(content)
    )


def check(content: Content) -> None:
    """
    Raises:
        ValueError: It breaks one of Mixin's limits.
    """
    nobody = "00000000-0000-0000-0000-000000000000"
    pack(Outgoing(nobody, nobody, nobody, content), nobody)


def user_ids_of(path: str) -> tuple[str, ...]:
    """The user ids of a CSV file: its column `user_id`, or its first."""
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if row]
    if not rows:
        return ()
    place = rows[0].index("user_id") if "user_id" in rows[0] else 0
    cells = [row[place].strip().lower() for row in rows if len(row) > place]
    return tuple(dict.fromkeys(cell for cell in cells if cell and cell != "user_id"))


def moment_of(text: str) -> datetime:
    """A time; in UTC unless it says otherwise."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: expected a time such as 2030-12-01T09:00") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
