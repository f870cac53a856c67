"""Backups: complete copies made under load, kept in number, and put back only when they are what they say."""

import asyncio
import hashlib
import os
import stat
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.errors import SetupError
from bot.message import Outgoing, Text
from bot.records import Sighting
from bot.roles import hold
from bot.store import backup_database, check_database, lock_of, open_store, restore_database, schema
from bot.store.backup import KEEP, checksum_file
from bot.store.location import locate

from .conftest import BOT, NOON


@pytest.fixture(autouse=True)
def beside_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's backups go into `data` where the command runs."""
    monkeypatch.chdir(tmp_path)


async def people(url: str) -> int:
    async with open_store(url) as database:
        return (await database.bot(BOT).counts(NOON))["people"]


async def meet(url: str, *names: str) -> None:
    async with open_store(url) as database:
        await database.bot(BOT).meet([Sighting(name, "c", "m", NOON) for name in names])


async def test_a_backup_made_under_load_is_complete(url: str, engine: str) -> None:
    """While others write, a copy is made that holds each transaction whole, private, with its checksum beside it."""
    async with open_store(url) as database:
        store = database.bot(BOT)
        written, stop = asyncio.Event(), asyncio.Event()

        async def write() -> None:
            index = 0
            while not stop.is_set():
                async with store.transaction() as transaction:
                    await transaction.meet([Sighting(f"u{index}", "c", "m", NOON)])
                    await transaction.keep_mark(f"u{index}", [Outgoing("r", "c", "u", Text("x" * 500))])
                index += 1
                if index == 5:
                    written.set()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(write())
            await written.wait()
            file = await asyncio.to_thread(backup_database, url)
            stop.set()

    assert file.name.endswith(f"Z-{schema.head()}.{'db' if engine == 'sqlite' else 'dump'}")
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(checksum_file(file).stat().st_mode) == 0o600
    assert checksum_file(file).read_text() == f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
    await asyncio.to_thread(restore_database, url, file)
    assert check_database(url) == ()
    async with open_store(url) as database:
        store = database.bot(BOT)
        count = (await store.counts(NOON))["people"]
        assert count >= 5
        for index in range(count):
            assert await store.mark(f"u{index}") is not None
        assert await store.mark(f"u{count}") is None


async def test_what_is_replaced_is_saved_first(url: str) -> None:
    """After a restore the state from before it is a backup like any other."""
    await meet(url, "anna")
    old = backup_database(url)
    await meet(url, "ben", "cid")

    saved = restore_database(url, old)
    assert await people(url) == 1
    assert saved is not None
    restore_database(url, saved)
    assert await people(url) == 3


async def test_only_the_newest_are_kept(url: str) -> None:
    """Seven backups, their checksums, and no leftovers; the newest is among them."""
    await meet(url, "anna")
    made = [backup_database(url) for _ in range(KEEP + 3)]

    kept = made[-KEEP:]
    assert sorted(made[0].parent.iterdir()) == sorted(kept + [checksum_file(file) for file in kept])
    assert locate(url).backups() == kept[::-1]


async def test_a_restore_is_refused_while_the_service_runs(url: str) -> None:
    """Nobody pulls the database away under a running service."""
    await meet(url, "anna")
    file = backup_database(url)
    async with hold(f"bot:{BOT}", where=lock_of(url)):
        with pytest.raises(SetupError, match="MB205: The service is running"):
            restore_database(url, file)
    restore_database(url, file)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


async def test_a_changed_backup_is_refused(url: str) -> None:
    """One flipped bit, a missing checksum or a missing file: refused, and the database is untouched."""
    await meet(url, "anna")
    file = backup_database(url)
    await meet(url, "ben")
    flip(file)
    with pytest.raises(SetupError, match=r"MB205: .*is not what its checksum says"):
        restore_database(url, file)
    flip(file)
    checksum_file(file).rename("elsewhere")
    with pytest.raises(SetupError, match=r"MB205: .*sha256sum"):
        restore_database(url, file)
    Path("elsewhere").rename(checksum_file(file))
    file.unlink()
    with pytest.raises(SetupError, match="MB205: Cannot read"):
        restore_database(url, file)

    assert await people(url) == 2


async def test_what_is_no_backup_of_ours_is_refused(url: str, engine: str) -> None:
    """A file that only has the right checksum is not enough."""
    await meet(url, "anna")
    file = Path(f"fake-0001.{'db' if engine == 'sqlite' else 'dump'}")
    file.write_bytes(os.urandom(5000))
    checksum_file(file).write_text(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  fake\n")
    with pytest.raises(SetupError, match="MB205: "):
        restore_database(url, file)

    assert await people(url) == 1


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_F37_a_damaged_database_can_be_replaced(url: str) -> None:
    """What the refusal says works: the damaged file is set aside as it is, and the backup takes its place."""
    await meet(url, "anna")
    file = backup_database(url)
    path = locate(url).path
    assert path is not None
    path.write_bytes(b"damaged" * 5000)

    saved = restore_database(url, file)

    assert saved is not None
    assert saved.read_bytes() == b"damaged" * 5000
    assert await people(url) == 1


async def test_nothing_to_back_up(empty_url: str) -> None:
    """Where there are no tables there is no backup, and a check says what is missing."""
    with pytest.raises(SetupError, match="MB205: There is nothing to back up"):
        backup_database(empty_url)
    assert len(check_database(empty_url)) == 1


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgresql"])
async def test_without_pg_dump_the_command_is_given(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PostgreSQL's tools are not installed the text is the command to run elsewhere, without the password."""
    await meet(url, "anna")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("bot.store.dump.DEBIAN", Path("/nowhere"))

    with pytest.raises(SetupError, match=r"MB205: pg_dump is not installed here.*`pg_dump --format=custom"):
        backup_database(url.replace("postgres@", "postgres:hunter2@"))


def test_check_of_an_empty_file_says_that_it_lost_everything(tmp_path: Path) -> None:
    """A database file without a byte is damage, not an old version."""
    path = tmp_path / "bot.db"
    path.touch()

    with pytest.raises(SetupError, match=r"MB203: .*is an empty file"):
        check_database(f"sqlite:///{path}")


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_the_servers_own_tools_make_a_backup_too(url: str, tmp_path: Path) -> None:
    """The two lines of docs/how-to/deploy-docker.md: `pg_dump` beside a running bot, `pg_restore` over it."""
    tools = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    file = tmp_path / "bot.dump"

    def run(tool: str, *words: str) -> None:
        subprocess.run([tools / tool, f"--dbname={address}", *words], check=True, capture_output=True)

    await meet(url, "anna")
    async with open_store(url):
        run("pg_dump", "--format=custom", f"--file={file}")
    await meet(url, "ben")
    run("pg_restore", "--clean", "--if-exists", "--single-transaction", str(file))

    assert check_database(url) == ()
    assert await people(url) == 1
