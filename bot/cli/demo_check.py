"""Whether commands and texts can be loaded as they lie there now; a process of its own, started by the demo.

Exit code 0: they can, and what is still missing is printed. 1: they cannot, and the first line says where and why.
"""

import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from bot.command import Command, Commands, discover
from bot.texts import Texts, load_texts

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "config" / "locales"
NEEDED = ("help", "aliases")


def main() -> int:
    """Load everything once; returns the exit code."""
    try:
        texts = _texts()
        commands = discover("handlers")
        Commands(commands, texts, "mixin")
    except Exception as error:  # noqa: BLE001  # whatever a file does while it is loaded
        sys.stdout.write(where(error) + "\n")
        return 1
    for note in missing(commands):
        sys.stdout.write(note + "\n")
    return 0


def _texts() -> Texts:
    for path in sorted(LOCALES.glob("*.json")):
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{_shown(path)}: {error}") from None
    return load_texts(LOCALES)


def where(error: Exception) -> str:
    """The line of our own at fault, and what is wrong with it."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown(Path(error.filename))} line {error.lineno}: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "handlers" in Path(frame.filename).parts]
    place = f"{_shown(Path(frames[-1].filename))} line {frames[-1].lineno}: " if frames else ""
    return f"{place}{type(error).__name__ + ': ' if place else ''}{error}"


def missing(commands: Sequence[Command]) -> list[str]:
    """A line for each language that lacks texts which every command has."""
    wanted = [f"{each.name}.{what}" for each in commands if each.name for what in NEEDED]
    notes = []
    for path in sorted(LOCALES.glob("*.json")):
        there = json.loads(path.read_text(encoding="utf-8"))
        if gone := [key for key in wanted if key not in there]:
            notes.append(f"{_shown(path)} has no {', '.join(gone)} yet")
    return notes


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    sys.exit(main())
