"""The program as people start it: in this process for what answers at once, as a process of its own for what runs."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.cli import main
from bot.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
FOREIGN = ("MIXIN_", "MIXBOT_")


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Mixbot = Callable[..., Answer]


@pytest.fixture
def mixbot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Mixbot]:
    """Run a command line in an empty folder; keyword arguments are variables."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        monkeypatch.delenv(name)
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers, root.level

    def run(*words: str, **variables: str) -> Answer:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["mixbot", *words])
            for name, value in variables.items():
                patch.setenv(name, value)
            capfd.readouterr()
            try:
                main()
                code: object = 0
            except SystemExit as end:
                code = end.code
            out, err = capfd.readouterr()
            assert code is None or isinstance(code, int)
            return Answer(code or 0, out, err)

    yield run
    structlog.configure(**before)
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def clean_environment(**variables: str) -> dict[str, str]:
    """The variables of this process without settings, and those named."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | {"PYTHONPATH": str(ROOT)} | variables


@dataclass
class Program:
    """A running `mixbot …`. Everything it prints is kept."""

    process: asyncio.subprocess.Process
    encoding: str = "utf-8"
    lines: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def text(self) -> str:
        return "".join(self.lines)

    async def says(self, words: str, after: int = 0) -> str:
        """The first line with these words, as soon as it is there."""
        while True:
            for line in self.lines[after:]:
                if words in line:
                    return line
            assert not self.process.stdout or not self.process.stdout.at_eof(), f"ended without {words!r}:\n{self.text}"
            self.changed.clear()
            await self.changed.wait()

    async def ends(self) -> int:
        return await self.process.wait()

    async def read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.lines.append(line.decode(self.encoding))
            self.changed.set()
        self.changed.set()


@asynccontextmanager
async def program(
    *words: str, cwd: Path, environ: Mapping[str, str], python: str = sys.executable, **how: Any
) -> AsyncIterator[Program]:
    """Run a command line as a process; what is still running at the end of the block is killed."""
    process = await asyncio.create_subprocess_exec(
        python, "-m", "bot", *words, cwd=cwd, env=dict(environ), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, limit=1 << 20, **how,
    )  # fmt: skip
    running = Program(process)
    reading = asyncio.create_task(running.read())
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


def bot_environment(sandbox: Sandbox, folder: Path, **variables: str) -> dict[str, str]:
    """The variables with which the real service talks to a sandbox; its data lie in `folder`."""
    keystore = folder / "keystore.json"
    keystore.touch(mode=0o600)
    keystore.write_text(json.dumps(sandbox.keystore))
    return clean_environment(
        MIXIN_KEYSTORE_PATH=str(keystore),
        MIXIN_API_URL=sandbox.url,
        MIXIN_BLAZE_URL=sandbox.url.replace("http", "ws", 1),
        MIXBOT_DB_URL=f"sqlite:///{folder / 'data' / 'bot.db'}",
        MIXBOT_PORT="0",
        MIXBOT_LOG_FORMAT="json",
        MIXIN_ACK_LINGER_MS="40",
        **variables,
    )
