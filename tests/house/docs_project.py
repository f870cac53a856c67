"""A copy of the project with a prepared environment, a shell in it, and a Mixin beside it: where docs are followed."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bot.cli.control import note_running
from bot.sandbox import Sandbox, open_sandbox

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"(?ms)^```(\w+)(?: ([^\n]*))?\n(.*?)^```$")
LEFT_OUT = shutil.ignore_patterns("node_modules", "vectors", "benchmarks", "bot.toml", ".*")
FOREIGN = ("MIXIN_", "MIXBOT_", "PYTEST_", "SSH_CONNECTION", "CI", "MAKE", "ARGS", "PYTHONPATH")
KEYSTORE = "keystore-7000101276.json"
MARKER = "=== that was it:"


class Block(NamedTuple):
    """A fenced block: its language, what else is said behind that, and its lines."""

    language: str
    about: str
    text: str


class Command(NamedTuple):
    """What is typed, and what is shown as its answer."""

    typed: str
    shown: str


def blocks(page: Path) -> list[Block]:
    return [Block(*match) for match in FENCE.findall(page.read_text(encoding="utf-8"))]


def commands(block: Block) -> list[Command]:
    """The commands of a `console` block, which begin with `$ `, each with the lines below it."""
    parts = re.split(r"(?m)^\$ ", block.text)[1:]
    return [Command(typed, shown) for typed, _, shown in (part.partition("\n") for part in parts)]


def agrees(shown: str, said: str) -> bool:
    """Whether a program said what the docs show: any number for a number, any text for `...`, any space for a space."""
    pattern = "".join(
        "(?s:.*)" if line == "..." else re.escape(line).replace(re.escape("..."), "(?s:.*)") + "\n"
        for line in _plain(shown).splitlines()
    )
    return re.fullmatch(pattern, _plain(said)) is not None


def _plain(text: str) -> str:
    lines = (re.sub(r"\s+", " ", re.sub(r"\d+", "0", line)).strip() for line in text.strip().splitlines())
    return "".join(f"{line}\n" for line in lines)


def copy_project(target: Path) -> Path:
    """What a fresh clone has, already compiled, and an environment that `demo.py` finds complete."""
    target.mkdir()
    for folder in ("bot", "handlers", "config", "tests", "docs"):
        shutil.copytree(ROOT / folder, target / folder, ignore=LEFT_OUT)
    for name in (
        "Makefile",
        "demo.py",
        "pyproject.toml",
        "requirements.lock",
        "requirements-tracing.lock",
        "requirements-dev.lock",
    ):
        shutil.copy(ROOT / name, target)
    venv = target / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "lib").symlink_to(Path(sys.prefix) / "lib")
    for tool in (Path(sys.prefix) / "bin").iterdir():
        if tool.name != "mixbot":
            (venv / "bin" / tool.name).symlink_to(tool)
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", venv)
    stamp = f"import demo; demo.write_command({str(venv)!r}); print(demo.fingerprint('dev'), end='')"
    made = subprocess.run([sys.executable, "-c", stamp], cwd=target, capture_output=True, text=True, check=True)
    (venv / "set-up-dev").write_text(made.stdout)
    return target


def environment(**variables: str) -> dict[str, str]:
    """Variables as somebody at a terminal has them, without what tells that it is a test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | {"PYTHON": sys.executable, "PYTHONUNBUFFERED": "1"} | variables


@dataclass
class Shell:
    """A bash that is told one command after the other, as somebody at a terminal would."""

    process: asyncio.subprocess.Process

    async def run(self, typed: str) -> str:
        """Everything that a command says.

        Raises:
            AssertionError: It ends with another exit code than 0.
        """
        self._write(f"{{ {typed}\n}} </dev/null\n")
        return await self._ended(typed)

    async def run_until(self, typed: str, sign: str) -> str:
        """Everything that a command says which would run for ever, until it has said `sign` and was asked to stop."""
        self._write(f"{typed} </dev/null &\n")
        said = await self._read(sign)
        self._write("kill -TERM $!; wait $!\n")
        return said + await self._ended(typed)

    async def _ended(self, typed: str) -> str:
        self._write(f"printf '\\n%s %s\\n' '{MARKER}' $?\n")
        *said, last = (await self._read(MARKER)).splitlines(keepends=True)
        text = "".join(said)
        assert last.split()[-1] == "0", f"{typed} ended with {last.split()[-1]}: {text}"
        return text

    async def _read(self, sign: str) -> str:
        assert self.process.stdout is not None
        said = ""
        async for line in self.process.stdout:
            said += line.decode()
            if sign in said:
                return said
        raise AssertionError(f"the shell ended before it said {sign!r}: {said}")

    def _write(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())


@asynccontextmanager
async def open_shell(project: Path, **variables: str) -> AsyncIterator[Shell]:
    """A shell with `mixbot` on its PATH, as `docs/reference/cli.md` says how."""
    environ = environment(PATH=f"{project}/.venv/bin:{os.environ['PATH']}", **variables)
    async with _program("bash", cwd=project, env=environ) as process:
        yield Shell(process)


@asynccontextmanager
async def open_mixin(project: Path) -> AsyncIterator[dict[str, str]]:
    """As if Mixin were there, with a Keystore in the project; gives the variables that lead to the stand-in."""
    async with open_sandbox() as sandbox:
        path = project / KEYSTORE
        path.write_text(json.dumps(sandbox.keystore))
        path.chmod(0o600)
        yield leading_to(sandbox)


@asynccontextmanager
async def open_demo(project: Path) -> AsyncIterator[dict[str, str]]:
    """What `make demo` starts: a sandbox that leaves word in the project, and the service; gives variables, too."""
    async with open_sandbox() as sandbox:
        home = project / ".sandbox"
        home.mkdir(exist_ok=True)
        note_running(sandbox.page_url, where=home / "running.json")
        keystore = home / "keystore.json"
        keystore.write_text(json.dumps(sandbox.keystore))
        keystore.chmod(0o600)
        variables = leading_to(sandbox) | {
            "MIXIN_KEYSTORE_PATH": str(keystore),
            "MIXBOT_DB_URL": f"sqlite:///{home / 'bot.db'}",
            "MIXBOT_LOG_FORMAT": "json",
        }
        command = (project / ".venv/bin/python", "-m", "bot", "run")
        async with _program(*command, cwd=project, env=environment(**variables)) as process:
            yield {"MIXBOT_PORT": str(await _port_of(process))}


def leading_to(sandbox: Sandbox) -> dict[str, str]:
    return {
        "MIXIN_API_URL": sandbox.url,
        "MIXIN_BLAZE_URL": sandbox.url.replace("http", "ws", 1) + "/",
        "MIXBOT_PORT": "0",
    }


async def _port_of(process: asyncio.subprocess.Process) -> int:
    """The service's port, once it serves and is on Blaze."""
    assert process.stdout is not None
    said, events = "", dict[str, Mapping[str, int]]()
    async for line in process.stdout:
        said += line.decode()
        if line.startswith(b"{"):
            event = json.loads(line)
            events[event["event"]] = event
        if {"blaze.connected", "web.listening"} <= set(events):
            return events["web.listening"]["port"]
    raise AssertionError(f"the service ended: {said}")


@asynccontextmanager
async def _program(*command: str | Path, cwd: Path, env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process with all that it starts, ended with the block."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, env=env, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()
