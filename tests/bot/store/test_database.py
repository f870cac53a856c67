"""Transactions, and a database that is locked, full, gone or restarted under the running service."""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.errors import NotKept
from bot.message import Outgoing, Text
from bot.records import Sighting, Store
from bot.store import check_database, open_store
from bot.users import User

from .conftest import BOT, NOON

ANNA = Sighting("anna", "c", "m0", NOON)


async def subscribed(store: Store) -> int:
    return (await store.counts(NOON))["subscribed"]


async def test_a_transaction_becomes_real_as_a_whole(store: Store) -> None:
    """What is done in the block is seen inside at once, and outside when the block ends."""
    await store.meet([ANNA])
    async with store.transaction() as transaction:
        await transaction.set_subscribed("anna", False)
        async with transaction.transaction() as inner:
            await inner.keep_mark("m1", [Outgoing("r", "c", "u", Text("bye"))])
        assert await transaction.mark("m1") is not None
        assert await subscribed(transaction) == 0
        assert await store.mark("m1") is None
        assert await subscribed(store) == 1

    assert await store.mark("m1") is not None
    assert await subscribed(store) == 0


async def test_an_error_in_the_block_undoes_it_and_stays_what_it_is(store: Store) -> None:
    """Whatever leaves the block, even an OSError of something else, is not taken for the database's, and undoes all."""
    await store.meet([ANNA])

    async def fail() -> None:
        async with store.transaction() as transaction:
            await transaction.set_subscribed("anna", False)
            raise ConnectionResetError("not the database")

    with pytest.raises(ConnectionResetError):
        await fail()
    assert await subscribed(store) == 1


async def test_a_swallowed_error_undoes_the_block_too(store: Store) -> None:
    """A step that failed cannot be overlooked: PostgreSQL would turn the commit into a rollback without a word."""
    await store.meet([ANNA])
    await store.keep_mark("m1", ())

    async def swallow() -> None:
        async with store.transaction() as transaction:
            await transaction.set_subscribed("anna", False)
            with suppress(NotKept):
                await transaction.keep_mark("m1", ())

    with pytest.raises(NotKept):
        await swallow()
    assert await subscribed(store) == 1


async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(store: Store) -> None:
    """A time limit that strikes in the middle undoes the block, and the next writer goes on at once."""
    await store.meet([ANNA])
    inside = asyncio.Event()

    async def hang() -> None:
        async with store.transaction() as transaction:
            await transaction.set_subscribed("anna", False)
            inside.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await inside.wait()
    hanging.cancel()
    await asyncio.wait([hanging])

    assert await subscribed(store) == 1
    await store.set_language("anna", "zh")


async def test_steps_of_one_transaction_may_run_side_by_side(store: Store) -> None:
    """A command may gather its own steps: they share the connection one after the other."""
    async with store.transaction() as transaction:
        await asyncio.gather(*(transaction.begin_attempts([f"m{index}"]) for index in range(10)))

    assert await store.begin_attempts(["m3"]) == {"m3": 1}


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Another program holds the lock of the database, or of its people, while the block runs."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
    else:
        with psycopg.connect(url) as session:
            session.execute("LOCK TABLE people IN SHARE MODE")
            yield


async def test_F35_a_locked_database_is_asked_again_and_stops_nothing_else(url: str) -> None:
    """While another program holds the lock a write fails as one to repeat, reads go on, and so does the event loop."""
    async with open_store(url, busy_timeout_s=0.3) as database:
        store = database.bot(BOT)
        await store.meet([ANNA])
        with locked(url):
            writing = asyncio.create_task(store.set_subscribed("anna", False))
            reads = 0
            while not writing.done():
                assert await subscribed(store) == 1
                reads += 1
            assert isinstance(writing.exception(), NotKept)
            assert reads > 3

        await store.set_subscribed("anna", False)
        assert await subscribed(store) == 0


async def test_F35_writers_of_this_process_wait_for_each_other(url: str) -> None:
    """A long transaction makes other writers of the same row wait, or fail as ones to repeat; none is lost."""
    async with open_store(url, busy_timeout_s=0.3) as database:
        store = database.bot(BOT)
        await store.meet([ANNA])
        async with store.transaction() as transaction:
            await transaction.set_language("anna", "zh")
            with pytest.raises(NotKept):
                await store.set_subscribed("anna", False)

        await store.set_subscribed("anna", False)
        anna = await store.person("anna")
        assert anna is not None
        assert (anna.language, anna.subscribed) == ("zh", False)


async def test_F14_F35_a_write_that_is_cancelled_leaves_no_lock_behind(url: str) -> None:
    """Cancelled at any moment, as by a time limit, a write lets the next one through at once."""
    people = [User(f"u{number}", str(number), "Name") for number in range(90)]
    chance = random.Random(35)
    async with open_store(url, busy_timeout_s=0.3) as database:
        store = database.bot(BOT)
        await store.meet([Sighting(user.id, "c", "m0", NOON) for user in people])
        for _ in range(150):
            writing = asyncio.create_task(store.set_profiles(people))
            await asyncio.sleep(chance.random() * 0.006)
            writing.cancel()
            await asyncio.wait([writing])
            await store.set_subscribed("u1", True)


