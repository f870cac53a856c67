"""What README and docs say can be followed: links lead somewhere, commands and settings exist."""

import re
from pathlib import Path

import pytest
import typer

from bot.cli import app
from config.sources import BY_VARIABLE, CONFIG_VARIABLE, LANGUAGE_VARIABLE

ROOT = Path(__file__).parents[2]
TESTS = [path for path in (ROOT / "tests").rglob("test_*.py") if "node_modules" not in path.parts]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"(?ms)^ *```[^\n]*\n(.*?)^ *```")


def prose(page: Path) -> str:
    """A page without its code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text(encoding="utf-8")))


def code(page: Path) -> str:
    """A page's code, in blocks and in lines."""
    text = page.read_text(encoding="utf-8")
    return "\n".join([*FENCE.findall(text), *re.findall(r"`([^`\n]+)`", FENCE.sub("", text))])


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"(?m)^#+ +(.*)$", FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link within the project leads to a file that is there, and to a heading that is in it."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        if not other.exists() or (anchor and other.suffix == ".md" and anchor not in anchors(other)):
            broken.append(target)

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_check_10_commands_in_the_docs_exist(page: Path) -> None:
    """Every `mixbot …` and `make …` that is shown can be typed."""
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    command = typer.main.get_command(app)
    makes = re.findall(r"(?m)\bmake ([a-z][a-z-]+)\b", code(page))
    mixbots = re.findall(r"\bmixbot((?: [a-z][a-z-]*)+)", code(page))

    assert [target for target in makes if target not in targets] == []
    assert [words for words in mixbots if not _exists(command, words.split())] == []


def _exists(command: object, words: list[str]) -> bool:
    """Whether words name a command; what follows a command without sub-commands are its arguments."""
    get_command = getattr(command, "get_command", None)
    if get_command is None or not words:
        return True
    found = get_command(None, words[0])
    return found is not None and _exists(found, words[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_variables_in_the_docs_exist(page: Path) -> None:
    """Every MIXBOT_… that is shown is a setting, or asks a test for its long form."""
    known = {*BY_VARIABLE, *(f"{name}_FILE" for name in BY_VARIABLE), CONFIG_VARIABLE, LANGUAGE_VARIABLE}
    known |= {name for path in TESTS for name in re.findall(r'environ\.get\("(MIXBOT_\w+)"', path.read_text("utf-8"))}

    assert set(re.findall(r"\bMIXBOT_[A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8"))) - known == set()
