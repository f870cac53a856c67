"""The bot of the demo: the real service in a process of its own, and what it says in its log."""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
STOP_S = 12.0
MAX_LINE_BYTES = 1 << 20


class EarlyBot:
    """A process that loads the service already, until `BotProcess` tells it what to serve."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._taken = False

    @classmethod
    async def begin(cls, home: Path) -> Self:
        return cls(await _spawn("-m", "bot.cli.demo_early", home=home, environ={}, stdin=asyncio.subprocess.PIPE))

    async def take(self, environ: Mapping[str, str]) -> asyncio.subprocess.Process | None:
        """The process, from now on `python -m bot run` in this environment; nothing the second time."""
        if self._taken:
            return None
        self._taken = True
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):  # it has ended, and its last words say why
            self._process.stdin.write(json.dumps(dict(environ)).encode() + b"\n")
            await self._process.stdin.drain()
        self._process.stdin.close()
        return self._process

    async def end(self) -> None:
        """If nobody took it, it is not needed."""
        if not self._taken and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


class BotProcess:
    """Starts, watches and stops `python -m bot run`. `ready` is set once it serves and is on Blaze."""

    def __init__(
        self,
        home: Path,
        environ: Mapping[str, str],
        port: int,
        heard: Callable[[dict[str, Any]], None],
        early: EarlyBot | None = None,
    ) -> None:
        self.port = port
        self.url = f"http://localhost:{port}"
        self.log_path = home / "bot.log"
        self.ready = asyncio.Event()
        self.connected_ms = 0.0
        self._home = home
        self.log_path.unlink(missing_ok=True)
        self._environ = environ
        self._heard = heard
        self._early = early
        self._started_at = 0.0
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._events: set[str] = set()
        self._last: deque[str] = deque(maxlen=5)

    @property
    def code(self) -> int | None:
        return self._process.returncode if self._process else None

    async def start(self) -> None:
        """In the demo's own folder, so that no settings of a real bot are near; and away from the terminal's Ctrl-C."""
        self.ready.clear()
        self._events.clear()
        loaded = await self._early.take(self._environ) if self._early is not None else None
        self._process = loaded or await _spawn("-m", "bot", "run", home=self._home, environ=self._environ)
        self._reading = asyncio.create_task(self._read(self._process))

    async def ask(self, *arguments: str) -> tuple[int, str]:
        """Another command about the same bot: its exit code, and the last line that it says."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments, cwd=self._home, env=_environment(self._environ),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
        lines = output.decode(errors="replace").split("\n")
        return process.returncode or 0, next((line.strip() for line in reversed(lines) if line.strip()), "")

    async def wait(self) -> None:
        """Until the process has ended and its log is read."""
        assert self._process is not None
        assert self._reading is not None
        await self._process.wait()
        await asyncio.wait([self._reading])

    async def stop(self) -> int | None:
        """Ask it to finish, and wait; gives its exit code."""
        if self._process is None:
            return None
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                await self.wait()
        except TimeoutError:
            self.kill()
            await self.wait()
        return self.code

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def last_words(self) -> list[str]:
        """The last lines of its log that were more than information, for somebody who wonders why it ended."""
        return list(self._last)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with self.log_path.open("ab") as kept:
            while True:
                try:
                    line = await process.stdout.readline()
                except ValueError:  # a line longer than the limit
                    continue
                if not line:
                    return
                kept.write(line)
                kept.flush()
                self._note(line)

    def _note(self, line: bytes) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            self._last.append(line.decode(errors="replace").rstrip())
            return
        name = str(event.get("event"))
        if event.get("level") in ("warning", "error"):
            self._last.append(f"{name}: {event.get('reason') or event.get('exception') or ''}".strip(": "))
        if not self._events:
            self._started_at = time.monotonic()
        self._events.add(name)
        if name == "blaze.connected":
            self.connected_ms = (time.monotonic() - self._started_at) * 1000
        if {"blaze.connected", "web.listening"} <= self._events:
            self.ready.set()
        self._heard(event)


async def _spawn(
    *arguments: str, home: Path, environ: Mapping[str, str], stdin: int = asyncio.subprocess.DEVNULL
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=home, env=_environment(environ), start_new_session=True, limit=MAX_LINE_BYTES,
        stdin=stdin, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )  # fmt: skip


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MIXIN_", "MIXBOT_", "NANDBOX_"))}
    return kept | {"PYTHONPATH": str(ROOT)} | dict(own)


def _die_with_parent() -> None:
    """Whatever becomes of the demo, its bot does not stay behind: PR_SET_PDEATHSIG is 1."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
