"""What the console shows of how the service is set up: what the doctor finds, and the settings in force."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from bot.wire import Value

FRESH_S = 600.0


class Look(Value, frozen=True):
    """What one check found: `status` is ok, warning, failed or skipped; `code` is an entry of the errors' page."""

    check: str
    group: str
    status: str
    message: str
    code: str = ""
    fix: str = ""
    ms: float = 0.0


class SettingLine(Value, frozen=True):
    """One setting: its value with secrets masked, where that comes from, and what it means."""

    name: str
    value: str
    source: str
    variable: str
    meaning: str


class Reloaded(Value, frozen=True):
    """Settings that were read again: those that are `taken` up, and those that wait for `later`, the next start."""

    taken: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


class BadSettings(Exception):
    """They were read again and cannot be used: everything stays as it was."""


class Backstage:
    """`examine` takes seconds; what it found is kept, and looked for again when somebody asks."""

    def __init__(self, examine: Callable[[], Awaitable[Sequence[Look]]], settings: Sequence[SettingLine]) -> None:
        self.settings = settings
        self.found: Sequence[Look] = ()
        self.found_at: float | None = None
        """In monotonic seconds."""
        self._examine = examine
        self._turn = asyncio.Lock()
        self._looking: asyncio.Future[Sequence[Look]] | None = None

    def lately(self) -> Sequence[Look]:
        """What was found last; where that is old, somebody looks meanwhile."""
        old = self.found_at is None or time.monotonic() - self.found_at > FRESH_S
        if old and (self._looking is None or self._looking.done()):
            self._looking = asyncio.ensure_future(self.looks())
        return self.found

    async def looks(self, *, again: bool = False) -> Sequence[Look]:
        """What was found lately; only one examination runs at a time."""
        asked_at = time.monotonic()
        async with self._turn:
            found_at = self.found_at
            old = found_at is None or (found_at < asked_at if again else asked_at - found_at > FRESH_S)
            if old:
                self.found = await self._examine()
                self.found_at = time.monotonic()
        return self.found
