"""Rules that no other tool checks, over the text of the project itself."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "handlers", "config")
HOUSE = "tests/house"
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
PYTHON = [*SOURCES, *sorted(path for path in (ROOT / "tests").rglob("*.py") if "vectors" not in path.parts)]


def found(pattern: str, paths: list[Path]) -> list[str]:
    """Where a pattern occurs; this folder, which has to name what it forbids, is left out."""
    places = []
    for path in paths:
        if HOUSE in path.as_posix():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(pattern, line):
                places.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    return places


def tracked() -> list[Path]:
    """Every text that is part of the project."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git work tree")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in (".png", ".gz", ".bin", ".lock")]


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, with `from x import y` as `x`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "." * node.level


def test_T10_nothing_can_switch_the_check_of_certificates_off() -> None:
    """There is no way to talk to a server whose certificate does not fit."""
    assert found(r"ssl\s*=\s*False|CERT_NONE|check_hostname|verify\s*=|_create_unverified", SOURCES) == []


def test_wait_for_is_not_used() -> None:
    """On Python 3.11 it swallows cancellation; `asyncio.timeout` does not."""
    assert found(r"asyncio\.wait_for\b|import.*\bwait_for\b", PYTHON) == []


def test_the_sandbox_imports_nothing_of_ours() -> None:
    """An independent reading of the protocol cannot share a mistake."""
    wrong = [
        f"{path.name} imports {module}"
        for path in sorted((ROOT / "bot" / "sandbox").rglob("*.py"))
        for module in imports(path)
        if module.split(".")[0] in FOLDERS and not f"{module}.".startswith("bot.sandbox.")
    ]

    assert wrong == []


def test_only_the_command_line_and_one_check_know_of_the_sandbox() -> None:
    """The service is the same towards Mixin and towards the sandbox; it only refuses to mix the two up."""
    served = [
        path for path in SOURCES if not any(path.is_relative_to(ROOT / "bot" / folder) for folder in ("sandbox", "cli"))
    ]

    assert found(r"import.*\bsandbox\b|\bif\b.*\bsandbox\b(?!_keystore)", served) == []


def test_commands_import_the_public_face_and_the_standard_library() -> None:
    """A command needs `bot`, and nothing beneath it."""
    wrong = [
        f"{path.name} imports {module}"
        for path in sorted((ROOT / "handlers").glob("*.py"))
        for module in imports(path)
        if module.startswith(("bot.", "config", "aiohttp", "websockets", "sqlalchemy", "pydantic", "structlog"))
    ]

    assert wrong == []


def test_every_module_says_what_it_is_for() -> None:
    """Whoever opens a file learns in its first line why it exists."""
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_every_test_says_what_it_promises() -> None:
    """A test without a docstring is a promise that nobody made."""
    silent = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]

    assert silent == []


def test_nothing_is_left_for_later() -> None:
    """No note to oneself in the place of work."""
    assert found(r"\b(TODO|FIXME|XXX|HACK)\b", PYTHON) == []


def test_what_is_ignored_has_a_reason() -> None:
    """Whoever silences the type checker says why, in the same line."""
    assert found(r"# type: ignore(?!\[[\w, -]+\] +# \w)", SOURCES) == []


def test_fakes_rather_than_mocks() -> None:
    """Tests use things that work, not things that agree to everything."""
    assert found(r"MagicMock|AsyncMock|mock\.patch|unittest\.mock", PYTHON) == []


def test_nothing_in_the_project_belongs_to_one_machine() -> None:
    """No home folder, no address in a private network, no package server."""
    pattern = (
        r"/home/(?!\w*HOME)\w+/|/root/|/work/|/Users/|\b10\.\d+\.\d+\.\d+\b|\b192\.168\.|/simple/|index-url\s*=\s*http"
    )
    allowed = ("10.0.0.", "192.168.0.", "192.168.1.")
    places = [place for place in found(pattern, tracked()) if not any(one in place for one in allowed)]

    assert places == []


def test_the_steps_of_the_database_follow_one_another() -> None:
    """Each revision has a number of its own and comes after the one before: two of the same number make no database."""
    folder = ROOT / "bot" / "store" / "migrations" / "versions"
    steps = []
    for path in sorted(folder.glob("[0-9]*.py")):
        code = path.read_text(encoding="utf-8")
        steps.append((path.name[:4], *re.findall(r'(?m)^(?:down_)?revision = (?:"(\d+)"|None)$', code)))
    assert [step[0] for step in steps] == [f"{number:04}" for number in range(1, len(steps) + 1)]
    for number, (name, revision, before) in enumerate(steps):
        assert (revision, before) == (name, f"{number:04}" if number else "")
