"""Changes `config/bot.toml` and `.env` in place: one value at a time, every other line as it was."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from bot.errors import SetupError
from config.example import example


def change_toml(path: Path, values: Mapping[str, str | list[str]]) -> None:
    """Set values by dotted name; a file that is not there begins as the example, with every default in a comment.

    Raises:
        SetupError: MB403, the file cannot be read or written.
    """
    text = _read(path) or example()
    for name, value in values.items():
        table, _, key = name.partition(".")
        text = _with_value(text, table, key, json.dumps(value, ensure_ascii=False))
    _write(path, text, 0o644)


def change_dotenv(path: Path, values: Mapping[str, str]) -> None:
    """Set variables, in a file that only its owner can read.

    Raises:
        SetupError: MB403, the file cannot be read or written.
    """
    lines = _read(path).splitlines()
    for name, value in values.items():
        line = f"{name}='{value}'"
        place = next((i for i, old in enumerate(lines) if re.match(rf"\s*(export\s+)?{name}\s*=", old)), None)
        if place is None:
            lines.append(line)
        else:
            lines[place] = line
    _write(path, "".join(f"{line}\n" for line in lines), 0o600)


def _with_value(text: str, table: str, key: str, value: str) -> str:
    """Where the key stands, or stands in a comment; else at the top of its table; else in a new one at the end."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if re.fullmatch(rf"\s*\[{table}\]\s*(#.*)?", line)), None)
    if start is None:
        return text.rstrip("\n") + f"\n\n[{table}]\n{key} = {value}\n"
    end = next((i for i in range(start + 1, len(lines)) if re.match(r"\s*\[", lines[i])), len(lines))
    for pattern in (rf"\s*{key}\s*=", rf"#\s*{key}\s*="):
        for i in range(start + 1, end):
            if re.match(pattern, lines[i]):
                lines[i] = f"{key} = {value}"
                return "\n".join(lines) + "\n"
    lines.insert(start + 1, f"{key} = {value}")
    return "\n".join(lines) + "\n"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SetupError("MB403", f"{path} cannot be read: {reason}.") from None


def _write(path: Path, text: str, mode: int) -> None:
    """Complete under another name first, and private from the first byte on."""
    unfinished = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(text)
        unfinished.replace(path)
    except OSError as error:
        raise SetupError("MB403", f"{path} cannot be written: {error.strerror}.") from None
