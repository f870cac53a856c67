"""What a supervisor hears that asked to be told."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot.systemd import ALIVE, READY, stay_alive, tell


@pytest.fixture(params=["path", "abstract"])
def supervisor(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    """Listens where systemd would: at a path, or at a name in Linux's abstract space."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@mixbot-{os.getpid()}-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as listening:
        listening.bind("\0" + name[1:] if name[0] == "@" else name)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield listening


async def test_a_supervisor_hears_that_the_bot_is_ready(supervisor: socket.socket) -> None:
    """One datagram, as sd_notify(3) has it."""
    assert tell(READY)

    assert supervisor.recv(100) == b"READY=1\nSTATUS=Serving"


async def test_a_watchdog_is_told_as_long_as_the_loop_turns(
    supervisor: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, and again before its time is over."""
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    loop, heard = asyncio.get_running_loop(), []
    beats = asyncio.create_task(stay_alive())
    for _ in range(3):
        async with asyncio.timeout(30):
            heard.append((await loop.sock_recv(supervisor, 100), loop.time()))
    beats.cancel()

    assert {said for said, _ in heard} == {ALIVE.encode()}
    assert heard[-1][1] - heard[0][1] < 2.0


@pytest.mark.parametrize("limit", ["", "0", "soon"])
async def test_without_a_watchdog_nothing_is_said(
    limit: str, supervisor: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No limit, or none that can be understood: it ends by itself."""
    monkeypatch.setenv("WATCHDOG_USEC", limit)
    await stay_alive()

    with pytest.raises(BlockingIOError):
        supervisor.recv(100)


async def test_a_watchdog_of_another_process_is_left_alone(
    supervisor: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables may have been inherited."""
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    await stay_alive()

    with pytest.raises(BlockingIOError):
        supervisor.recv(100)


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "/nowhere/at/all"])
async def test_a_supervisor_that_is_away_stops_nobody(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No address, one that cannot be spoken to, or one where nobody listens: the bot goes on."""
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    with structlog.testing.capture_logs() as logs:
        assert not tell(READY)

    assert {line["event"] for line in logs} <= {"systemd.not_told"}
