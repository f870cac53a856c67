"""Bad weather on demand: each fault with a probability, a number of times, a time limit and the paths it touches.

Source: mixin.md 13.9. What each kind does is told in `KINDS`; `value` means something else for each.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from bot.sandbox.ids import new_id

BLAZE_PATH = "/blaze"
CLOCK = "clock_skew"
QUOTA = "quota"
ROTATE = "rotate_devices"
DAMAGE = "damage"
MAX_BATCH = 100

KINDS = {
    "drop_blaze": "Cut the Blaze line without a close frame after `value` more frames (1).",
    "half_open": "From now on the Blaze line stays open but is dead: nothing is sent, nothing is answered, no pong.",
    "unauthorized": "401, also for a Blaze handshake (path /blaze).",
    "rate_limited": "429, with Retry-After of `value` seconds (1); no such header where `value` is 0.",
    "quota": "No more than `value` messages a minute (600), by a token bucket: 429 with the seconds until they fit.",
    "internal": "HTTP 500 with code 500, also for a Blaze handshake (path /blaze).",
    "blaze_error": "HTTP 500 with code 7000; on Blaze an ERROR frame with code 7000 in place of the reply.",
    "error": "HTTP 202 with error code `value` (403).",
    "html": "An HTML page of a proxy with HTTP status `value` (502).",
    "delay": "Answer `value` seconds later (3.5).",
    "wrong_integrity": "An X-Integrity-Token over another answer (people's signed requests only).",
    "wrong_request_id": "Another X-Request-Id than the request's.",
    "truncated": "Half of the answer's JSON.",
    "lose_answer": "Do what was asked, then close the line without an answer.",
    "duplicate": "Push messages over Blaze twice.",
    "reorder": "Push messages over Blaze in reverse, if `value` seconds (0.2) bring more than one.",
    ROTATE: "Before an encrypted message is taken, the recipient's first device gets another session and key.",
    DAMAGE: "Change a bit of what people send encrypted: the bot cannot open it.",
    "clock_skew": "The sandbox's clock is `value` seconds ahead (600); negative: behind.",
    "nandbox_unauthorized": "nandbox refuses the login.",
    "nandbox_cut": "Cut the nandbox line without a close frame after `value` more frames (1).",
    "nandbox_close": "Close the nandbox line with code `value` (1000) instead of an answer.",
    "nandbox_error": "Answer with the bare error frame of code `value` (199999); the line stays.",
    "nandbox_silence": "No answer at all.",
    "nandbox_delay": "Answer `value` seconds later (3.5), and so all that is asked behind it.",
    "nandbox_no_reference": "Answers without the reference.",
    "nandbox_null_reference": "Answers with the reference null.",
    "nandbox_no_app_id": "Answers without app_id.",
    "nandbox_duplicate": "Answers and events twice.",
    "nandbox_shuffle": "Gather answers for `value` seconds (0.2) and send them in any order.",
    "nandbox_garbage": "Half of a JSON object in place of an answer.",
    "nandbox_lose_answer": "Do what was asked, then cut the line without an answer.",
}
DEFAULT_VALUES = {
    "drop_blaze": 1.0, "rate_limited": 1.0, "quota": 600.0, "error": 403.0, "html": 502.0, "delay": 3.5, "reorder": 0.2,
    "clock_skew": 600.0, "nandbox_cut": 1.0, "nandbox_close": 1000.0, "nandbox_error": 199999.0, "nandbox_delay": 3.5,
    "nandbox_shuffle": 0.2,
}  # fmt: skip


@dataclass(slots=True)
class Fault:
    """`count` None: as often as it comes up; `until` on the monotonic clock, None: until cleared."""

    kind: str
    probability: float = 1.0
    count: int | None = None
    until: float | None = None
    path: str = "*"
    value: float = 0.0
    fault_id: str = field(default_factory=new_id)
    seen: int = 0
    bucket: "Bucket | None" = None

    def touches(self, path: str) -> bool:
        return fnmatchcase(path, self.path)


class Faults:
    """The faults in force. `changed` is called whenever the list is another one."""

    def __init__(self, changed: Callable[[], None], *, seed: int | None = None) -> None:
        self._faults: list[Fault] = []
        self._changed = changed
        self._random = random.Random(seed)  # noqa: S311 - weather, not secrets

    @property
    def calm(self) -> bool:
        """Nothing is in force: a quick look for those who ask for every frame."""
        return not self._faults

    def add(
        self, kind: str, *, probability: float = 1.0, count: int | None = None, seconds: float | None = None,
        path: str = "*", value: float | None = None,
    ) -> Fault:  # fmt: skip
        """Put a fault in force, beside those of the same kind that are.

        Raises:
            ValueError: There is no such kind, or a number makes no sense.
        """
        if kind not in KINDS:
            raise ValueError(f"there is no fault {kind!r}; there are: {', '.join(KINDS)}")
        if not 0 < probability <= 1:
            raise ValueError(f"probability is {probability}, expected more than 0 and at most 1")
        if (count is not None and count < 1) or (seconds is not None and seconds <= 0):
            raise ValueError("count and seconds must be positive")
        if kind in (CLOCK, QUOTA) and count is not None:
            raise ValueError(f"{kind} lasts: give it seconds, or nothing and clear it later")
        fault = Fault(
            kind, probability, count, None if seconds is None else time.monotonic() + seconds, path,
            DEFAULT_VALUES.get(kind, 0.0) if value is None else float(value),
        )  # fmt: skip
        if kind == QUOTA:
            if fault.value < 1:
                raise ValueError(f"value is {fault.value:g}, expected one message a minute or more")
            fault.bucket = Bucket(int(fault.value))
        self._faults.append(fault)
        self._changed()
        return fault

    def clear(self, *, kind: str = "", fault_id: str = "") -> int:
        """Remove all, or those of a kind, or one; gives how many went."""
        kept = [one for one in self._faults if (kind and one.kind != kind) or (fault_id and one.fault_id != fault_id)]
        gone = len(self._faults) - len(kept)
        self._faults = kept
        if gone:
            self._changed()
        return gone

    def fires(self, kind: str, path: str = BLAZE_PATH) -> Fault | None:
        """The fault of that kind that hits this time, counted; None if none does."""
        for fault in self._in_force():
            if fault.kind == kind and fault.touches(path) and self._random.random() < fault.probability:
                self.used(fault)
                return fault
        return None

    def standing(self, kind: str) -> list[Fault]:
        """Those of a kind that are in force, uncounted."""
        return [one for one in self._in_force() if one.kind == kind]

    def hits(self, fault: Fault) -> bool:
        """Whether one that is in force hits this time, by its probability; uncounted."""
        return self._random.random() < fault.probability

    def used(self, fault: Fault) -> None:
        if fault.count is None:
            return
        fault.count -= 1
        if fault.count == 0:
            self._faults.remove(fault)
            self._changed()

    def view(self) -> list[dict[str, Any]]:
        now = time.monotonic()
        return [
            {
                "id": one.fault_id, "kind": one.kind, "probability": one.probability, "count": one.count,
                "path": one.path, "value": one.value,
                "seconds_left": None if one.until is None else round(max(0.0, one.until - now), 1),
                "description": KINDS[one.kind],
            }
            for one in self._in_force()
        ]  # fmt: skip

    def _in_force(self) -> list[Fault]:
        if not self._faults:
            return []
        now = time.monotonic()
        kept = [one for one in self._faults if one.until is None or one.until > now]
        if len(kept) != len(self._faults):
            self._faults = kept
            self._changed()
        return list(self._faults)


class Bucket:
    """A token bucket: `per_minute` tokens at most (or one whole batch), filled again evenly over a minute.

    Source of the default of 100,000 messages a minute: https://developers.mixin.one/docs/app/guide/message-loop
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._most = float(max(per_minute, MAX_BATCH))
        self._tokens = self._most
        self._at = time.monotonic()

    def take(self, wanted: int) -> float:
        """0 where `wanted` tokens could be taken, else the seconds to wait until they can; nothing is taken then."""
        now = time.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self.per_minute / 60)
        self._at = now
        if wanted <= self._tokens:
            self._tokens -= wanted
            return 0.0
        return (wanted - self._tokens) * 60 / self.per_minute
