"""Looks at the machine: Python, packages, room on the disk, time zones."""

import os
import re
import resource
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError

from bot.checkup.finding import Finding, Skip, failed, ok, warning
from bot.checkup.subject import Subject
from bot.store import data_folder

LOCK = Path(__file__).parents[2] / "requirements.lock"
OLDEST = (3, 11)
LEAST_FREE_BYTES = 500 * 1024 * 1024
LEAST_FILES = 1024
CONTAINER = "container"
"""Set by podman and systemd-nspawn."""
CONTAINER_SIGNS = (Path("/.dockerenv"), Path("/run/.containerenv"))


async def python(subject: Subject) -> Finding:
    """3.11 or newer, of 64 bits, and not as root outside a container."""
    del subject
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST:
        return failed(f"{found}, needed is 3.11 or newer", fix="install python3.11 or newer")
    if sys.maxsize < 2**32:
        return warning(f"{found}, of 32 bits: numbers of this size are never tested", fix="use a 64-bit Python")
    if hasattr(os, "geteuid") and os.geteuid() == 0 and not in_container():
        return warning(f"{found}, running as root", fix="run the service as a user of its own")
    return ok(f"{found} (needs ≥ 3.11)")


def in_container() -> bool:
    return bool(os.environ.get(CONTAINER)) or any(sign.exists() for sign in CONTAINER_SIGNS)


async def packages(subject: Subject) -> Finding:
    """What is installed is what the lock file says."""
    del subject
    try:
        text = LOCK.read_text(encoding="utf-8")
    except OSError:
        raise Skip("there is no requirements.lock beside the program") from None
    wanted = re.findall(r"(?m)^([\w.-]+)==([^\s;\\]+)(.*)$", text)
    differ = []
    for name, locked, rest in wanted:
        try:
            found = version(name)
        except PackageNotFoundError:
            if ";" not in rest:  # with a condition it may be for another system
                differ.append(f"{name} is missing")
            continue
        if found != locked:
            differ.append(f"{name} is {found}, locked is {locked}")
    if differ:
        shown = ", ".join(differ[:3]) + (f" and {len(differ) - 3} more" if len(differ) > 3 else "")
        return failed(shown, fix="python3 demo.py --setup run")
    return ok(f"all {len(wanted)} match requirements.lock")


async def disk(subject: Subject) -> Finding:
    """Room where the database is, and enough files that may be open."""
    folder = data_folder(subject.settings().db.url)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    room = f"{free / 1e9:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        return failed(f"{room} in {folder}, needed are 0.5 GB", fix="make room: a full disk stops every command")
    if files != resource.RLIM_INFINITY and files < LEAST_FILES:
        return warning(f"{room}, but only {files} files may be open", fix="ulimit -n 4096")
    return ok(f"{room}, {'any number of' if files == resource.RLIM_INFINITY else files} files may be open")


async def timezone(subject: Subject) -> Finding:
    """Slim systems leave out the data of time zones and languages."""
    del subject
    try:
        ZoneInfo("Asia/Shanghai")
        for language in ("en", "zh"):
            Locale.parse(language)
    except (ZoneInfoNotFoundError, UnknownLocaleError) as error:
        return failed(f"data of time zones or languages are missing: {error}", fix="pip install tzdata babel")
    return ok("time zones and languages are there")
