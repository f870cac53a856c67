"""The driver's side: starts the neutral server and the contestants, each on its core, and stops them."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.sandbox.keys import curve_public
from tests.benchmarks import frames
from tests.benchmarks.processes import cores, pin
from tests.benchmarks.rounds import Order, Result

ROOT = Path(__file__).resolve().parents[2]
NODE = Path(__file__).parent / "node"
STOP_S = 15.0
CONTESTANTS_CORE, OTHER_CORE = cores()


class Contestant(NamedTuple):
    """`environment` is added to what all are told: keystore, addresses, directory for data.

    `sealed`: what people say to it comes sealed, and what it says has to be.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    sealed: bool = False


CEILING = Contestant("ceiling", (sys.executable, "-m", "tests.benchmarks.ceiling"), {})
NODE_SDK = Contestant("node", ("node", str(NODE / "echo.mjs")), {})
BOT_MODULE = ("bot", "run")
BOT_SETTINGS = {
    "MIXBOT_LOG_FORMAT": "json",
    "MIXBOT_PER_USER_BURST": "1000000",
    "MIXBOT_PER_USER_PER_MINUTE": "1000000",
}
"""As in production, but for the limit on what one person may send. The log goes to a file."""
BOT = Contestant("bot", (sys.executable, "-m", *BOT_MODULE), BOT_SETTINGS)
BOT_SEALED = BOT._replace(name="bot, sealed", sealed=True)


class Rig:
    """The neutral server and a directory for everything that contestants write."""

    def __init__(self, server: "subprocess.Popen[bytes]", work: Path) -> None:
        self.server, self.work = server, work
        self.runs = 0

    def ask(self, **command: object) -> Any:
        assert self.server.stdin
        assert self.server.stdout
        self.server.stdin.write(json.dumps(command).encode() + b"\n")
        self.server.stdin.flush()
        if not (line := self.server.stdout.readline()):
            raise RuntimeError(f"the neutral server ended with exit code {self.server.wait()}")
        return json.loads(line)

    def new_home(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.work))

    @contextmanager
    def running(self, contestant: Contestant, home: Path | None = None) -> Iterator["Running"]:
        """A contestant that was just started, with a port, a data directory and a log file of its own; in a `home` that
        was used before it is one that was started again.
        """
        port = self.ask(do="open")
        home = home or self.new_home()
        (home / "keystore.json").write_text(json.dumps(new_keystore()))
        (home / "keystore.json").chmod(0o600)
        told = {
            "MIXIN_KEYSTORE_PATH": str(home / "keystore.json"),
            "MIXIN_API_URL": f"http://127.0.0.1:{port}",
            "MIXIN_BLAZE_URL": f"ws://127.0.0.1:{port}/",
            "MIXBOT_DB_URL": f"sqlite:///{home / 'bot.db'}",
            "MIXBOT_PORT": "0",
            "PYTHONPATH": str(ROOT),
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MIXIN_", "MIXBOT_"))}
        with (home / "log").open("wb") as log:
            started_at = time.monotonic()
            process = subprocess.Popen(
                contestant.command,
                env=clean | told | dict(contestant.environment),
                cwd=home,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: pin(CONTESTANTS_CORE),
            )
            running = Running(self, contestant, process, port, started_at, home)
            try:
                yield running
            finally:
                running.stop()


class Running:
    """A contestant at its place."""

    def __init__(
        self,
        rig: Rig,
        contestant: Contestant,
        process: "subprocess.Popen[bytes]",
        port: int,
        started_at: float,
        home: Path,
    ) -> None:
        self.rig, self.name, self.process, self.port, self.home = rig, contestant.name, process, port, home
        self.started_at = started_at
        self.sealed = contestant.sealed

    def round(self, count: int, **how: Any) -> Result:
        """One round; see `Order` for what may be said.

        Raises:
            RuntimeError: The contestant ended; its last lines are in the text.
        """
        self.rig.runs += 1
        if self.sealed:
            keystore = json.loads((self.home / "keystore.json").read_text())
            how["bot_key"] = curve_public(bytes.fromhex(keystore["session_private_key"])).hex()
        order = Order(run=self.rig.runs, pid=self.process.pid, count=count, **how)
        self.check()
        result = msgspec.convert(self.rig.ask(do="round", port=self.port, order=msgspec.to_builtins(order)), Result)
        self.check()
        return result

    def check(self) -> None:
        if (code := self.process.poll()) is not None:
            raise RuntimeError(f"{self.name} ended with exit code {code}: {self.last_words()}")

    def last_words(self) -> str:
        with (self.home / "log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 1500))
            return log.read().decode(errors="replace")

    def stop(self) -> None:
        """Let it end by itself; a contestant that does not is killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextmanager
def open_rig() -> Iterator[Rig]:
    """The server runs on the second core, with this process, so that contestants have the first one for themselves."""
    pin(OTHER_CORE)
    work = Path(tempfile.mkdtemp(prefix="mixbot-bench-"))
    command = (sys.executable, "-m", "tests.benchmarks.server")
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield Rig(server, work)
    finally:
        assert server.stdin
        assert server.stdout
        server.stdin.close()
        server.stdout.close()
        server.wait()
        shutil.rmtree(work, ignore_errors=True)


def new_keystore() -> dict[str, str]:
    """In the dashboard's present shape, with keys of the moment."""
    server_key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    return {
        "app_id": frames.BOT_ID,
        "session_id": frames.SESSION_ID,
        "server_public_key": server_key.hex(),
        "session_private_key": secrets.token_hex(32),
    }


def install_node_sdk() -> str:
    """Install what the lock file says where it is not there yet; the reason in words where that cannot be."""
    if not shutil.which("node"):
        return "node is not installed"
    if (NODE / "node_modules" / "@mixin.dev").is_dir():
        return ""
    if not shutil.which("npm"):
        return "npm is not installed"
    done = subprocess.run(("npm", "ci", "--ignore-scripts", "--silent"), cwd=NODE, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"npm ci failed: {(done.stderr or done.stdout).strip()[:200]}"
