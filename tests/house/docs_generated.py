"""The parts of the documentation that follow from the code: `python -m tests.house.docs_generated` renews them.

A page has a place for each, between `<!-- generated: NAME -->` and `<!-- end -->`; the rest of the page is written by
hand. `test_docs_generated.py` fails where a page and the code differ.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import typer
from pydantic import SecretStr

from bot.cli import app
from bot.command import Command, Commands, discover
from bot.records import Store
from bot.sandbox.faults import KINDS
from bot.sandbox.world import SEED_PEOPLE
from bot.services import Services
from bot.texts import load_texts
from bot.vitals import Vitals
from bot.web.metrics import VitalsCollector
from bot.web.several import FLEET
from config.schema import Setting, settings_of
from config.settings import Settings
from tests.fakes import FakePlatform

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TEXTS = load_texts(ROOT / "config" / "locales")
PLACE = re.compile(r"(?s)(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


# Settings


def settings() -> str:
    """A table for each group of settings."""
    groups: dict[str, list[Setting]] = {}
    for one in settings_of(Settings):
        groups.setdefault(one.name.partition(".")[0], []).append(one)
    parts = []
    for group, members in groups.items():
        rows = [
            [
                f"`{one.name}`",
                ", ".join(f"`{variable}`" for variable in one.variables),
                _default(one),
                one.meaning + (f" ({one.unit})" if one.unit else ""),
            ]
            for one in members
        ]
        parts.append(f"### {group}\n\n{table(['in the file', 'variable', 'default', 'meaning'], rows)}")
    return "\n".join(parts)


def _default(one: Setting) -> str:
    if isinstance(one.default, SecretStr) or one.default in ("", ()):
        return "–"
    return f"`{json.dumps(one.default)}`" if not isinstance(one.default, str) else f"`{one.default}`"


# The command line


def command_line() -> str:
    """A section for each command, with its arguments and options."""
    return "\n".join(_section(command, path) for path, command in _walk(typer.main.get_command(app), ()))


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "list_commands"):
        yield path, command
        return
    for name in command.list_commands(None):
        yield from _walk(command.get_command(None, name), (*path, name))


def _section(command: Any, path: tuple[str, ...]) -> str:
    text = " ".join(command.help.split())
    said, _, examples = text.partition("Examples:")
    parts = [f"### {' '.join(path)}", "", said.strip(), ""]
    rows = [row for each in command.params if (row := _parameter(each))]
    if rows:
        parts += [table(["argument or option", "default", "meaning"], rows)]
    parts += [f"For example: {' · '.join(f'`{one.strip()}`' for one in examples.split('·'))}", ""]
    return "\n".join(parts)


def _parameter(one: Any) -> list[str]:
    if {"--help", "--install-completion", "--show-completion"} & set(one.opts):
        return []
    if not one.opts[0].startswith("-"):
        name = (one.metavar or one.opts[0]).strip("[]").upper()
        return [f"`{name}`", "" if one.required else "–", one.help]
    flag = one.default in (True, False)
    names = ", ".join(f"`{name}{'' if flag else f' {one.metavar}' if one.metavar else ' …'}`" for name in one.opts)
    default = "" if flag or one.default in (None, "") else f"`{one.default}`"
    return [names, default, one.help]


# Commands in chat


def commands_of_people() -> str:
    """What everybody may say."""
    return _commands(lambda each: not each.admin)


def commands_of_admins() -> str:
    """What admins may say."""
    return _commands(lambda each: each.admin)


def _commands(wanted: Callable[[Command], bool]) -> str:
    rows = [
        [
            f"`{TEXTS.find('en', f'{each.name}.example') or f'/{each.name}'}`",
            TEXTS.get("en", f"{each.name}.help"),
            _aliases("en", each.name),
            _aliases("zh", each.name),
        ]
        for each in discover("handlers")
        if each.name and wanted(each)
    ]
    return table(["for example", "what it is for", "other names", "in Chinese"], rows)


def _aliases(language: str, name: str) -> str:
    return ", ".join(f"`{each.strip()}`" for each in TEXTS.get(language, f"{name}.aliases").split(",") if each.strip())


# The rest


def metrics() -> str:
    """Every metric of the service itself."""
    services = Services(TEXTS, Commands((), TEXTS, "mixin"), FakePlatform(), cast(Store, None), Vitals())
    rows = [
        [f"`{family.name}{'_total' if family.type == 'counter' else ''}`", family.type, family.documentation]
        for family in VitalsCollector(services).collect()
    ]
    rows += [[f"`mixbot_fleet_{name}`", "gauge", f"With several bots: {meaning}"] for name, meaning in FLEET.items()]
    return table(["name", "kind", "meaning"], rows)


def faults() -> str:
    """The weather that the sandbox can make."""
    return table(["kind", "what happens"], [[f"`{kind}`", meaning] for kind, meaning in KINDS.items()])


def people() -> str:
    """Who lives in the sandbox."""
    return table(
        ["name", "Mixin ID", "about"], [[name, number, about or "–"] for _, number, name, about in SEED_PEOPLE]
    )


PARTS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "command-line": command_line,
    "commands-of-people": commands_of_people,
    "commands-of-admins": commands_of_admins,
    "metrics": metrics,
    "faults": faults,
    "people": people,
}


def renewed(page: str) -> str:
    """A page with every generated part as the code is now.

    Raises:
        KeyError: The page has a place for something that is not generated.
    """
    return PLACE.sub(lambda place: f"{place[1]}{PARTS[place[2]]()}{place[3]}", page)


def pages() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


if __name__ == "__main__":
    for path in pages():
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
