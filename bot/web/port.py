"""Which process listens on a port, for the error message about it; only where the system has `/proc`."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

LISTEN = "0A"


def who_listens(port: int) -> str:
    """Such as `“python3” (pid 5110)`; empty where it cannot be found out."""
    inodes = _listening(port)
    if not inodes:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        if not inodes.isdisjoint(_files(process)):
            return f"“{_name(process)}” (pid {process.name})"
    return ""


def _files(process: Path) -> Iterator[str]:
    with suppress(OSError):
        for link in (process / "fd").iterdir():
            with suppress(OSError):
                yield link.readlink().name


def _listening(port: int) -> set[str]:
    inodes = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == LISTEN and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return inodes


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "?"
