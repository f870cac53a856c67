"""`python -m tests.benchmarks.broadcast.server`: Mixin's side of a broadcast: takes what is posted, and counts.

Led by lines of JSON on its standard input, like `tests.benchmarks.server`. It demands a token and checks none.
"""

import asyncio
import sys
import time
from collections.abc import Sequence

import msgspec

from tests.benchmarks.line import Line
from tests.benchmarks.rounds import Item
from tests.benchmarks.server import fast_runner

SLOT_S = 0.1


class Tally:
    """What arrived, by message id; stands where `Line` expects a round."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.items = 0
        self.slots: dict[int, int] = {}
        self.first_at = self.last_at = 0.0

    def replies(self, items: Sequence[Item]) -> list[int]:
        self.last_at = time.monotonic()
        self.first_at = self.first_at or self.last_at
        self.items += len(items)
        self.ids.update(item.message_id for item in items)
        slot = int(self.last_at / SLOT_S)
        self.slots[slot] = self.slots.get(slot, 0) + len(items)
        return []

    def accepted(self, answered: list[int]) -> None:
        """Nothing is pushed in return."""

    def acknowledged(self, receipts: object) -> None:
        """Nobody is waited for."""

    def report(self) -> dict[str, float]:
        """`most` is the most that arrived within any minute."""
        times, most, window = sorted(self.slots), 0, 0
        tail = 0
        for slot in times:
            window += self.slots[slot]
            while times[tail] <= slot - 60 / SLOT_S:
                window -= self.slots[times[tail]]
                tail += 1
            most = max(most, window)
        return {
            "items": self.items,
            "distinct": len(self.ids),
            "first_at": self.first_at,
            "last_at": self.last_at,
            "most": most,
        }


class Seat:
    """One port; what the next sender posts is counted anew after `reset`."""

    def __init__(self) -> None:
        self.round = Tally()
        self.latency_s = 0.0
        self.unknown_calls: set[str] = set()
        self.sealed = False

    def listens(self, line: Line) -> None:
        """Somebody reads messages; there are none."""

    def left(self, line: Line) -> None:
        """Somebody went."""

    def wants_more(self) -> None:
        """There is nothing to write."""


async def serve() -> None:
    """`{"do": "open"}` gives a port; `{"do": "reset", "latency_ms": …}` and `{"do": "report"}` are about the tally."""
    seat = Seat()
    commands = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    server = await loop.create_server(lambda: Line(seat), "127.0.0.1", 0, backlog=4096)  # type: ignore[arg-type]
    while line := await commands.readline():
        asked = msgspec.json.decode(line)
        reply: object = None
        if asked["do"] == "open":
            reply = server.sockets[0].getsockname()[1]
        elif asked["do"] == "reset":
            seat.round, seat.latency_s = Tally(), asked["latency_ms"] / 1000
            seat.sealed = asked.get("sealed", False)
        else:
            reply = seat.round.report()
        sys.stdout.buffer.write(msgspec.json.encode(reply) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    fast_runner()(serve())
