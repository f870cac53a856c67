"""What happens, told to pages as it happens; a page that was away catches up by the number of the last event."""

import asyncio
from collections import deque
from typing import Any

from bot.sandbox.inspector import Entry, readable

KEPT = 1000
MAX_BEHIND = 10_000
MAX_FRAMES = 500


class Listener:
    """One page, listening as one person (or as nobody in particular: then it hears everything).

    Of frames it hears the newest, bundled: in a burst there are more than anybody can read.
    """

    def __init__(self, person_id: str, *, frames: bool = False) -> None:
        self.person_id = person_id
        self._events: deque[dict[str, Any]] = deque()
        self._frames: deque[Entry] | None = deque(maxlen=MAX_FRAMES) if frames else None
        self._fresh = asyncio.Event()
        self._lost = False
        self.ended = False

    def end(self) -> None:
        """Nothing more will come."""
        self.ended = True
        self._fresh.set()

    def put(self, event: dict[str, Any]) -> None:
        if len(self._events) >= MAX_BEHIND:
            self._lost = True
            self._events.clear()
        self._events.append(event)
        self._fresh.set()

    def put_frame(self, entry: Entry) -> None:
        if self._frames is not None:
            self._frames.append(entry)
            self._fresh.set()

    async def get(self) -> list[dict[str, Any]]:
        """What came since the last call; waits for something to come."""
        await self._fresh.wait()
        self._fresh.clear()
        events = list(self._events)
        self._events.clear()
        if self._lost:
            self._lost = False
            events.insert(0, {"seq": events[0]["seq"], "kind": "reset"})
        if self._frames:
            events.append({"kind": "frames", "frames": [readable(one) for one in self._frames]})
            self._frames.clear()
        return events


class Events:
    """Everything that pages may want to know, in order. `audience` are the people whom it concerns; None: everyone."""

    def __init__(self) -> None:
        self._kept: deque[tuple[dict[str, Any], frozenset[str] | None]] = deque(maxlen=KEPT)
        self._listeners: set[Listener] = set()
        self.seq = 0

    def publish(self, kind: str, audience: frozenset[str] | None = None, **facts: Any) -> None:
        self.seq += 1
        event = {"seq": self.seq, "kind": kind, **facts}
        self._kept.append((event, audience))
        self._tell(event, audience)

    def pass_on(self, entry: Entry) -> None:
        """An entry of the inspector, for listeners of the moment; it takes no number, and is not kept here."""
        for listener in self._listeners:
            listener.put_frame(entry)

    def listen(self, person_id: str, after: int | None, *, frames: bool = False) -> Listener:
        """Begin with what came after `after`; "reset" first where that is no longer kept."""
        listener = Listener(person_id, frames=frames)
        if after is not None:
            oldest = self._kept[0][0]["seq"] if self._kept else self.seq + 1
            if after + 1 < oldest or after > self.seq:
                listener.put({"seq": self.seq, "kind": "reset"})
            else:
                for event, audience in self._kept:
                    if event["seq"] > after and concerns(listener, audience):
                        listener.put(event)
        self._listeners.add(listener)
        return listener

    def end(self) -> None:
        for listener in self._listeners:
            listener.end()

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def _tell(self, event: dict[str, Any], audience: frozenset[str] | None) -> None:
        for listener in self._listeners:
            if concerns(listener, audience):
                listener.put(event)


def concerns(listener: Listener, audience: frozenset[str] | None) -> bool:
    return audience is None or not listener.person_id or listener.person_id in audience
