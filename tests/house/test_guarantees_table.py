"""The table of guarantees tells the truth: every number once, and every test that it names exists."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "reference" / "guarantees.md"
NUMBERS = [*(f"T{number}" for number in range(1, 34)), *(f"F{number}" for number in range(1, 51))]


def rows() -> dict[str, str]:
    """Number to what shows it."""
    found = re.findall(r"(?m)^\| ([TF]\d+) \| ([^|]+) \| ([^|]+) \|$", TABLE.read_text(encoding="utf-8"))
    assert [number for number, _, _ in found] == NUMBERS
    return {number: shown for number, _, shown in found}


def every_test() -> set[str]:
    """The name of every test of the project."""
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if "node_modules" not in path.parts]
    return {name for path in files for name in re.findall(r"(?m)^(?:async )?def (test_\w+)", path.read_text("utf-8"))}


def test_every_number_is_there_once_with_a_test() -> None:
    """Each of the 33 threats and 50 faults is shown by a test."""
    assert [number for number, shown in rows().items() if not re.search(r"`test_\w+`", shown)] == []


def test_every_test_in_the_table_exists() -> None:
    """No test is named that was renamed or removed."""
    named = {name for shown in rows().values() for name in re.findall(r"`(test_\w+)`", shown)}

    assert named - every_test() == set()


def test_F17_no_task_is_left_to_chance() -> None:
    """Every task is kept by whoever made it: one that nobody holds may be collected while it runs."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "RUF006", "bot", "handlers", "config"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stdout
