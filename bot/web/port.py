"""Which process listens on a port, for the error message about it; only where the system has `/proc`."""

import errno
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bot.errors import EXIT_PORT, SetupError

LISTEN = "0A"


def cannot_listen(host: str, port: int, error: OSError) -> SetupError:
    """MB301, the port of the service is taken; MB303, there is no such address."""
    if error.errno == errno.EADDRINUSE:
        return port_taken(port, "set MIXBOT_PORT")
    return SetupError("MB303", f"Cannot listen on {host} port {port}: {error.strerror}. Set MIXBOT_HOST.")


def port_taken(port: int, remedy: str) -> SetupError:
    """MB301, with the process that has the port where that can be found out."""
    process = who_listens(port)
    return SetupError(
        "MB301", f"Port {port} is in use{f' by {process}' if process else ''}. Stop it or {remedy}.",
        exit_code=EXIT_PORT,
    )  # fmt: skip


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
