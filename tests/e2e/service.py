"""The service as a process of its own, towards the hostile server: started, stopped, killed, frozen, looked at."""

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.e2e.views import BOT_ID, SESSION_ID
from tests.e2e.wire import Wire

ROOT = Path(__file__).parents[2]

PATIENT = {
    "MIXBOT_PER_USER_BURST": "1000000",
    "MIXBOT_PER_USER_PER_MINUTE": "1000000",
    "MIXIN_BACKOFF_CAP_S": "0.1",
    "MIXIN_ACK_LINGER_MS": "40",
}
"""People may say as much as they like, what fails is tried again soon, and so is acknowledged what tests wait for."""


class Nursery:
    """The process that services are forked from: see `tests.e2e.nursery`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "tests.e2e.nursery"),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error", "HOME": "/nonexistent"},
        )

    def start(self, home: Path, environ: Mapping[str, str], *arguments: str, **how: Any) -> int:
        """A new process, by its id."""
        order = {"home": str(home), "environ": dict(environ), "arguments": arguments, **how}
        return int(self._ask(order)["pid"])

    def code(self, pid: int) -> int:
        """The exit code of a process that has ended or is about to; negative for a signal."""
        return int(self._ask({"wait": pid})["code"])

    def _ask(self, order: Mapping[str, Any]) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


class Service:
    """One bot's service; the same data directory through any number of starts."""

    def __init__(self, nursery: Nursery, wire: Wire, home: Path, **settings: str) -> None:
        """`settings` are environment variables."""
        self.wire = wire
        self.home = home
        self.database = home / "data" / "bot.db"
        self.log = home / "log"
        self.errors = home / "errors"
        self.pid = 0
        self._nursery = nursery
        self._settings = settings
        keystore = home / "keystore.json"
        keystore.write_text(json.dumps(new_keystore()))
        keystore.chmod(0o600)

    @property
    def environ(self) -> Mapping[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "error",
            "MIXIN_KEYSTORE_PATH": str(self.home / "keystore.json"),
            "MIXIN_API_URL": f"http://127.0.0.1:{self.wire.port}",
            "MIXIN_BLAZE_URL": f"ws://127.0.0.1:{self.wire.port}",
            "MIXBOT_DB_URL": f"sqlite:///{self.database}",
            "MIXBOT_PORT": "0",
            "MIXBOT_LOG_FORMAT": "json",
            **PATIENT,
            **self._settings,
        }

    def launch(self, *arguments: str, **how: Any) -> None:
        """Begin to start; `how` as in `tests.e2e.nursery`."""
        self.pid = self._nursery.start(self.home, self.environ, "run", *arguments, **how)

    async def start(self, *arguments: str, **how: Any) -> None:
        """Start, and wait until it asked for messages."""
        before = self.wire.journal.count("listening")
        self.launch(*arguments, **how)
        try:
            await self.wire.until(lambda: self.wire.journal.count("listening") > before)
        except TimeoutError:
            raise AssertionError(f"it does not come up: {self.last_words()}") from None

    def signal(self, number: signal.Signals) -> None:
        assert self.pid, "it does not run"
        os.kill(self.pid, number)

    async def ended(self, within_s: float = 45.0) -> int:
        """Wait for its end; gives the exit code, negative for a signal. Only one at a time may wait."""
        loop, done, pid = asyncio.get_running_loop(), asyncio.Event(), self.pid
        descriptor = os.pidfd_open(pid)
        loop.add_reader(descriptor, done.set)
        try:
            async with asyncio.timeout(within_s):
                await done.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        assert self.pid == pid
        self.pid = 0
        return self._nursery.code(pid)

    async def stop(self) -> None:
        """End it as an operator would; it has to end well."""
        self.signal(signal.SIGTERM)
        code = await self.ended()
        assert code == 0, f"exit code {code}: {self.last_words()}"

    async def kill(self) -> None:
        """End it at once, wherever it is."""
        self.signal(signal.SIGKILL)
        assert await self.ended() == -signal.SIGKILL

    async def clean_up(self) -> None:
        """Leave nothing behind."""
        if self.pid:
            self.signal(signal.SIGKILL)
            await self.ended()

    # Looking at it

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        """What it logged; every line is JSON, or this fails."""
        found = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [line for line in found if event in ("", line["event"])]

    def last_words(self) -> str:
        found = [each.read_text(encoding="utf-8")[-3000:] for each in (self.log, self.errors) if each.exists()]
        status = Path(f"/proc/{self.pid}/status")
        state = (
            [line for line in status.read_text().splitlines() if line.startswith("State")] if status.exists() else []
        )
        return "\n".join([*state, *found])

    def memory(self, name: str = "VmRSS") -> float:
        """MiB of memory: `VmRSS` now, `VmHWM` at most so far."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(f"{name}:"))

    def cpu_s(self) -> float:
        """Seconds of computing so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def new_keystore(bot_id: str = BOT_ID) -> dict[str, str]:
    """In the dashboard's present shape, with keys of the moment and the sandbox's mark."""
    server_key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    return {
        "app_id": bot_id,
        "session_id": SESSION_ID,
        "server_public_key": server_key.hex(),
        "session_private_key": secrets.token_hex(32),
    }
