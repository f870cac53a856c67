"""How much one person may say: a token bucket a person, by the time a message was written, not by when it arrived.

So somebody who wrote fifty messages in a week that the bot was away is answered fifty times, and somebody who sends
fifty in ten seconds is asked to slow down, whether the bot was there or not.
"""

from collections import OrderedDict
from enum import Enum


class Verdict(Enum):
    """What to do with a message."""

    ALLOW = 1
    NOTICE = 2
    """Too many, and it is time to say so."""
    DROP = 3
    """Too many, and the person was told."""


class Recently:
    """What was said to whom a short while ago, for the last `people` of them; by the time of the messages."""

    def __init__(self, people: int = 10_000) -> None:
        self._people = people
        self._said: OrderedDict[tuple[str, str], tuple[float, str]] = OrderedDict()

    def first(self, user_id: str, what: str, message_id: str, written_at: float, every_s: float) -> bool:
        """Whether it was not said in the last `every_s` seconds; the same message always gets the same answer."""
        said_at, said_to = self._said.get((user_id, what), (-every_s, ""))
        if said_to == message_id:
            return True
        if 0 <= written_at - said_at < every_s:
            return False
        self._said[user_id, what] = (written_at, message_id)
        self._said.move_to_end((user_id, what))
        if len(self._said) > self._people:
            self._said.popitem(last=False)
        return True


class Flood:
    """`per_minute` on average, `burst` at once; 0 per minute means no limit. Remembers the last `people` who wrote."""

    def __init__(self, per_minute: float, burst: int, *, notice_every_s: float = 60.0, people: int = 20_000) -> None:
        self._interval_s = 60.0 / per_minute if per_minute else 0.0
        self._slack_s = self._interval_s * max(burst - 1, 0)
        self._notice_every_s = notice_every_s
        self._people = people
        self._due: dict[str, float] = {}
        self._told: dict[str, float] = {}

    def judge(self, user_id: str, written_at: float) -> Verdict:
        """Count one message; `written_at` in Unix seconds."""
        if not self._interval_s:
            return Verdict.ALLOW
        due = max(self._due.pop(user_id, 0.0), written_at)
        if due - written_at <= self._slack_s:
            self._remember(self._due, user_id, due + self._interval_s)
            return Verdict.ALLOW
        self._remember(self._due, user_id, due)
        if written_at - self._told.get(user_id, -self._notice_every_s) < self._notice_every_s:
            return Verdict.DROP
        self._told.pop(user_id, None)
        self._remember(self._told, user_id, written_at)
        return Verdict.NOTICE

    def _remember(self, table: dict[str, float], user_id: str, at: float) -> None:
        table[user_id] = at
        if len(table) > self._people:
            del table[next(iter(table))]
