"""The page's scripts: read by node where there is one, and checked by TypeScript, from their JSDoc, where that is."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.sandbox.page.assets import HERE

SCRIPTS = sorted((HERE / "static").glob("*.js"))
NODE = shutil.which("node")
TSC = os.environ.get("TSC") or shutil.which("tsc")
OPTIONS = (
    "--noEmit", "--allowJs", "--checkJs", "--strict", "--target", "es2023", "--module", "esnext",
    "--moduleResolution", "bundler", "--lib", "es2024,dom,dom.iterable",
)  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
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


@pytest.mark.skipif(TSC is None, reason="no TypeScript here: put tsc on the PATH, or its path into TSC")
@pytest.mark.timeout(300)
def test_the_types_of_the_scripts_fit() -> None:
    """TypeScript finds nothing to say against any script, strictly."""
    done = subprocess.run([str(TSC), *OPTIONS, *map(str, SCRIPTS)], capture_output=True, text=True, check=False)

    assert done.stdout == ""
    assert done.returncode == 0
