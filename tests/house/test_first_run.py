"""A stranger's first minutes, on a machine that has nothing but Python, make and git."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.sandbox import open_sandbox
from tests.bot.programs import bot_environment
from tests.house.docs_project import ROOT, copy_project, environment


def alone(*what: str) -> list[str]:
    """A command in namespaces of its own: root there, and nobody here."""
    command = ["unshare", "--user", "--map-root-user", *what, "sh", "-c"]
    try:
        possible = subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        possible = False
    if not possible:
        pytest.skip("this system does not let namespaces be made")
    return command


def first_clone(folder: Path) -> Path:
    """What `git clone` gives; the tests of this change included, as far as git knows of it."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a git work tree")
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True, capture_output=True)
    return folder


async def until_ready(*command: str, cwd: Path, environ: dict[str, str]) -> tuple[str, int]:
    """Start the demo, wait until it is ready, end it; gives what was said, and the exit code."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, env=environ, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    try:
        async for line in process.stdout:
            said += line.decode()
            if b"Ctrl-C ends it." in line:
                os.killpg(process.pid, signal.SIGINT)
        return said, await process.wait()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


@pytest.mark.index
@pytest.mark.timeout(600)
async def test_check_01_from_a_clone_to_a_chat_by_one_command(tmp_path: Path) -> None:
    """Fresh clone, empty cache: `make demo` gets ready; again at once; and `python demo.py` does without make."""
    project = first_clone(tmp_path / "mixbot")
    environ = environment(PIP_CACHE_DIR=str(tmp_path / "cache"), PYTHON=sys.executable)
    said, _ = await until_ready("make", "demo", cwd=project, environ=environ)
    if "Is the network there?" in said:
        pytest.skip("there is no package index within reach")
    assert "Ready." in said, said
    assert "Traceback" not in said
    again, _ = await until_ready("make", "demo", cwd=project, environ=environ)
    bare, _ = await until_ready(sys.executable, "demo.py", cwd=project, environ=environ)

    assert "installing" in said
    assert "installing" not in again + bare
    assert "Ready." in again
    assert "Ready." in bare


async def test_check_02_the_demo_needs_no_network(tmp_path: Path) -> None:
    """In a network of its own with no way out, the demo gets ready, and a message is answered."""
    project = copy_project(tmp_path / "mixbot")
    script = (
        "ip link set lo up; .venv/bin/mixbot demo & demo=$!; "
        "until [ -e .sandbox/running.json ]; do sleep 0.1; done; "
        "echo /ping without a way out | .venv/bin/mixbot chat; kill -INT $demo; wait $demo"
    )
    if shutil.which("ip") is None:
        pytest.skip("there is no `ip` here to bring the loopback device up")
    process = await asyncio.create_subprocess_exec(
        *alone("--net"), script, cwd=project, env=environment(), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await process.communicate())[0].decode()

    assert " ◂ pong without a way out" in said, said
    assert "Ready. Demo Bot (7000999001) is listening." in said
    assert "Traceback" not in said
    assert process.returncode == 0


async def test_F36_a_start_on_a_full_disk_says_so(tmp_path: Path) -> None:
    """With no room for the database the service ends with MB204 and its reason, and leaves nothing half made."""
    async with open_sandbox() as sandbox:
        environ = bot_environment(sandbox, tmp_path)
        disk = tmp_path / "data"
        disk.mkdir()
        mounted = f"mount -t tmpfs -o size=8k none {disk}"
        script = f"{mounted} && {{ {sys.executable} -m bot run; code=$?; ls -A {disk}; exit $code; }}"
        process = await asyncio.create_subprocess_exec(
            *alone("--mount"), script, cwd=tmp_path, env=environ, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said = (await process.communicate())[0].decode()

    assert process.returncode == 2, said
    assert re.search(r"MB204  .*(No space left on device|SQLITE_FULL)", said), said
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "bot.db.lock"
