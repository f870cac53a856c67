"""What the bot says of itself, where somebody passes its log on: crashes become entries of the inspector.

The sandbox cannot see into a bot. `mixbot demo` starts both, and hands over each line of the bot's log.
"""

import re
from collections import OrderedDict
from typing import Any

from bot.sandbox.inspector import Inspector
from bot.sandbox.messages import Messages

GIVEN_UP = "message.quarantined"
CRASHES = {
    "handler.crashed": "crashed",
    "handler.timed_out": "took too long",
    GIVEN_UP: "was given up on after several tries",
}
MAX_PEOPLE = 1000
MAX_TEXT_CHARS = 8000
_PLACE = re.compile(r'File "([^"]+)", line (\d+)')


class BotLog:
    """The last command of each person, and what went wrong with it."""

    def __init__(self, messages: Messages, inspector: Inspector) -> None:
        self._messages = messages
        self._inspector = inspector
        self._of: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def hear(self, event: dict[str, Any]) -> None:
        """One line of the bot's log, as JSON gives it; what says nothing about a message is passed over."""
        name, message_id = str(event.get("event")), str(event.get("message_id") or "")
        if name != "message.handled" and name not in CRASHES:
            return
        message = self._messages.get(message_id)
        if message is None:
            return
        facts = self._facts(message.user_id)
        command = str(event.get("command") or "")[:64]
        if name == "message.handled":
            facts |= {"command": command, "elapsed_ms": event.get("elapsed_ms"), "replies": event.get("replies")}
            return
        trace = str(event.get("exception") or "")[:MAX_TEXT_CHARS]
        summary = f"{command or 'a handler'} {CRASHES[name]}{in_short(trace)}"
        if name != GIVEN_UP:
            facts |= {"errors": facts["errors"] + 1, "error": summary}
        self._inspector.crash(summary, command=command, message_id=message_id, user_id=message.user_id, exception=trace)

    def of(self, user_id: str) -> dict[str, Any]:
        """`command`, `elapsed_ms` and `replies` of the last message; `errors` and the last `error`."""
        return dict(self._of.get(user_id) or _nothing())

    def forget(self, user_id: str = "") -> None:
        """What is known of one person, or of everybody."""
        if user_id:
            self._of.pop(user_id, None)
        else:
            self._of.clear()

    def _facts(self, user_id: str) -> dict[str, Any]:
        facts = self._of.setdefault(user_id, _nothing())
        self._of.move_to_end(user_id)
        if len(self._of) > MAX_PEOPLE:
            self._of.popitem(last=False)
        return facts


def _nothing() -> dict[str, Any]:
    return {"command": "", "elapsed_ms": None, "replies": None, "errors": 0, "error": ""}


def in_short(trace: str) -> str:
    """`: ValueError (handlers/whois.py:12)` of a traceback: what it was, and the last place that it went through."""
    lines = trace.strip().splitlines()
    if not lines:
        return ""
    places = _PLACE.findall(trace)
    where = f" ({'/'.join(places[-1][0].replace(chr(92), '/').split('/')[-2:])}:{places[-1][1]})" if places else ""
    return f": {lines[-1].strip()[:200]}{where}"
