"""Write lines to whoever reads the log, and lose lines rather than time when nobody does.

Lines of one turn of the event loop are written together: under load that saves a system call for each message.
"""

import asyncio
import atexit
import os
import select
import stat
import sys
from collections.abc import Callable
from typing import IO

CHUNK_BYTES = 4_096  # PIPE_BUF: a pipe that is ready takes that much without blocking
ENCODING = ("utf-8", "backslashreplace")
PATIENCE_MS = 50  # for the rest of a line whose beginning is written already


class LineWriter:
    """Whole lines to a stream; a closed or full pipe costs lines, counted in `dropped`, and never blocks for long."""

    def __init__(self, stream: IO[str]) -> None:
        self.dropped = 0
        self._stream = stream
        self._torn = False
        self._waiting: list[str] = []
        self._bytes = 0
        self._scheduled = False
        self._fd, self._ready = _descriptor(stream)
        atexit.register(self.flush)

    def write(self, line: str) -> None:
        """`line` comes without its line break."""
        if self._fd is None:
            self._write_object(line)
            return
        size = 1 + (len(line) if line.isascii() else len(line.encode(*ENCODING)))
        if self._bytes + size > CHUNK_BYTES:
            self.flush()
        if not self._waiting:
            self._flush_soon()
        self._waiting.append(line)
        self._bytes += size
        if not self._scheduled or self._bytes > CHUNK_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits, or drop it."""
        lines, self._waiting, self._bytes = self._waiting, [], 0
        if not lines or self._fd is None:
            return
        data = ("\n".join(lines) + "\n").encode(*ENCODING)
        try:
            if self._torn or len(data) > CHUNK_BYTES:
                self._write_chunks(self._fd, b"\n" + data if self._torn else data)
            elif self._ready(0):
                os.write(self._fd, data)
            else:
                self.dropped += len(lines)
        except OSError:
            self.dropped += len(lines)

    def _flush_soon(self) -> None:
        try:
            asyncio.get_running_loop().call_soon(self.flush)
            self._scheduled = True
        except RuntimeError:
            self._scheduled = False

    def _write_chunks(self, fd: int, data: bytes) -> None:
        for start in range(0, len(data), CHUNK_BYTES):
            if not self._ready(PATIENCE_MS if start else 0):
                self.dropped += 1
                self._torn = start > 0 or self._torn
                return
            os.write(fd, data[start : start + CHUNK_BYTES])
        self._torn = False

    def _write_object(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream was closed
            self.dropped += 1


def _descriptor(stream: IO[str]) -> tuple[int | None, Callable[[int], bool]]:
    """The file descriptor below a stream, and whether it would take a chunk now."""
    try:
        fd = stream.fileno()
        regular = stat.S_ISREG(os.fstat(fd).st_mode)
    except (OSError, ValueError, AttributeError):
        return None, lambda _: True
    if regular or sys.platform == "win32":
        return fd, lambda _: True
    poll = select.poll()
    poll.register(fd, select.POLLOUT)

    wait, writable = poll.poll, [(fd, select.POLLOUT)]

    def ready(timeout_ms: int) -> bool:
        return wait(timeout_ms) == writable

    return fd, ready
