"""The scripts of the sandbox's pages: read by node where there is one, and checked by TypeScript, from their JSDoc.

TypeScript comes from `types/`, by npm and a registry the first time; without them that check is skipped with the
reason, in CI it fails.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from bot.sandbox.page.assets import HERE

SCRIPTS = sorted(HERE.parent.rglob("static/**/*.js"))
TYPES = Path(__file__).parent / "types"
NODE, NPM = shutil.which("node"), shutil.which("npm")
INSTALL_S = 240
OPTIONS = (
    "--noEmit", "--allowJs", "--checkJs", "--strict", "--target", "es2023", "--module", "esnext",
    "--moduleResolution", "bundler", "--lib", "es2024,dom,dom.iterable",
)  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: f"{script.parents[1].name}-{script.name}")
def test_every_script_asks_to_be_checked(script: Path) -> None:
    """`// @ts-check` stands in the first lines, after what the file is for."""
    first, second, *_ = script.read_text(encoding="utf-8").splitlines()

    assert first.startswith("// ")
    assert second == "// @ts-check" or second.startswith("// ")
    assert "// @ts-check" in script.read_text(encoding="utf-8").splitlines()[:4]


@pytest.mark.skipif(NODE is None, reason="no node here")
def test_every_script_can_be_read(tmp_path: Path) -> None:
    """Node takes each of them for a module without an error of syntax."""
    for script in SCRIPTS:
        module = tmp_path / f"{script.stem}.mjs"
        module.write_bytes(script.read_bytes())
        done = subprocess.run([str(NODE), "--check", module], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), script.name


@pytest.mark.timeout(INSTALL_S + 60)
def test_the_types_of_the_scripts_fit() -> None:
    """TypeScript finds nothing to say against any script, strictly."""
    done = subprocess.run([typescript(), *OPTIONS, *map(str, SCRIPTS)], capture_output=True, text=True, check=False)

    assert done.stdout == ""
    assert done.returncode == 0


def typescript() -> str:
    """The compiler of the lock file, installed where it is not there yet."""
    if NODE is None or NPM is None:
        pytest.skip("node or npm is missing: TypeScript cannot be run")
    marker = TYPES / "node_modules" / ".package-lock.json"
    if not marker.exists() or marker.stat().st_mtime < (TYPES / "package-lock.json").stat().st_mtime:
        command = [NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=TYPES, capture_output=True, text=True, timeout=INSTALL_S, check=False)
        if done.returncode:
            unable(f"npm ci failed: {done.stderr.strip()[-300:]}")
    return str(TYPES / "node_modules" / ".bin" / "tsc")


def unable(reason: str) -> NoReturn:
    """Skip on a developer's machine; in CI a node that is there must do."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
