"""`mixbot db`: an older database is refused, saved, brought up to date, and put back."""

import io
import shutil
from pathlib import Path

import pytest

from bot.sandbox import open_sandbox
from bot.store import schema_status, upgrade_schema
from bot.store.engine import open_sync
from bot.store.location import locate
from bot.store.schema import migrate, steps
from tests.bot.programs import Mixbot, bot_environment, mixbot, program

__all__ = ["mixbot"]


def downgrade(url: str) -> None:
    """Leave the database as the version before this one left it."""
    upgrade_schema(url)
    location = locate(url)
    with open_sync(location).begin() as connection:
        migrate(connection, location, steps()[-2].revision)


async def test_check_13_an_older_database_is_refused_then_upgraded(tmp_path: Path) -> None:
    """`run` ends with 3 and the command to type, which works; then `run` runs; restore brings the old one back."""
    async with open_sandbox() as sandbox:
        environ = bot_environment(sandbox, tmp_path)
        url = environ["MIXBOT_DB_URL"]
        (tmp_path / "data").mkdir(mode=0o700)
        downgrade(url)
        older = schema_status(url).current

        async with program("run", cwd=tmp_path, environ=environ) as refused:
            assert await refused.ends() == 3
        async with program("db", "backup", cwd=tmp_path, environ=environ) as backup:
            assert await backup.ends() == 0
        async with program("db", "upgrade", cwd=tmp_path, environ=environ) as upgrade:
            assert await upgrade.ends() == 0
        async with program("run", cwd=tmp_path, environ=environ) as service:
            await service.says("blaze.connected")
            service.process.terminate()
            assert await service.ends() == 0
        saved = backup.text.splitlines()[-1]
        async with program("db", "restore", saved, "--yes", cwd=tmp_path, environ=environ) as restore:
            assert await restore.ends() == 0

    assert f"MB201  Database schema is {older}" in refused.text
    assert "`mixbot db backup && mixbot db upgrade`" in refused.text
    assert schema_status(url).current == older


def test_status_shows_the_steps_between(mixbot: Mixbot, tmp_path: Path) -> None:
    """What each pending step does, for people and for programs."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    downgrade(url)

    told, listed = mixbot("db", "status", MIXBOT_DB_URL=url), mixbot("db", "status", "--json", MIXBOT_DB_URL=url).json

    assert f"  {steps()[-1].revision}  {steps()[-1].does}" in told.out
    assert [step["revision"] for step in listed["pending"]] == [listed["head"]]


def test_check_says_what_is_wrong(mixbot: Mixbot, tmp_path: Path) -> None:
    """A sound database is said to be so; another file ends with a code."""
    upgrade_schema(f"sqlite:///{tmp_path / 'bot.db'}")
    (tmp_path / "bad.db").write_bytes(b"no database at all" * 100)

    sound = mixbot("db", "check", MIXBOT_DB_URL="sqlite:///bot.db")
    bad = mixbot("db", "check", MIXBOT_DB_URL="sqlite:///bad.db")

    assert (sound.code, sound.out) == (0, "The database is sound.\n")
    assert bad.code != 0
    assert bad.err


def test_restore_asks_first(mixbot: Mixbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can be asked, nothing is replaced without --yes."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    upgrade_schema(url)
    saved = mixbot("db", "backup", MIXBOT_DB_URL=url).out.strip()
    shutil.copy(tmp_path / "bot.db", tmp_path / "before.db")
    monkeypatch.setattr("sys.stdin", io.StringIO())

    said = mixbot("db", "restore", saved, MIXBOT_DB_URL=url)

    assert said.code == 2
    assert "--yes" in said.err
    assert (tmp_path / "bot.db").read_bytes() == (tmp_path / "before.db").read_bytes()
