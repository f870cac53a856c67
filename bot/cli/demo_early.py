"""`python -m bot.cli.demo_early`: `python -m bot run` that loads itself first, and is told its environment after that.

The demo starts it before it knows where its sandbox will be, so that on two cores both load side by side. On its
standard input comes one line of JSON, the environment; an end of input instead of it is the end.
"""

import gc
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

if __name__ == "__main__":
    gc.set_threshold(50_000, 20, 20)  # as in `bot.__main__`
    from bot.cli import main, run  # noqa: F401  # the whole service
    from bot.command import discover

    with suppress(Exception):  # what is wrong with a command is said when the service runs
        discover("handlers")
    told = sys.stdin.readline()
    if not told:
        sys.exit(0)
    os.environ.update(json.loads(told))
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    sys.argv[1:] = ["run"]
    main()
