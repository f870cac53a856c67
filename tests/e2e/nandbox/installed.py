"""nandbox's official SDKs, installed where they are not there yet: for tests and for the benchmark."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BUILD = Path(__file__).parents[3] / "build"
INSTALL_S = 240


class Missing(Exception):
    """It cannot be installed here; the text says why."""


def python_sdk() -> str:
    """The Python that has the Python SDK, in an environment of its own below `build/`.

    Raises:
        Missing: No package index, or it does not fit this machine.
    """
    home, wanted = BUILD / "nandbox-python-sdk", HERE / "requirements.txt"
    python, marker = home / "bin" / "python", home / "installed"
    if not _is_fresh(marker, wanted):
        _install([sys.executable, "-m", "venv", "--clear", str(home)])
        _install([str(python), "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", str(wanted)])
        marker.touch()
    return str(python)


def node_sdk() -> tuple[str, Path]:
    """Node, and the folder of modules that has the Node SDK.

    Raises:
        Missing: No Node, or no package index.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Missing("node or npm is missing: the official Node SDK cannot be run")
    marker = HERE / "node_modules" / ".installed"  # npm has a file of its own, which may outlive a run that was killed
    if not _is_fresh(marker, HERE / "package-lock.json"):
        _install([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        marker.touch()
    return node, HERE / "node_modules"


def _install(command: list[str]) -> None:
    try:
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        raise Missing(f"{command[0]} took more than {INSTALL_S} s") from None
    if done.returncode:
        raise Missing(f"{' '.join(command)} failed: {done.stderr.strip()[-300:]}")


def _is_fresh(marker: Path, source: Path) -> bool:
    return marker.exists() and marker.stat().st_mtime >= source.stat().st_mtime
