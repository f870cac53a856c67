"""Notices that a command or a text was saved, and tries it before the running bot makes way for it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from watchfiles import Change, awatch

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "handlers", ROOT / "config" / "locales")
CHECK_S = 30.0


class Trial(NamedTuple):
    """Whether what lies in the folders can be loaded, and what there is to say about it, a line each."""

    good: bool
    lines: list[str]


def _wanted(change: Change, path: str) -> bool:
    """Commands and texts, and not what editors and Python leave beside them."""
    del change
    name = Path(path).name
    return name.endswith((".py", ".json")) and not name.startswith((".", "#")) and "__pycache__" not in path


async def saved() -> AsyncIterator[list[str]]:
    """The names of the files that changed, each time that some did; until cancelled."""
    polling = False
    while True:
        try:
            watch = awatch(*FOLDERS, watch_filter=_wanted, step=50, debounce=400, force_polling=polling, recursive=True)
            async for changes in watch:
                yield sorted({str(Path(path).relative_to(ROOT)) for _, path in changes})
        except OSError:  # the system has no more watches to give
            if polling:
                raise
            polling = True


async def try_out() -> Trial:
    """Load commands and texts in a process of its own."""
    environ = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "bot.cli.demo_check", cwd=ROOT, env=environ, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(CHECK_S):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
        return Trial(False, [f"loading the commands takes longer than {CHECK_S:.0f} s"])
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    return Trial(process.returncode == 0, said.decode(errors="replace").strip().splitlines())
