"""The Blaze lines that bots hold: at most one of each bot, unless the policy says otherwise.

Source: mixin.md 7.10; what the real server does with a second line is not documented, so all three are on offer.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

REPLACE = "replace"
BOTH = "both"
REJECT = "reject"
POLICIES = (REPLACE, BOTH, REJECT)


class Line(Protocol):
    """One open Blaze connection; `listening` once it asked for its pending messages."""

    bot_id: str
    listening: bool

    def wake(self) -> None: ...
    def settled(self, message_ids: Iterable[str]) -> None: ...
    def push_later(self, frame: dict[str, Any]) -> None: ...
    def replaced(self) -> None: ...
    def cut(self) -> None: ...


class Lines:
    """Who is connected. `told(bot_id, connected)` hears of a bot's first line and of the end of its last."""

    def __init__(self, told: Callable[[str, bool], None], policy: str = REPLACE) -> None:
        self._lines: dict[str, list[Line]] = {}
        self._told = told
        self.policy = policy

    def add(self, line: Line) -> bool:
        """Let a line in; False where the policy refuses it because there is one already."""
        present = self._lines.setdefault(line.bot_id, [])
        if present and self.policy == REJECT:
            return False
        replaced = list(present) if self.policy == REPLACE else []
        present.append(line)
        for one in replaced:
            one.replaced()
            present.remove(one)
        if len(present) == 1 and not replaced:
            self._told(line.bot_id, True)
        return True

    def remove(self, line: Line) -> None:
        present = self._lines.get(line.bot_id, [])
        if line not in present:
            return
        present.remove(line)
        if not present:
            self._told(line.bot_id, False)

    def connected(self, bot_id: str) -> bool:
        return bool(self._lines.get(bot_id))

    def count(self, bot_id: str) -> int:
        return len(self._lines.get(bot_id, ()))

    def wake(self, bot_id: str) -> None:
        for line in self._lines.get(bot_id, ()):
            line.wake()

    def settled(self, bot_id: str, message_ids: list[str]) -> None:
        for line in self._lines.get(bot_id, ()):
            line.settled(message_ids)

    def push(self, bot_id: str, frame: dict[str, Any]) -> bool:
        """Send to every line that listens; False where none does."""
        listening = [line for line in self._lines.get(bot_id, ()) if line.listening]
        for line in listening:
            line.push_later(frame)
        return bool(listening)

    def cut_all(self) -> int:
        """End every line without a close frame."""
        every = [line for present in self._lines.values() for line in present]
        for line in every:
            line.cut()
        return len(every)
