"""How much one person may say: two token buckets a person, one by when messages were written, one by when they came.

Only what is too much by both clocks is a flood. So somebody who wrote fifty messages in a week that the bot was away is
answered fifty times, and somebody whose messages bear a wrong time is not taken for many.
"""

from collections import OrderedDict
from enum import Enum
from typing import TypeVar

T = TypeVar("T")


class Verdict(Enum):
    """What to do with a message."""

    ALLOW = 1
    NOTICE = 2
    """Too many, and it is time to say so."""
    DROP = 3
    """Too many, and the person was told."""


class Recently:
    """What was said to whom a short while ago, for the last `people` of them."""

    def __init__(self, people: int = 10_000) -> None:
        self._people = people
        self._said: OrderedDict[tuple[str, str], tuple[float, float, str]] = OrderedDict()

    def first(
        self, user_id: str, what: str, message_id: str, written_at: float, arrived_at: float, every_s: float
    ) -> bool:
        """Whether it was not said in the last `every_s` seconds, by both clocks; the same message is always first."""
        said = self._said.get((user_id, what))
        if said is not None:
            if said[2] == message_id:
                return True
            if abs(written_at - said[0]) < every_s and arrived_at - said[1] < every_s:
                return False
        self._said[user_id, what] = (written_at, arrived_at, message_id)
        self._said.move_to_end((user_id, what))
        if len(self._said) > self._people:
            self._said.popitem(last=False)
        return True

    def forget(self, user_id: str) -> None:
        """As if nothing had ever been said to somebody."""
        for key in [key for key in self._said if key[0] == user_id]:
            del self._said[key]


class Flood:
    """`per_minute` on average, `burst` at once; 0 per minute means no limit. Remembers the last `people` who wrote."""

    def __init__(self, per_minute: float, burst: int, *, notice_every_s: float = 60.0, people: int = 20_000) -> None:
        self._interval_s = 60.0 / per_minute if per_minute else 0.0
        self._slack_s = self._interval_s * max(burst - 1, 0)
        self._notice_every_s = notice_every_s
        self._people = people
        self._due: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._told: OrderedDict[str, float] = OrderedDict()

    def judge(self, user_id: str, written_at: float, arrived_at: float) -> Verdict:
        """Count one message; both times in seconds, each on a clock of its own."""
        if not self._interval_s:
            return Verdict.ALLOW
        slack_s, interval_s = self._slack_s, self._interval_s
        due = self._due.pop(user_id, None)
        if due is None or (due[0] <= written_at and due[1] <= arrived_at):
            self._remember(self._due, user_id, (written_at + interval_s, arrived_at + interval_s))
            return Verdict.ALLOW
        written_due, arrived_due = due
        written_ahead = max(written_due - written_at, 0.0)
        arrived_ahead = max(arrived_due - arrived_at, 0.0)
        if written_ahead <= slack_s or arrived_ahead <= slack_s:
            written_due = written_at + min(written_ahead, slack_s) + interval_s
            arrived_due = arrived_at + min(arrived_ahead, slack_s) + interval_s
            self._remember(self._due, user_id, (written_due, arrived_due))
            return Verdict.ALLOW
        self._remember(self._due, user_id, (written_due, arrived_due))
        if arrived_at - self._told.get(user_id, arrived_at - self._notice_every_s) < self._notice_every_s:
            return Verdict.DROP
        self._told.pop(user_id, None)
        self._remember(self._told, user_id, arrived_at)
        return Verdict.NOTICE

    def _remember(self, table: OrderedDict[str, T], user_id: str, value: T) -> None:
        table[user_id] = value
        if len(table) > self._people:
            table.popitem(last=False)
