"""A real PostgreSQL for tests: the one that $TEST_DATABASE_URL names, or a private one that lives as long as the tests.

In a `conftest.py`: `from tests.postgres import postgres_server, postgres_url`.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from bot.store import upgrade_schema
from tests.ports import free_port

SKIP = "no PostgreSQL: set TEST_DATABASE_URL to a server where databases may be created, or install postgresql"
START_S = 30.0


def binaries() -> Path | None:
    """Where PostgreSQL's programs are, of its newest version; nothing where there are none."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in versions), key=lambda path: int(path.parent.name), default=None)


def unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--pdeathsig=INT", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]


@contextmanager
def private_server() -> Iterator[str]:
    """Start PostgreSQL on a free port of 127.0.0.1 as a child of this process; the address of its first database."""
    folder = binaries()
    if folder is None:
        pytest.skip(SKIP)
    base = Path(tempfile.mkdtemp(prefix="mixbot-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(base, "postgres", "postgres")
        data, port = base / "data", free_port()
        initdb = [str(folder / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N"]
        subprocess.run([*unprivileged(), *initdb, "--no-locale"], check=True, capture_output=True, cwd=base)
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(base),
            "port": str(port),
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "16MB",
            "max_connections": "60",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (base / "log").open("wb") as log:
            server = subprocess.Popen(
                [*unprivileged(), str(folder / "postgres"), "-D", str(data), *settings],
                stdout=log,
                stderr=log,
                cwd=base,
            )
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            _wait_until_it_answers(url, server, base / "log")
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _wait_until_it_answers(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start: {log.read_text()[-2000:]}") from None
            time.sleep(0.05)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server where databases may be created."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
    else:
        with private_server() as url:
            yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty database of this test's own."""
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture(name="url")
def upgraded_url(postgres_url: str) -> str:
    """The same with the tables of today, for several processes."""
    upgrade_schema(postgres_url)
    return postgres_url


@contextmanager
def new_database(server: str, template: str = "template0") -> Iterator[str]:
    """Create a database, and in the end drop it with whoever is still connected."""
    name = f"mixbot_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
