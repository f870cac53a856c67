"""A lock file: one process at a time, and whoever comes second learns who was first.

The kernel holds the lock (flock), and frees it when its process ends, however that happens; the file only tells who.
"""

import asyncio
import fcntl
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot.errors import EXIT_SECOND_INSTANCE, SetupError

log = structlog.get_logger()

SECOND_INSTANCE = "MB131"
UNREADABLE = "MB204"
"""The database, or the lock beside it, cannot be opened: a wrong address, no rights, or nobody answers."""
POLL_S = 0.05


@dataclass(frozen=True)
class Holder:
    """The process that holds a role; all unknown where pid is 0."""

    pid: int = 0
    host: str = ""
    since: datetime | None = None

    def __str__(self) -> str:
        """Such as `pid 4121 on this host, since 08:02`; empty where it is unknown."""
        if not (self.pid and self.since):
            return ""
        where = "this host" if self.host == socket.gethostname() else self.host
        since = self.since.astimezone()
        clock = "%H:%M" if since.date() == datetime.now(UTC).astimezone().date() else "%Y-%m-%d %H:%M"
        return f"pid {self.pid} on {where}, since {since:{clock}}"

    def refusal(self, remark: str = "") -> SetupError:
        known = f" ({self})" if str(self) else ""
        return SetupError(
            SECOND_INSTANCE,
            f"Another copy of this bot is connected{known}. Two copies would each get part of the messages. "
            + (remark or "Stop it, or start this one with `--takeover`."),
            exit_code=EXIT_SECOND_INSTANCE,
        )


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Hold the lock file while the block runs; blocks nobody and waits for nobody.

    Raises:
        SetupError: MB131, another process holds it; MB204, the file cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SetupError(UNREADABLE, f"Cannot write the lock file {path}: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _read(path).refusal() from None
        os.ftruncate(file, 0)
        us = {"pid": os.getpid(), "host": socket.gethostname(), "since": datetime.now(UTC).isoformat()}
        os.pwrite(file, json.dumps(us).encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(file, 0)
    finally:
        os.close(file)


def holder_of(path: Path) -> str:
    """Who holds a lock file, in words; empty where nobody does. Takes nothing and waits for nobody."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return ""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return str(_read(path)) or "a process that cannot be named"
    finally:
        os.close(file)
    return ""


def _read(path: Path) -> Holder:
    try:
        told = json.loads(path.read_bytes())
        return Holder(int(told["pid"]), str(told["host"]), datetime.fromisoformat(told["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Holder()


@asynccontextmanager
async def hold_file(path: Path, takeover: bool, takeover_s: float) -> AsyncIterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(lock_file(path))
        except SetupError as error:
            if not takeover or error.code != SECOND_INSTANCE:
                raise
            await _take_file(stack, path, takeover_s)
        yield


async def _take_file(stack: ExitStack, path: Path, wait_s: float) -> None:
    holder = asked = Holder()
    try:
        async with asyncio.timeout(wait_s):
            while True:
                holder = _read(path)
                if holder.pid and holder != asked and _is_holder(holder, path):
                    log.info("role.takeover", pid=holder.pid)
                    os.kill(holder.pid, signal.SIGTERM)
                    asked = holder
                await asyncio.sleep(POLL_S)
                with suppress(SetupError):
                    stack.enter_context(lock_file(path))
                    return
    except ProcessLookupError:
        raise holder.refusal("It ended just now; start this one again.") from None
    except PermissionError:
        raise holder.refusal("It belongs to another user: stop it there.") from None
    except TimeoutError:
        raise holder.refusal(f"It did not end within {wait_s:.0f} s; stop it, then start this one.") from None


def _is_holder(holder: Holder, path: Path) -> bool:
    """Whether the process told of has the lock file open, so that nobody is ended by a number left from before.

    Raises:
        SetupError: MB131, it runs where it cannot be asked.
        PermissionError: It belongs to another user.
    """
    if holder.host != socket.gethostname() or holder.pid == os.getpid():
        raise holder.refusal("It cannot be asked from here: stop it there.")
    if not Path("/proc/self/fd").is_dir():
        return True
    ours = path.stat()
    for file in _open_files(holder.pid):
        with suppress(FileNotFoundError):
            if os.path.samestat(file.stat(), ours):
                return True
    return False


def _open_files(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:
        return []
