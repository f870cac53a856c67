"""Misfortune by a seed: the API fails, the line drops, the disk fills, the process is killed or stands still."""

import asyncio
import random
import resource
import signal
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

from tests.e2e.journal import Event
from tests.e2e.service import Service
from tests.e2e.sockets import BINARY, Gone, websocket_frame
from tests.e2e.views import Said, person, ping, refusal
from tests.e2e.wire import PROPER, Answer, Wire

UNLUCKY: Sequence[Answer] = (
    Answer(500, b"<html>Internal Server Error</html>", accept=False),
    Answer(502, b"<html>Bad Gateway</html>"),
    Answer(503, b"", accept=False),
    Answer(500, refusal(500, 500)),
    Answer(202, refusal(500), accept=False),
    Answer(200, refusal(7000), accept=False),
    Answer(202, refusal(7001)),
    Answer(202, refusal(10105), accept=False),
    Answer(202, refusal(429), accept=False),
    Answer(429, b"slow down", {"Retry-After": "0"}, accept=False),
    Answer(200, b'{"data"'),
    Answer(200, b""),
    Answer(200, b"\x00\xff"),
    Answer(200, b"[]"),
    Answer(cut=0),
    Answer(cut=0, accept=False),
    Answer(cut=40),
    Answer(echo="11111111-2222-4333-8444-555555555555"),
    Answer(delay_s=0.1),
)
MOST_KILLS = 2
"""A third could make a message look like the cause."""


class Chaos:
    """Everything that goes wrong in one run follows from the seed, and from the order in which things happen."""

    def __init__(self, seed: int, wire: Wire, service: Service) -> None:
        self.chance = random.Random(seed)
        self._wire = wire
        self._service = service
        self._kills = 0
        self._starting = False
        self._left = self.chance.randrange(1, 9)
        self._rate = self.chance.choice((0.02, 0.05, 0.2))
        self._bad_weather = self.chance.choice((0.0, 0.1, 0.4))
        self._tasks: set[asyncio.Task[None]] = set()
        self._acting = asyncio.Lock()
        self.story: list[str] = []
        wire.clock_ahead_s = self.chance.choice((0.0, 0.0, 0.0, 3600.0, -3600.0))
        wire.copies = self.chance.choice((1, 1, 2))
        wire.weather = self._weather
        wire.hook = self._event

    def steps(self) -> Sequence[Sequence[Said]]:
        """Some more to say, by several people."""
        return [
            [ping(f"{step}.{index}", person(self.chance.randrange(5))) for index in range(self.chance.randrange(1, 12))]
            for step in range(3)
        ]

    async def calm(self) -> None:
        """End all misfortune."""
        self._left = 0
        self._wire.weather = lambda path: PROPER
        async with self._acting:
            pass  # what has begun is over
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def _weather(self, path: str) -> Answer:
        if self.chance.random() >= self._bad_weather or path == "/me":
            return PROPER
        return self.chance.choice(UNLUCKY)

    async def _event(self, event: Event) -> None:
        if self._left == 0 or self.chance.random() >= self._rate:
            return
        what = self.chance.choice((self._kill, self._kill, self._drop, self._close, self._tear, self._stop, self._fill))
        async with self._acting:
            if self._left and self._service.pid:
                self._left -= 1
                self.story.append(f"{what.__name__} at {event.number} {event.kind}")
                await what()

    async def _kill(self) -> None:
        if self._kills == MOST_KILLS:
            return
        self._kills += 1
        await self._service.kill()
        self._starting = True
        self._later(self._revive())
        raise Gone

    async def _revive(self) -> None:
        await self._service.start()
        self._starting = False

    async def _drop(self) -> None:
        await self._wire.drop()

    async def _close(self) -> None:
        code = self.chance.choice((1000, 1001, 1006 + 5, 1012, 1013, 1008))
        with suppress(StopIteration, ConnectionError):
            await self._wire.line.close(code)

    async def _tear(self) -> None:
        """Reset in the middle of a frame."""
        with suppress(StopIteration, ConnectionError):
            line = self._wire.line
            await line.write(websocket_frame(BINARY, bytes(500))[:100])
            line.abort()

    async def _stop(self) -> None:
        """Stand still for a while, as in a suspended virtual machine."""
        self._service.signal(signal.SIGSTOP)
        self._later(self._go_on(self._service.pid))

    async def _go_on(self, pid: int) -> None:
        await asyncio.sleep(0.2)
        if self._service.pid == pid:
            self._service.signal(signal.SIGCONT)

    async def _fill(self) -> None:
        """No file may grow for a while; a service that is just starting would refuse to."""
        if self._starting:
            return
        pid, (_, most) = self._service.pid, resource.prlimit(self._service.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
        self._later(self._empty(pid, most))

    async def _empty(self, pid: int, most: int) -> None:
        await asyncio.sleep(0.3)
        if self._service.pid == pid:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
