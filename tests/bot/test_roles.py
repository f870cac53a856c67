"""One process holds a role at a time; a second one hears who does, or takes over once the first has finished."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from bot.advisory import role_key
from bot.errors import SetupError
from bot.roles import hold
from tests.postgres import new_database, postgres_server

__all__ = ["postgres_server"]

ROLE = "bot:965e5c6e-434c-3fa9-b780-c50f43cd955c"

HOLDER = """
import asyncio, signal, sys
from pathlib import Path
from bot.errors import SetupError
from bot.roles import hold

async def main(place):
    where = place if "://" in place else Path(place)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with hold(sys.argv[1], where=where) as held:
        print("holding", flush=True)
        asked = [asyncio.create_task(event.wait()) for event in (stop, held.lost)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        print("draining", flush=True)
    print("released", flush=True)

asyncio.run(main(*sys.argv[2:]))
"""


@pytest.fixture(params=["file", pytest.param("postgresql", marks=pytest.mark.postgres)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """A lock file, or a database of this test's own."""
    if request.param == "file":
        yield tmp_path / "data" / "bot.db.lock"
    else:
        with new_database(request.getfixturevalue("postgres_server")) as url:
            yield url


@asynccontextmanager
async def holder(where: Path | str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process that holds the role when the block begins."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", "-c", HOLDER, ROLE, str(where)),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": "."},
    )
    try:
        assert process.stdout is not None
        while (line := await process.stdout.readline()) != b"holding\n":
            assert line, "the holder ended"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said(process: asyncio.subprocess.Process) -> list[str]:
    """What a holder said while it ended, without its log lines."""
    output, _ = await process.communicate()
    return [line for line in output.decode().splitlines() if line in ("draining", "released")]


async def free(where: Path | str) -> None:
    """Wait until nobody holds the role."""
    async with hold(ROLE, where=where, takeover=True):
        pass


async def test_F42_check_18_a_second_instance_is_told_who_was_first(where: Path | str) -> None:
    """The second one ends with exit code 6, and its text names the first one's process, and since when."""
    async with holder(where) as first:
        with pytest.raises(SetupError) as refused:
            async with hold(ROLE, where=where):
                pass

    assert refused.value.exit_code == 6
    assert re.fullmatch(
        rf"MB131: Another copy of this bot is connected \(pid {first.pid} on this host, since \d\d:\d\d\)\. "
        r"Two copies would each get part of the messages\. Stop it, or start this one with `--takeover`\.",
        str(refused.value),
    )


async def test_check_18_takeover_waits_until_the_first_has_finished(where: Path | str) -> None:
    """Taking over asks the first to end, and begins only when that one has drained and released."""
    async with holder(where) as first:
        async with hold(ROLE, where=where, takeover=True) as held:
            assert not held.lost.is_set()
            assert await said(first) == ["draining", "released"]
        assert first.returncode == 0


async def test_F42_the_lock_of_a_killed_process_is_free_at_once(where: Path | str) -> None:
    """No lease has to run out: whoever comes after a kill -9 holds the role as soon as the kernel or server noticed."""
    async with holder(where) as first:
        first.kill()
        await first.wait()
        async with asyncio.timeout(30):
            await free(where)


async def test_released_and_held_again(where: Path | str) -> None:
    """The end of the block frees the role, also when it ends by an error."""

    async def fail() -> None:
        async with hold(ROLE, where=where):
            raise RuntimeError("crash")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="crash"):
            await fail()
    async with hold(ROLE, where=where) as held:
        assert held.role == ROLE
        assert not held.lost.is_set()


async def test_a_process_never_ends_itself(tmp_path: Path) -> None:
    """A second hold in the same process is refused, takeover or not."""
    where = tmp_path / "lock"
    async with hold(ROLE, where=where):
        with pytest.raises(SetupError, match=r"MB131: .* cannot be asked from here"):
            async with hold(ROLE, where=where, takeover=True):
                pass


async def test_a_number_left_from_before_ends_nobody(tmp_path: Path) -> None:
    """A lock file may tell of a process that has nothing to do with it: only one that has the file open is asked."""
    where = tmp_path / "lock"
    bystander = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        async with holder(where) as first:
            told = where.read_text()
            where.write_text(told.replace(f'"pid": {first.pid}', f'"pid": {bystander.pid}'))
            with pytest.raises(SetupError, match=r"MB131: .*did not end within"):
                async with hold(ROLE, where=where, takeover=True, takeover_s=0.5):
                    pass
    finally:
        bystander.kill()
        ended_by = -await bystander.wait()
    assert ended_by == signal.SIGKILL


async def test_a_holder_on_another_host_is_not_asked(tmp_path: Path) -> None:
    """Process numbers mean nothing on another host, or in another container: the text says where to stop it."""
    where = tmp_path / "lock"
    async with holder(where):
        where.write_text('{"pid": 1, "host": "elsewhere", "since": "2026-03-01T08:02:00+00:00"}')
        with pytest.raises(SetupError, match=r"MB131: .*\(pid 1 on elsewhere, since 2026-03-01.*stop it there"):
            async with hold(ROLE, where=where, takeover=True):
                pass


async def test_an_unwritable_lock_file_is_explained(tmp_path: Path) -> None:
    """Where the lock file cannot be, the text names it."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(SetupError, match=r"MB204: Cannot write the lock file .*data/lock"):
        async with hold(ROLE, where=tmp_path / "data" / "lock"):
            pass


async def test_the_key_of_a_role_never_changes() -> None:
    """Processes of different versions have to agree on it."""
    assert role_key("cron") == KEY_OF_CRON
    assert -(2**63) <= role_key(ROLE) < 2**63


KEY_OF_CRON = -4362599743998968752


@pytest.fixture
def server_url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as url:
        yield url


@pytest.mark.postgres
async def test_F42_losing_the_session_is_noticed(server_url: str) -> None:
    """When the server ends the session, the role is somebody else's: `lost` tells at once; exit code 7."""
    with pytest.raises(SetupError, match="MB204: The session") as ended:
        await _lose(server_url)
    assert ended.value.exit_code == 7


async def _lose(server_url: str) -> None:
    async with hold(ROLE, where=server_url) as held:
        async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as admin:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        async with asyncio.timeout(30):
            await held.lost.wait()
        await free(server_url)


@pytest.mark.postgres
async def test_F43_a_frozen_holder_loses_the_role(server_url: str) -> None:
    """One that does not listen when asked loses its session; when it wakes up it finds out, and ends cleanly."""
    async with holder(server_url) as first:
        first.send_signal(signal.SIGSTOP)
        async with hold(ROLE, where=server_url, takeover=True, takeover_s=0.3):
            first.send_signal(signal.SIGCONT)
            assert await said(first) == ["draining", "released"]


@pytest.mark.postgres
async def test_roles_are_held_apart(server_url: str) -> None:
    """Several roles in one database belong to whoever holds each."""
    async with hold("cron", where=server_url), hold(ROLE, where=server_url):
        with pytest.raises(SetupError, match="MB131"):
            async with hold("cron", where=server_url):
                pass


@pytest.mark.postgres
async def test_a_server_that_is_not_there_is_explained() -> None:
    """Without a server there is no role, and no password in the text."""
    with pytest.raises(SetupError, match=r"MB204: Cannot reach PostgreSQL") as refused:
        async with hold(ROLE, where="postgresql://bot:hunter2@127.0.0.1:1/bot"):
            pass
    assert "hunter2" not in str(refused.value)
