"""Every test of the store runs on both engines: a SQLite file, and a database of a real PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.records import Store
from bot.store import Database, open_store, upgrade_schema
from tests.ports import free_port
from tests.postgres import new_database, postgres_server

__all__ = ["postgres_server"]

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
BOT = "965e5c6e-434c-3fa9-b780-c50f43cd955c"


class Clock:
    """The store's clock; stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a database that has the tables already: copying it takes a moment."""
    with new_database(postgres_server) as url:
        upgrade_schema(url)
        yield str(make_url(url).database)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database where nothing is yet."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path}/data/bot.db"
    else:
        with new_database(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.fixture
def url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database of this test's own, with tables where copying them is cheap."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path}/data/bot.db"
    else:
        server, template = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_template"))
        with new_database(server, template) as url:
            yield url


@pytest.fixture
def unused_tcp_port() -> int:
    return free_port()


@pytest.fixture
async def database(url: str, clock: Clock) -> AsyncIterator[Database]:
    async with open_store(url, now=clock) as database:
        yield database


@pytest.fixture
def store(database: Database) -> Store:
    return database.bot(BOT)
