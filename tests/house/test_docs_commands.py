"""What README and docs show in `console` blocks is what happens when it is typed."""

import os
import pty
import re
import signal
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.house.docs_project import (
    ROOT,
    Block,
    agrees,
    blocks,
    commands,
    copy_project,
    environment,
    open_demo,
    open_mixin,
    open_shell,
)

STANDING = {"mixbot run": "bot.started"}
"""Commands that run until they are stopped, and what they say once they are at work."""

ELSEWHERE = {
    "make demo": "test_make_demo_shows_what_the_readme_shows",
    "docs/tutorials/2-your-first-command.md": "test_the_tutorial_works_to_the_letter",
}
"""Commands and pages that another test runs."""

PAGES = [
    page
    for page in [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if page.relative_to(ROOT).as_posix() not in ELSEWHERE
]
SETTINGS = {"", "demo", "mixin"}


def consoles(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.language == "console"]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path / "mixbot")


@pytest.mark.parametrize("page", [page for page in PAGES if consoles(page)], ids=name_of)
async def test_check_10_what_is_shown_is_what_happens(page: Path, project: Path) -> None:
    """Every command of a page, one after the other in one shell, says what the page shows and ends well.

    ` ```console demo ` means: while the demo runs. ` ```console mixin `: with a Keystore, and Mixin within reach.
    """
    found = consoles(page)
    settings = {block.about for block in found}
    assert settings <= SETTINGS
    variables = {"ARGS": "tests/house/test_locks.py"}  # so that `make test` takes no minutes
    async with AsyncExitStack() as stack:
        if "demo" in settings:
            variables |= await stack.enter_async_context(open_demo(project))
        if "mixin" in settings:
            variables |= await stack.enter_async_context(open_mixin(project))
        shell = await stack.enter_async_context(open_shell(project, **variables))
        for command in (command for block in found for command in commands(block)):
            if command.typed in ELSEWHERE:
                continue
            if sign := STANDING.get(command.typed):
                said = await shell.run_until(command.typed, sign)
            else:
                said = await shell.run(command.typed)
            assert agrees(command.shown, said), f"{command.typed}\nshown:\n{command.shown}\nsaid:\n{said}"


def test_make_demo_shows_what_the_readme_shows(project: Path) -> None:
    """In a terminal, `make demo` says what README shows, line by line, and `q` ends it."""
    everything = [command for block in consoles(ROOT / "README.md") for command in commands(block)]
    shown = next(command.shown for command in everything if command.typed == "make demo")

    code, said = _in_a_terminal("make demo", project, until="q quit", then=b"q")

    first_time_only = r"(?m)^.*installing.*\n"
    assert agrees(re.sub(first_time_only, "", shown) + "...", re.sub(r" \(\d+ is taken\)", "", said)), said
    assert code == 0


def _in_a_terminal(command: str, project: Path, *, until: str, then: bytes) -> tuple[int, str]:
    """Type a command, wait until it says something, press a key; gives exit code and everything said."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command.split(), cwd=project, env=environment(BROWSER="true", TERM="dumb"), stdin=theirs, stdout=theirs,
        stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    try:
        while until.encode() not in said:
            said += os.read(ours, 4096)
        os.write(ours, then)
        while more := _read(ours):
            said += more
        return process.wait(), said.decode()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        os.close(ours)


def _read(terminal: int) -> bytes:
    """What was said; nothing once nobody can say anything any more."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_what_is_run_elsewhere_is_run() -> None:
    """Each exception names a test that exists."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_docs*.py"))

    assert [name for name in ELSEWHERE.values() if f"def {name}(" not in tests] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_are_shown_in_blocks_that_are_run(page: Path) -> None:
    """A line that begins with `$ ` stands in a `console` block."""
    others = [block.text for block in blocks(page) if block.language != "console"]

    assert [text for text in others if re.search(r"(?m)^\$ ", text)] == []


@pytest.mark.parametrize(
    ("shown", "said", "expected"),
    [
        ("2 passed in 0.87s\n", "13 passed in 4.01s\n", True),
        ("a  ...  b\n", "a\tx\ny\t b\n", True),
        ("one\n...\n", "one\n", True),
        ("one\n...\nthree\n", "one\ntwo\nthree\n", True),
        ("one\n", "two\n", False),
        ("", "something\n", False),
        ("one\n", "one\nError\n", False),
    ],
)
def test_agreement_is_neither_blind_nor_petty(shown: str, said: str, expected: bool) -> None:
    """Numbers, spaces and what is left out may differ; words may not."""
    assert agrees(shown, said) is expected
