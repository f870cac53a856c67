"""What the faults in force do to the answers of one connection.

Source: nandbox.md 13, "Faults worth having on a switch".
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.sandbox.faults import Fault, Faults
from bot.sandbox.nandbox.wire import Frame

PATH = "/nandbox/api/"


class Weather:
    """Faults look at the method: `/nandbox/api/getUser` is touched by the path `/nandbox/*`."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    @property
    def calm(self) -> bool:
        return self._faults.calm

    def fires(self, kind: str, method: str) -> Fault | None:
        return None if self._faults.calm else self._faults.fires(kind, PATH + method)

    def spoil(self, method: str, answers: list[Frame]) -> list[Frame]:
        """The same answers with parts missing, or twice."""
        if self.fires("nandbox_no_reference", method):
            answers = [{name: value for name, value in one.items() if name != "reference"} for one in answers]
        if self.fires("nandbox_null_reference", method):
            answers = [one | {"reference": None} if "reference" in one else one for one in answers]
        if self.fires("nandbox_no_app_id", method):
            answers = [{name: value for name, value in one.items() if name != "app_id"} for one in answers]
        if self.fires("nandbox_duplicate", method):
            answers = answers * 2
        return answers

    def cuts_now(self) -> bool:
        """Whether the frame just sent was the last one; counts it."""
        for fault in self._faults.standing("nandbox_cut"):
            fault.seen += 1
            if fault.seen >= fault.value:
                fault.seen = 0
                self._faults.used(fault)
                return True
        return False


class Held:
    """Answers that wait for others, to be sent in another order."""

    def __init__(self, send: Callable[[Frame], Awaitable[None]]) -> None:
        self._send = send
        self._frames: list[Frame] = []
        self._later: asyncio.Task[None] | None = None

    def add(self, frames: list[Frame], wait_s: float) -> None:
        self._frames += frames
        if self._later is None:
            self._later = asyncio.create_task(self._let_go(wait_s))

    def drop(self) -> None:
        if self._later is not None:
            self._later.cancel()

    async def _let_go(self, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        frames, self._frames, self._later = self._frames, [], None
        random.shuffle(frames)
        with suppress(ConnectionError):
            for frame in frames:
                await self._send(frame)
