"""Makefile, .ci/run and Dockerfile: what a stranger, a CI machine and a container start."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.sources import BY_VARIABLE

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
SECRETS = [
    "keystore.json",
    "keystore-7000101276.json",
    "config/keystore.json",
    ".env",
    "config/bot.toml",
    "data/bot.db",
]
SCRIPTS = [".ci/run", ".ci/other-python"]


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TOOLS / name, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_alone_lists_every_target() -> None:
    """Whoever types `make` learns what there is, each with what it does."""
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    targets = dict(re.findall(r"(?m)^  make (\S+) +(.+)$", listed))
    assert {"demo", "run", "test", "test-all", "check", "bench", "lock", "clean"} <= set(targets)
    phony = re.search(r"(?m)^\.PHONY: (.*)$", (ROOT / "Makefile").read_text())
    assert phony
    assert set(phony[1].split()) - {"setup"} == set(targets)


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_executable_and_clean(script: str) -> None:
    """Shellcheck finds nothing in the scripts, and they can be started."""
    checked = tool("shellcheck", script)

    assert checked.stdout + checked.stderr == ""
    assert os.access(ROOT / script, os.X_OK)


def test_ci_run_stops_at_the_first_failure_and_ends_with_the_tests() -> None:
    """A failing check is a failing CI, and the summary of the tests is the last thing printed."""
    lines = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line and not line.startswith("#")]

    assert lines[0] == "set -euo pipefail"
    assert "make style" in lines
    assert lines[-1].startswith("step make test ")


def test_the_dockerfile_is_clean() -> None:
    """Hadolint finds nothing."""
    checked = tool("hadolint", "Dockerfile")

    assert checked.stdout + checked.stderr == ""


def test_T29_the_image_installs_only_what_was_locked() -> None:
    """Hashes are checked, nothing is built, and nothing else is installed."""
    installs = [line for line in dockerfile().splitlines() if "pip install" in line or "apt-get" in line]

    assert len(installs) == 1
    assert '--require-hashes --only-binary :all: -r "$LOCK"' in installs[0]
    assert re.search(r"(?m)^ARG LOCK=requirements.lock$", dockerfile())


def test_the_image_runs_without_root_and_ends_on_sigterm() -> None:
    """What the image promises to whoever runs it."""
    text = dockerfile()

    assert re.search(r"(?m)^USER 10001:10001$", text)
    assert re.search(r"(?m)^STOPSIGNAL SIGTERM$", text)
    assert re.search(r"(?m)^VOLUME /data$", text)
    assert re.search(r'(?m)^ENTRYPOINT \["python", "-m", "bot"\]$', text)
    assert re.search(r'(?m)^HEALTHCHECK .*CMD \["python", "-m", "bot", "health"\]$', text)
    assert set(re.findall(r"MIXBOT_\w+|MIXIN_\w+", text)) <= set(BY_VARIABLE)


def test_the_image_holds_the_three_folders_and_no_secret() -> None:
    """Only what is copied by name can get in; keys, databases and local settings are shut out."""
    copied = re.findall(r"(?m)^COPY (\S+) \S+$", dockerfile())
    ignored = (ROOT / ".dockerignore").read_text().split()

    assert copied == ["requirements*.lock", "config", "handlers", "bot"]
    let_in = {name[1:] for name in ignored[ignored.index("*") :] if name.startswith("!")}
    assert let_in == {"requirements.lock", "requirements-tracing.lock", *copied[1:]}
    assert {"**/keystore*.json", "config/bot.toml", "**/*.db"} <= set(ignored)


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
@pytest.mark.parametrize(
    "name",
    ["keystore.json", "keystore-7000101276.json", "config/keystore.json", ".env", "config/bot.toml", "data/bot.db"],
)
def test_git_does_not_take_secrets(name: str) -> None:
    """Nobody commits a key by accident."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a git work tree")

    assert subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False).returncode == 0
