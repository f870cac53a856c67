"""The lock files hold what pyproject.toml asks for, and nothing unhashed."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-tracing.lock", "requirements-dev.lock")


def project() -> dict[str, list[str]]:
    """What is asked for, by lock file."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = table["project"]["optional-dependencies"]
    run = [*table["project"]["dependencies"], *extras["speed"]]
    tracing = run + extras["tracing"]
    return {LOCKS[0]: run, LOCKS[1]: tracing, LOCKS[2]: tracing + table["dependency-groups"]["dev"]}


def pins(lock: str) -> dict[str, str]:
    """Name and version of each package in a lock file."""
    return dict(re.findall(r"(?m)^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^\s;]+)", (ROOT / lock).read_text()))


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_satisfies_the_project(lock: str) -> None:
    """Each dependency of pyproject.toml is pinned within its bounds; `make lock` brings them together again."""
    pinned = pins(lock)

    for wanted in map(Requirement, project()[lock]):
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), wanted


def test_tests_run_with_the_versions_of_production() -> None:
    """What the image installs is what the tests saw."""
    run, tracing, dev = map(pins, LOCKS)

    assert run.items() <= tracing.items() <= dev.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_T29_every_package_is_hashed_and_comes_from_the_index(lock: str) -> None:
    """No package without a hash, no address of a server, no path, no version control."""
    text = (ROOT / lock).read_text()
    entries = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]

    assert len(entries) == len(pins(lock)) > 20
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"://|@ |^-e|--index|--find-links|file:", text)
