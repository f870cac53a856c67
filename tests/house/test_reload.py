"""The demo takes up what is saved, in a copy of the project, while people chat."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.cli.control import Control
from tests.bot.programs import Program, program
from tests.house.docs_project import blocks, copy_project, environment
from tests.house.test_docs_tutorial import PAGE, follow


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path / "mixbot")


@asynccontextmanager
async def demo_of(project: Path) -> AsyncIterator[tuple[Program, str]]:
    """The demo at work in a copy of the project, and its address."""
    environ = environment(PYTHONPATH=str(project))
    python = str(project / ".venv" / "bin" / "python")
    async with program("demo", cwd=project, environ=environ, python=python) as demo:
        await demo.says("Ctrl-C ends it.")
        found = re.search(r"Chat +(http://127\.0\.0\.1:\d+/\S*)", demo.text)
        assert found is not None
        yield demo, found[1]


def texts(url: str) -> list[str]:
    """What stands in Alice's conversation with the bot."""
    control = Control(url)
    alice = control.person("Alice")
    path = f"/conversations/{control.conversation(alice)}/messages"
    return [one["data"] for one in control.get(path, as_=alice["user_id"]) if isinstance(one["data"], str)]


def ask(url: str, text: str) -> None:
    control = Control(url)
    alice = control.person("Alice")
    control.post(f"/conversations/{control.conversation(alice)}/messages", {"as": alice["user_id"], "text": text})


async def until_answered(url: str, text: str) -> list[str]:
    """Say something, wait until something stands below it, and give the conversation."""
    await asyncio.to_thread(ask, url, text)
    while True:
        said = await asyncio.to_thread(texts, url)
        if text in said[:-1]:
            return said
        await asyncio.sleep(0.05)


async def test_check_38_a_saved_command_is_taken_up_without_losing_the_chat(project: Path) -> None:
    """The tutorial's command works moments after its files are saved; what was said before is still there."""
    async with demo_of(project) as (demo, url):
        await until_answered(url, "/ping")
        before = await until_answered(url, "/count nothing")
        assert follow(project)[0] == "handlers/count.py"
        await demo.says("saved: ")
        await demo.says("restarting the bot")
        after = await until_answered(url, "/count hello")

    assert any("I don't know" in text for text in before)
    assert after[: len(before)] == before
    assert after[-1] == "5 characters"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("handlers/broken.py", "def broken(:\n", "handlers/broken.py line 1: "),
        ("handlers/broken.py", "\nimport nothing_of_that_name\n", "handlers/broken.py line 2: ModuleNotFoundError"),
        ("config/locales/en.json", "{", "config/locales/en.json: Expecting property name"),
    ],
)
async def test_a_file_that_cannot_be_loaded_is_shown_and_the_bot_goes_on(
    name: str, text: str, told: str, project: Path
) -> None:
    """The mistake is named with its place; the bot that runs answers as before; once repaired, it is taken up."""
    path = project / name
    good = path.read_text() if path.exists() else '"""Nothing."""\n'
    async with demo_of(project) as (demo, url):
        path.write_text(text)
        await demo.says(told)
        assert "restarting" not in demo.text
        assert (await until_answered(url, "/ping still here"))[-1] == "pong still here"
        path.write_text(good)
        await demo.says("restarting the bot")
        assert (await until_answered(url, "/ping again"))[-1] == "pong again"

    assert f"{name} cannot be loaded; the bot goes on as it was:" in demo.text


async def test_a_command_without_texts_is_told_what_it_lacks(project: Path) -> None:
    """A new command is taken up before its texts are written, and the terminal says which are missing."""
    async with demo_of(project) as (demo, _):
        command = next(block for block in blocks(PAGE) if block.about == "handlers/count.py")
        (project / command.about).write_text(command.text)
        await demo.says("config/locales/en.json has no count.help, count.aliases yet")
        await demo.says("config/locales/zh.json has no count.help, count.aliases yet")
        await demo.says("restarting the bot")
