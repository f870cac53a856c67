"""`python -m bot.cli.demo_early`: `python -m bot run` that loads itself first, and is told its environment after that.

The demo starts it before it knows where its sandbox will be, so that on two cores both load side by side. On its
standard input comes one line of JSON, the environment; an end of input instead of it is the end.
"""

import json
import os
import sys
from pathlib import Path

import bot.cli.run  # noqa: F401  # the whole service
from bot.cli import main

if __name__ == "__main__":
    told = sys.stdin.readline()
    if not told:
        sys.exit(0)
    os.environ.update(json.loads(told))
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    sys.argv[1:] = ["run"]
    main()