FULL = """
import asyncio, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.errors import NotKept
from bot.message import Outgoing, Text
from bot.store import check_database, open_store

async def main(path):
    reply = [Outgoing("r", "c", "u", Text("x" * 20_000))]
    async with open_store(f"sqlite:///{path}") as database:
        store = database.bot("b")
        await store.keep_mark("before", reply)
        size = max(Path(path).stat().st_size, Path(path + "-wal").stat().st_size)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50_000, resource.RLIM_INFINITY))
        kept = failed = 0
        while failed < 3:
            try:
                await store.keep_mark(f"m{kept}", reply)
                kept += 1
            except NotKept as error:
                failed += 1
                text = str(error)
        assert await store.mark("before") is not None
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await store.keep_mark(f"m{kept}", reply)
        for index in range(kept + 1):
            assert await store.mark(f"m{index}") is not None, index
        print(kept, text)

asyncio.run(main(sys.argv[1]))
"""


def test_F36_a_full_disk_is_survived(tmp_path: Path) -> None:
    """When no byte more can be written, writes fail as ones to repeat, reads go on, and it works again with space."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", FULL, str(tmp_path / "data" / "bot.db")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONPATH": "."},
    )

    assert ran.returncode == 0, ran.stderr
    assert "did not do its work (SQLITE_" in ran.stdout
    assert "INSERT" not in ran.stdout


async def test_F36_a_deleted_file_is_noticed(tmp_path: Path) -> None:
    """A database file that vanished, or was replaced, is never written to in vain; put back, it works again."""
    path = tmp_path / "bot.db"
    async with open_store(f"sqlite:///{path}") as database:
        store = database.bot(BOT)
        await store.meet([ANNA])
        path.rename(tmp_path / "elsewhere")
        with pytest.raises(NotKept, match="gone"):
            await store.set_subscribed("anna", False)
        path.touch()
        with pytest.raises(NotKept, match="replaced"):
            await store.set_subscribed("anna", False)
        (tmp_path / "elsewhere").replace(path)

        await store.set_subscribed("anna", False)
        assert await subscribed(store) == 0


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgresql"])
async def test_F36_a_server_that_goes_away_and_returns(url: str, store: Store) -> None:
    """Sessions that the server ended, and a server that lets nobody in, are errors to repeat; then it works again."""
    await store.meet([ANNA])
    target = make_url(url)
    name = target.database
    with psycopg.connect(target.set(database="postgres").render_as_string(), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        for _ in range(3):
            with pytest.raises(NotKept):
                await store.set_subscribed("anna", False)
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    await store.set_subscribed("anna", False)
    assert await subscribed(store) == 0


CRASH = """
import asyncio, sys
from datetime import UTC, datetime
from bot.message import Outgoing, Text
from bot.records import Sighting
from bot.store import check_database, open_store

async def main(url):
    now = datetime.now(UTC)
    async with open_store(url) as database:
        store = database.bot("b")
        async def write(lane):
            index = 0
            while True:
                who = f"{lane}-{index}"
                async with store.transaction() as transaction:
                    await transaction.meet([Sighting(who, "c", who, now)])
                    await transaction.keep_mark(who, [Outgoing("r", "c", who, Text("x" * 3000))])
                print("done", who, flush=True)
                index += 1
        await asyncio.gather(*(write(lane) for lane in range(4)))

asyncio.run(main(sys.argv[1]))
"""


def killed_after(reports: int, url: str) -> set[str]:
    """Run the writer above, kill it once it has reported that many transactions; all that it reported."""
    with subprocess.Popen(
        [sys.executable, "-c", CRASH, url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONPATH": "."},
    ) as child:
        assert child.stdout is not None
        reported: set[str] = set()
        for line in child.stdout:
            if line.startswith("done "):
                reported.add(line.split()[1])
            if len(reported) == reports:
                child.kill()
    return reported


@pytest.mark.parametrize("reports", [1, 12, 25])
async def test_F27_F29_kill_9_in_the_middle_of_writes(url: str, reports: int) -> None:
    """Killed at any moment: each transaction that was reported is there, none is there by half, the file is sound."""
    reported = await asyncio.to_thread(killed_after, reports, url)

    async with open_store(url) as database:
        store = database.bot("b")
        assert len(reported) >= reports
        whole = 0
        for lane in range(4):
            index = 0
            while await store.mark(who := f"{lane}-{index}") is not None:
                assert await store.person(who) is not None
                index += 1
            assert not {who for who in reported if who.startswith(f"{lane}-") and int(who[2:]) >= index}
            whole += index
        assert (await store.counts(NOON))["people"] == whole
    assert check_database(url) == ()
