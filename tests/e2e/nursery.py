"""Starts the service again and again, from a process that has loaded its modules once: as a program of its own.

    {"home": DIRECTORY, "environ": {...}, "arguments": [...], "fresh": bool}  →  {"pid": NUMBER}
    {"wait": PID}                                                             →  {"code": NUMBER}

One line of JSON each way on standard input and output. A child is this process forked, and runs what `python -m bot`
runs; a `fresh` one really is `python -m bot`. Output goes to the file `log` in `home`, or to the path `output`; errors
go to `errors`.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PRELOADED = (
    "bot.cli",
    "bot.cli.run",
    "bot.app",
    "alembic.command",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.dialects.postgresql.psycopg",
    "bot.fleet",
)


def main() -> None:
    sys.path.insert(0, str(ROOT))
    for name in PRELOADED:
        import_module(name)
    for path in (ROOT / "handlers").glob("[a-z]*.py"):
        import_module(f"handlers.{path.stem}")
    children: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            children.remove(order["wait"])
            _, status = os.waitpid(order["wait"], 0)
            answer: Mapping[str, int] = {"code": os.waitstatus_to_exitcode(status)}
        else:
            answer = {"pid": os.fork()}
            if answer["pid"] == 0:
                _become(order)
            children.add(answer["pid"])
        print(json.dumps(answer), flush=True)
    for child in children:  # whoever asked for them is gone
        os.kill(child, signal.SIGKILL)


def _become(order: Mapping[str, Any]) -> None:
    """Be the service, in its own directory and environment."""
    home, arguments = Path(order["home"]), list(order["arguments"])
    write = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    log, errors = os.open(order.get("output") or home / "log", write), os.open(home / "errors", write)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for own, descriptor in ((nothing, 0), (log, 1), (errors, 2)):
        os.dup2(own, descriptor)
    os.closerange(3, 64)
    os.chdir(home)
    os.environ.clear()
    os.environ.update(order["environ"])
    if order.get("fresh"):
        os.execve(sys.executable, [sys.executable, "-m", "bot", *arguments], dict(os.environ))
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    sys.argv = ["mixbot", *arguments]
    code: object = 0
    try:
        from bot.cli import main as program

        program()
    except SystemExit as error:
        code = error.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
