"""`python -m tests.benchmarks.server`: the neutral server, HTTP and Blaze, one port for each contestant.

It is led by lines of JSON on its standard input, answers each with a line on its standard output, and ends with its
input. It demands an Authorization header and checks no signature: the sandbox does that.
"""

import asyncio
import gc
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from tests.benchmarks.line import Line
from tests.benchmarks.processes import alive
from tests.benchmarks.rounds import Order, Result, Round

LOOK_S = 0.5
"""How often it is looked whether the contestant still lives."""


class Seat:
    """A contestant's place: its port, its Blaze line and its present round."""

    def __init__(self) -> None:
        self.blaze: Line | None = None
        self.round: Round | None = None
        self.latency_s = 0.0
        self.unknown_calls: set[str] = set()
        self.listening = asyncio.Event()

    @property
    def sealed(self) -> bool:
        return self.round is not None and bool(self.round.bot_key)

    async def open(self) -> int:
        server = await asyncio.get_running_loop().create_server(lambda: Line(self), "127.0.0.1", 0, backlog=4096)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def run(self, order: Order) -> Result:
        """One round, from when the contestant listens; at `timeout_s` with whatever there is by then."""
        over = asyncio.Event()
        self.latency_s = order.latency_ms / 1000
        self.round = current = Round(order, self.write, over.set)
        gc.freeze()
        try:
            async with asyncio.timeout(order.timeout_s):
                await self.listening.wait()
        except TimeoutError:
            return current.result
        current.start()
        while not over.is_set() and alive(order.pid):
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await over.wait()
        current.result.unknown_calls = sorted(self.unknown_calls)
        return current.result

    def write(self, bundle: bytes) -> bool:
        return self.blaze is not None and self.blaze.push(bundle)

    def listens(self, line: Line) -> None:
        """LIST_PENDING_MESSAGES arrived: from now on messages may be pushed."""
        self.blaze = line
        self.listening.set()
        if self.round and self.round.started and not self.round.over:
            self.round.start()

    def left(self, line: Line) -> None:
        if self.blaze is line:
            self.blaze = None
            self.listening.clear()

    def wants_more(self) -> None:
        if self.round and self.round.started and not self.round.over:
            self.round.flowing = True
            self.round.push()


async def serve() -> None:
    """Commands: `{"do": "open"}` gives a port; `{"do": "round", "port": …, "order": {…}}` gives a result."""
    seats: dict[int, Seat] = {}
    commands = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        command: dict[str, Any] = msgspec.json.decode(line)
        reply: object
        if command["do"] == "open":
            seat = Seat()
            reply = await seat.open()
            seats[reply] = seat
        else:
            reply = await seats[command["port"]].run(msgspec.convert(command["order"], Order))
        sys.stdout.buffer.write(msgspec.json.encode(reply) + b"\n")
        sys.stdout.buffer.flush()


def fast_runner() -> Callable[[Any], Any]:
    """The loop of uvloop where it is installed, for the server and for the ceiling alike."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run


if __name__ == "__main__":
    fast_runner()(serve())
