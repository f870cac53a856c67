"""PostgreSQL's own tools for copies; where they are not installed, the command to run where they are."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from bot.errors import SetupError
from bot.store.location import Location

REFUSED = "MB205"
"""A backup cannot be made or put back."""

DEBIAN = Path("/usr/lib/postgresql")


def dump(location: Location, target: Path, tables: list[str]) -> None:
    """
    Raises:
        SetupError: MB205, pg_dump is missing (the text is the command to run elsewhere) or fails.
    """
    named = [f"--table={table}" for table in tables]
    _run(location, ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", *named, f"--file={target}"])


def load(location: Location, source: Path) -> None:
    """Put the tables of a dump into a database that has none of them: all or nothing.

    Raises:
        SetupError: MB205, pg_restore is missing or fails.
    """
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run(location, ["pg_restore", *options, f"--dbname={_address(location)}", str(source)])


def _run(location: Location, command: list[str]) -> None:
    tool, *arguments = command
    if tool == "pg_dump":
        arguments.append(f"--dbname={_address(location)}")
    found = _find(tool)
    if found is None:
        raise SetupError(
            REFUSED,
            f"{tool} is not installed here. Install PostgreSQL's client, or run this where it is: "
            f"`{shlex.join([tool, *arguments])}` (it asks for the password).",
        )
    password = {"PGPASSWORD": location.url.password} if location.url.password else {}
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"} | password
    ran = subprocess.run(  # noqa: S603  a fixed tool, arguments of our own, no shell
        [found, *arguments], env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if ran.returncode:
        said = (ran.stderr.strip().splitlines() or ["nothing"])[0]
        raise SetupError(REFUSED, f"{tool} ended with {ran.returncode}: {said}")


def _address(location: Location) -> str:
    """For the tools' command line, which others can see: without the password."""
    return location.url.set(drivername="postgresql", password=None).render_as_string(hide_password=True)


def _find(tool: str) -> str | None:
    """On the path, or where Debian keeps each version: the newest."""
    versions = sorted(DEBIAN.glob(f"*/bin/{tool}"), key=lambda path: int(path.parts[4]))
    return shutil.which(tool) or (str(versions[-1]) if versions else None)
