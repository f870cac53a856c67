"""The connections that bots hold: one of each bot, the newest.

Source: nandbox.md 5 and 13.
"""

from collections.abc import Callable
from typing import Protocol

from bot.sandbox.nandbox.wire import Frame


class Line(Protocol):
    """One open connection of a bot that has logged in."""

    bot_id: str

    def push_later(self, frame: Frame) -> None: ...
    def superseded(self) -> None: ...
    def cut(self) -> None: ...


class Lines:
    """Who is connected. `told(bot_id, connected)` hears of every change."""

    def __init__(self, told: Callable[[str, bool], None]) -> None:
        self._lines: dict[str, Line] = {}
        self._told = told

    def add(self, line: Line) -> None:
        """Let a line in; the bot's former one is thrown out."""
        former = self._lines.get(line.bot_id)
        self._lines[line.bot_id] = line
        if former is not None and former is not line:
            former.superseded()
        elif former is None:
            self._told(line.bot_id, True)

    def remove(self, line: Line) -> None:
        if self._lines.get(line.bot_id) is line:
            del self._lines[line.bot_id]
            self._told(line.bot_id, False)

    def connected(self, bot_id: str) -> bool:
        return bot_id in self._lines

    def push(self, bot_id: str, frame: Frame) -> bool:
        """Send to the bot's line; False where it has none: then nobody keeps the frame."""
        line = self._lines.get(bot_id)
        if line is None:
            return False
        line.push_later(frame)
        return True

    def cut_all(self) -> int:
        """End every line without a close frame."""
        every = list(self._lines.values())
        for line in every:
            line.cut()
        return len(every)
