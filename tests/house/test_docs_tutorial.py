"""The tutorial "your first command", followed to the letter."""

import re
from pathlib import Path

import pytest

from tests.house.docs_project import ROOT, agrees, blocks, commands, copy_project, open_demo, open_shell

PAGE = ROOT / "docs" / "tutorials" / "2-your-first-command.md"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path / "mixbot")


def follow(project: Path) -> list[str]:
    """Save every file as the tutorial says; gives their names. Texts go right after the first brace."""
    names = []
    for block in blocks(PAGE):
        if block.language not in ("python", "json"):
            continue
        path = project / block.about
        if block.language == "json":
            path.write_text(path.read_text().replace("{", "{\n" + block.text, 1))
        else:
            assert not path.exists()
            path.write_text(block.text)
        names.append(block.about)
    return names


async def test_the_tutorial_works_to_the_letter(project: Path) -> None:
    """Before: the bot does not know the command. After: it answers over the wire, and the shown test passes."""
    unknown = re.search(r"(?m)^> (.*)$", PAGE.read_text(encoding="utf-8"))
    assert unknown is not None
    async with open_demo(project) as variables, open_shell(project, **variables) as shell:
        said = await shell.run(r"printf 'Hi\n/count hello\n' | .venv/bin/python -m bot chat")
    assert f" ◂ {unknown[1]}\n" in said

    names = follow(project)

    assert names == [
        "handlers/count.py", "config/locales/en.json", "config/locales/zh.json", "tests/handlers/test_count.py",
    ]  # fmt: skip
    async with open_demo(project) as variables, open_shell(project, **variables) as shell:
        for block in (block for block in blocks(PAGE) if block.language == "console"):
            for command in commands(block):
                if command.typed == "make demo":  # test_docs_commands.py runs it
                    continue
                said = await shell.run(command.typed)
                assert agrees(command.shown, said), f"{command.typed}\nshown:\n{command.shown}\nsaid:\n{said}"


async def test_the_new_command_is_as_good_as_the_others(project: Path) -> None:
    """What the tutorial makes passes the checks of style and types, and those of texts and commands."""
    follow(project)

    async with open_shell(project) as shell:
        await shell.run(".venv/bin/ruff check --no-cache handlers tests/handlers")
        await shell.run(".venv/bin/ruff format --no-cache --check handlers tests/handlers")
        said = await shell.run(".venv/bin/python -m pytest -q tests/bot/test_texts.py")

    assert agrees("...\n... passed in ...", said)
