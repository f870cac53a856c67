"""Ports that have to be known before anybody listens on them, or that are listened on twice.

The system gives away port 0 from its own range (32768 and up on Linux), to connections as well, and a port that was
looked up there can be gone a moment later. These lie below, and each worker of the tests has its own thousand.
"""

import os
import socket
from itertools import cycle

FIRST = 20_000
EACH = 1_000

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_mine = cycle(range(FIRST + EACH * (_worker % 12), FIRST + EACH * (_worker % 12 + 1)))


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that no other test of this run is given."""
    for port in _mine:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("there is always a next one")
