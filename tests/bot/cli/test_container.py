"""What the image starts, started the same way without a container: as a user without rights, who may write to /data."""

import asyncio
import os
import re
import shlex
import shutil
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bot.sandbox import Sandbox, open_sandbox
from tests.bot.programs import ROOT, bot_environment, clean_environment, program

UID = 10001
PYTHONS = [sys.executable, "/usr/bin/python3.11", "/usr/local/bin/python3.11"]
DRAIN_S = 10.0


def entry_point() -> list[str]:
    """What the Dockerfile starts, without the `python` before it."""
    text = (ROOT / "Dockerfile").read_text()
    words = re.findall(r"(?m)^(?:ENTRYPOINT|CMD) \[(.*)\]$", text)
    return shlex.split(" ".join(words).replace(",", " "))[1:]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A /data for a user without rights; the tests' own temporary folders are closed to others."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    made = Path(tempfile.mkdtemp(prefix="mixbot-data-"))
    os.chown(made, UID, UID)
    yield made
    shutil.rmtree(made)


def python_for_everybody(environ: dict[str, str]) -> str:
    """A Python that a user without rights may start, and that finds the packages."""
    for python in PYTHONS:
        command = [python, "-c", "import bot.app, handlers, config"]
        try:
            tried = subprocess.run(command, env=environ, cwd="/", user=UID, group=UID, capture_output=True, check=False)
        except OSError:
            continue
        if tried.returncode == 0:
            return python
    pytest.skip("no Python on this machine can be started by a user without rights")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox() as opened:
        yield opened


async def test_check_17_entry_point_as_unprivileged_user(sandbox: Sandbox, folder: Path) -> None:
    """It serves as uid 10001, is healthy, turns unhealthy without Blaze, and ends on SIGTERM with 0 within 10 s."""
    environ = bot_environment(sandbox, folder) | {"PYTHONPATH": os.pathsep.join([str(ROOT), *site.getsitepackages()])}
    environ |= {
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "HOME": str(folder),
        "MIXBOT_READY_STALE_S": "1",
    }
    os.chown(folder / "keystore.json", UID, UID)
    python = python_for_everybody(environ)
    as_nobody = {"user": UID, "group": UID, "extra_groups": []}

    async with program(*entry_point()[2:], cwd=Path("/"), environ=environ, python=python, **as_nobody) as service:
        listening = await service.says("web.listening")
        assert "mixbot console url" in await service.says("console.served")
        await service.says("blaze.connected")
        found = re.search(r'"port":(\d+)', listening)
        assert found
        environ["MIXBOT_PORT"] = found[1]
        status = Path(f"/proc/{service.process.pid}/status").read_text()
        sandbox.say("Alice", "/ping as nobody")
        await service.says("message.handled")

        async def healthy() -> bool:
            async with program("health", cwd=Path("/"), environ=environ, python=python, **as_nobody) as asked:
                return await asked.ends() == 0

        await _until(healthy, True)
        sandbox.faults.add("half_open")
        await _until(healthy, False)
        sandbox.faults.clear()

        began = time.monotonic()
        service.process.terminate()
        assert await service.ends() == 0
        assert time.monotonic() - began < DRAIN_S
        assert "/login?t=" not in service.text

    assert re.search(rf"Uid:\t{UID}\t{UID}\t{UID}\t{UID}", status)
    assert "Traceback" not in service.text
    assert {path.name for path in folder.iterdir()} == {"keystore.json", "data"}
    answers = [message.data for message in sandbox.history("Alice") if message.user_id == sandbox.bot_id]
    assert answers.count(b"pong as nobody") == 1


async def _until(ask: Callable[[], Awaitable[bool]], wanted: bool) -> None:
    async with asyncio.timeout(90):
        while await ask() is not wanted:
            await asyncio.sleep(0.1)


def test_the_variables_of_the_image_are_settings() -> None:
    """With the image's own variables the settings load, and data go to /data."""
    pairs = re.findall(r"(MIX\w+)=(\S+)", (ROOT / "Dockerfile").read_text())
    environ = clean_environment(**dict(pairs))
    command = [sys.executable, "-m", "bot", "config", "show"]
    shown = subprocess.run(command, env=environ, cwd="/", capture_output=True, text=True, check=True).stdout

    assert "db.url\tsqlite:////data/bot.db\n" in shown
    assert "web.host\t0.0.0.0\n" in shown
