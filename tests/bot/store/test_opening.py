"""Opening a database: private files, wrong addresses, and damage that is never repaired by beginning anew."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import SetupError
from bot.message import Outgoing, Text
from bot.records import Sighting
from bot.store import backup_database, check_database, open_store
from bot.store.engine import open_file
from bot.store.location import locate

from .conftest import BOT, NOON


async def filled(path: Path) -> str:
    url = f"sqlite:///{path}"
    async with open_store(url) as database:
        store = database.bot(BOT)
        await store.meet([Sighting(f"u{index}", "c", "m", NOON) for index in range(2000)])
    return url


async def test_T24_file_modes(tmp_path: Path) -> None:
    """The directory is its owner's alone, and so is each file in it, while the service runs and in the backups."""
    path = tmp_path / "data" / "bot.db"
    async with open_store(f"sqlite:///{path}") as database:
        await database.bot(BOT).meet([Sighting("anna", "c", "m", NOON)])
        backup_database(f"sqlite:///{path}")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (path.parent, *path.parent.rglob("*"))}

    assert {"bot.db", "bot.db-wal", "bot.db-shm", "data", "backups"} <= modes.keys()
    assert {name: oct(mode) for name, mode in modes.items() if mode not in (0o600, 0o700)} == {}


async def test_T24_an_open_file_is_closed_and_an_open_directory_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A database that others can read is made private; a directory of somebody's own is left alone, with a warning."""
    path = tmp_path / "shared" / "bot.db"
    path.parent.mkdir()
    path.parent.chmod(0o755)
    url = await filled(path)
    path.chmod(0o644)
    assert check_database(url) == (f"{path} can be read by others (mode 0644); chmod 600 it.",)
    async with open_store(url):
        pass

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755
    assert "store.directory_open" in capsys.readouterr().out


async def test_T24_deleted_rows_leave_no_trace_in_the_file(tmp_path: Path) -> None:
    """What is deleted is overwritten: the file holds nothing of it."""
    path = tmp_path / "bot.db"
    url = f"sqlite:///{path}"
    async with open_store(url) as database:
        store = database.bot(BOT)
        await store.keep_mark("m1", [Outgoing("r", "c", "u", Text("canary-2b7e"))])
        await store.prune(NOON.replace(year=9999))
    async with open_store(url):
        pass

    assert b"canary-2b7e" not in path.read_bytes()


SETTINGS: dict[str, object] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "secure_delete": 1,
    "busy_timeout": 5000,
}


def test_F29_every_connection_is_durable(tmp_path: Path) -> None:
    """WAL, and a flush to the disk for each commit, on each connection of the service."""
    engine = open_file(locate(f"sqlite:///{tmp_path}/bot.db"))
    with engine.connect() as one, engine.connect() as other:
        for connection in (one, other):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in SETTINGS}
            connection.rollback()
            assert found == SETTINGS
    engine.dispose()


def overwrite_the_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 12] = b"\xa5" * 4096 * 9
    path.write_bytes(content)


def overwrite_the_beginning(path: Path) -> None:
    path.write_bytes(b"not a database at all, but longer than its header would be" * 100)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 4096 * 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def lose(path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(b"\x37\x7f\x06\x82 what was committed last")
    path.unlink()


@pytest.mark.parametrize("damage", [overwrite_the_middle, overwrite_the_beginning, cut_off, empty, lose])
@pytest.mark.parametrize("backed_up", [False, True])
async def test_F37_a_damaged_database_is_refused_and_left_alone(
    tmp_path: Path, damage: Callable[[Path], None], backed_up: bool
) -> None:
    """Damaged, cut off, emptied or lost: exit 2, how to restore, from which file; not a byte is changed."""
    path = tmp_path / "data" / "bot.db"
    url = await filled(path)
    backup = backup_database(url) if backed_up else None
    damage(path)
    before = {file: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}

    with pytest.raises(SetupError, match="MB203: ") as refused:
        async with open_store(url, auto_migrate=True):
            pass

    assert refused.value.exit_code == 2
    assert f"`mixbot db restore {backup or 'FILE'}`" in str(refused.value)
    assert {file: file.read_bytes() for file in path.parent.iterdir() if file.is_file()} == before


async def test_F36_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    """Where a file is in the place of the directory, or a directory in that of the file, the text says which."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(SetupError, match=r"MB204: .*data"):
        async with open_store(f"sqlite:///{tmp_path}/data/bot.db"):
            pass
    (tmp_path / "bot.db").mkdir()
    with pytest.raises(SetupError, match=r"MB20[34]: .*bot\.db"):
        async with open_store(f"sqlite:///{tmp_path}/bot.db"):
            pass


async def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    """A SQLite file with foreign tables is not ours to write into."""
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")

    with pytest.raises(SetupError, match=r"MB204: .* another program's tables"):
        async with open_store(f"sqlite:///{path}"):
            pass


@pytest.mark.parametrize(
    "url",
    ["", "bot.db", "mysql://root:hunter2@host/db", "sqlite://", "sqlite:///:memory:", "postgresql://u:hunter2@h:x/d"],
)
async def test_other_addresses_are_refused_with_examples(url: str) -> None:
    """What is no address of a database we know is refused with two examples, and without the password in it."""
    with pytest.raises(SetupError, match="MB204: ") as refused:
        async with open_store(url):
            pass
    assert "sqlite:///data/bot.db" in str(refused.value)
    assert "hunter2" not in str(refused.value)


async def test_nobody_answers_at_the_address(unused_tcp_port: int) -> None:
    """A PostgreSQL that is not there: exit 7, for it may come; the address, and no password."""
    with pytest.raises(SetupError, match=f"MB204: .*127.0.0.1:{unused_tcp_port}/bot") as refused:
        async with open_store(f"postgresql://bot:hunter2@127.0.0.1:{unused_tcp_port}/bot"):
            pass
    assert refused.value.exit_code == 7
    assert "hunter2" not in str(refused.value)
