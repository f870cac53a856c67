"""A PostgreSQL of one's own that can be killed, started again, and replaced by its synchronous standby."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.ports import free_port
from tests.postgres import SKIP, START_S, binaries, unprivileged

DATABASE = "bot"


class Server:
    """One server; `data` outlives its process."""

    def __init__(self, base: Path, name: str) -> None:
        self.data = base / name
        self.port = free_port()
        self.replaced = False
        self._base = base
        self._log = base / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def run(self, tool: str, *arguments: str) -> None:
        """One of PostgreSQL's own tools."""
        folder = binaries()
        assert folder is not None
        command = [*unprivileged(), str(folder / tool), *arguments]
        ran = subprocess.run(command, check=False, capture_output=True, cwd=self._base, text=True)
        assert ran.returncode == 0, f"{tool}: {ran.stderr}"

    def start(self, **settings: str) -> None:
        """Start, and wait until it answers; right after a kill that may take several tries."""
        folder = binaries()
        assert folder is not None
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._base),
            "port": str(self.port),
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "16MB",
            "max_connections": "100",
            "wal_keep_size": "512MB",
            "wal_retrieve_retry_interval": "1s",
        } | settings
        settled = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        deadline = time.monotonic() + START_S
        while True:
            if self._process is None or self._process.poll() is not None:
                with self._log.open("ab") as log:
                    self._process = subprocess.Popen(
                        [*unprivileged(), str(folder / "postgres"), "-D", str(self.data), *settled],
                        stdout=log, stderr=log, cwd=self._base,
                    )  # fmt: skip
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL does not start: {self._log.read_text()[-2000:]}") from None
                time.sleep(0.05)

    def last_words(self) -> str:
        return self._log.read_text()[-1500:] if self._log.exists() else ""

    def kill(self) -> None:
        """The server's first process, at once; those that served somebody notice and end."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(30)


class Cluster:
    """Use `open_cluster`."""

    def __init__(self, base: Path) -> None:
        self.primary = Server(base, "primary")
        self.standby = Server(base, "standby")
        self.kills = 0

    @property
    def url(self) -> str:
        """Both servers; whoever connects looks for the one that can be written to."""
        ports = f"{self.primary.port},{self.standby.port}"
        return (
            f"postgresql://postgres@/{DATABASE}?host=127.0.0.1,127.0.0.1&port={ports}&target_session_attrs=read-write"
        )

    def begin(self) -> None:
        self.primary.data.parent.chmod(0o755)
        auth = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "-N", "--no-locale"]
        self.primary.run("initdb", "-D", str(self.primary.data), *auth)
        self.primary.start()
        with psycopg.connect(self.primary.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")

    def replicate(self) -> None:
        """From now on nothing is committed that the standby does not have."""
        copy = ["-D", str(self.standby.data), "-R", "-X", "stream", "-c", "fast"]
        self.standby.run("pg_basebackup", *copy, "-h", "127.0.0.1", "-p", str(self.primary.port), "-U", "postgres")
        self.standby.start(synchronous_standby_names="")
        with psycopg.connect(self.primary.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")

    async def restart(self, after_s: float) -> None:
        """SIGKILL, and up again a while later."""
        self.kills += 1
        server = self.primary
        server.kill()
        await asyncio.sleep(after_s)
        await asyncio.to_thread(server.start)

    async def promote(self, after_s: float) -> None:
        """The primary is lost for good; the standby takes its place."""
        self.primary.kill()
        await asyncio.sleep(after_s)
        await asyncio.to_thread(self.standby.run, "pg_ctl", "-D", str(self.standby.data), "-w", "promote")
        self.primary, self.standby = self.standby, self.primary
        self.primary.replaced = True


@contextmanager
def open_cluster() -> Iterator[Cluster]:
    """A primary; `replicate` gives it a standby."""
    if binaries() is None:
        pytest.skip(SKIP)
    base = Path(tempfile.mkdtemp(prefix="mixbot-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(base, "postgres", "postgres")
        cluster = Cluster(base)
        cluster.begin()
        try:
            yield cluster
        finally:
            cluster.primary.stop()
            cluster.standby.stop()
    finally:
        shutil.rmtree(base, ignore_errors=True)
