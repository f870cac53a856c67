"""`config/bot.example.toml`, written from the schema: `python -m config.example` renews it, and a test compares."""

import json
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from config.schema import settings_of
from config.settings import Settings

EXAMPLE = Path(__file__).parent / "bot.example.toml"
HEAD = """\
# Settings of mixbot. Copy this file to config/bot.toml and change what you need; every line shows the default.
# The command line, the environment and .env win over this file. Each variable may also be given as …_FILE, the path
# of a file that holds the value; that is the better place for secrets.
"""


def example() -> str:
    """The whole file: every setting commented out, under its meaning, type, unit and variable."""
    lines, table = [HEAD], ""
    for one in settings_of(Settings):
        group, name = one.name.split(".")
        if group != table:
            lines.append(f"[{group}]")
            table = group
        kind = f"{one.kind}, {one.unit}" if one.unit else one.kind
        older = f"; also {', '.join(one.variables[1:])}" if one.variables[1:] else ""
        lines += [f"# {one.meaning}.", f"# {kind} · {one.variables[0]}{older}", f"# {name} = {_toml(one.default)}", ""]
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, SecretStr):
        return '""'
    return json.dumps(list(value) if isinstance(value, tuple) else value)


if __name__ == "__main__":
    EXAMPLE.write_text(example(), encoding="utf-8")
