"""One round: push N messages, and check that each gets one reply and then one acknowledgement. No sockets here."""

import asyncio
import time
from array import array
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Callable, Sequence
from itertools import islice

import msgspec

from bot.sandbox.sealing import Unreadable
from tests.benchmarks import devices, frames
from tests.benchmarks.processes import cpu_s, memory

PUSHED, REPLIED, ACCEPTED, ACKNOWLEDGED = 1, 2, 3, 4
BUNDLE = 256
"""Frames that are written to the socket at once, at most."""
TAIL_S = 0.25
"""How long after the last acknowledgement the contestant's CPU is read again, to see work that was put off."""


class Order(msgspec.Struct, frozen=True):
    """What to do: `window` messages unacknowledged at most, or `rate` a second whatever happens (0: no rate).

    `bot_key` is the X25519 key of a bot whose messages are sealed, in hexadecimal digits.
    """

    run: int
    pid: int
    count: int
    conversations: int = 100
    window: int = 2000
    latency_ms: float = 0.0
    rate: float = 0.0
    timeout_s: float = 60.0
    bot_key: str = ""


class Result(msgspec.Struct, kw_only=True):
    """What happened. Instants are of the monotonic clock, which all processes share; CPU times are per message."""

    count: int
    answered: int = 0
    acknowledged: int = 0
    doubled: int = 0
    misrouted: int = 0
    early_acks: int = 0
    extra: int = 0
    resent: int = 0
    posts: int = 0
    ack_posts: int = 0
    unknown_calls: list[str] = msgspec.field(default_factory=list)
    first_push_at: float = 0.0
    first_reply_at: float = 0.0
    wall_s: float = 0.0
    cpu_us: float = 0.0
    tail_us: float = 0.0
    server_us: float = 0.0
    rss_mib: float = 0.0
    pss_mib: float = 0.0
    peak_mib: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    slowest_p99_ms: float = 0.0
    median_p99_ms: float = 0.0

    @property
    def faults(self) -> str:
        """What went wrong, in words; empty if every message got its one reply and then its acknowledgement."""
        wrong = {
            "unanswered": self.count - self.answered,
            "unacknowledged": self.count - self.acknowledged,
            "doubled": self.doubled,
            "misrouted": self.misrouted,
            "acknowledged early": self.early_acks,
        }
        return ", ".join(f"{n} {what}" for what, n in wrong.items() if n)


class Item(msgspec.Struct, gc=False):
    """A member of POST /messages, as far as it is looked at."""

    message_id: str
    conversation_id: str
    category: str
    data: str = ""
    data_base64: str = ""


class Receipt(msgspec.Struct, gc=False):
    """A member of POST /acknowledgements."""

    message_id: str


class Round:
    """`write` takes ready frames and says whether the socket wants more; `done` is called once, at the end."""

    def __init__(self, order: Order, write: Callable[[bytes], bool], done: Callable[[], None]) -> None:
        self.order, self.write, self.done = order, write, done
        self.result = Result(count=order.count)
        self.state = bytearray(order.count)
        self.reply_ids = array("q", bytes(8 * order.count))
        self.pushed_at = array("d", bytes(8 * order.count))
        self.replied_at = array("d", bytes(8 * order.count))
        self.people = [frames.user_id(k) for k in range(order.conversations)]
        self.conversations = [frames.conversation_id(frames.BOT_ID, who) for who in self.people]
        self.bot_key = bytes.fromhex(order.bot_key)
        self.person_of = dict(zip(self.conversations, self.people, strict=True)) if self.bot_key else {}
        self.prefix = frames.message_id(order.run, 0)[:24]
        self.mark = frames.marker(order.run, 0)[:4]
        self.pushed = 0
        self.ready: list[bytes] = [self.frame(index) for index in range(min(order.count, 50_000))]
        self.flowing = self.started = self.over = False

    def frame(self, index: int) -> bytes:
        run, person = self.order.run, index % self.order.conversations
        sealed = devices.said(self.people[person], frames.asked(run, index), self.bot_key) if self.bot_key else b""
        return frames.message_frame(run, index, person, self.conversations[person], sealed)

    def start(self) -> None:
        """The contestant listens; where it listens anew, what it has not acknowledged comes again."""
        self.flowing = True
        if self.started:
            for index in range(self.pushed):
                if self.state[index] != ACKNOWLEDGED:
                    self.write(self.frame(index))
            return
        self.started = True
        self.cpu_before, self.server_before = cpu_s(self.order.pid), time.process_time()
        self.result.first_push_at = time.monotonic()
        asyncio.get_running_loop().call_later(self.order.timeout_s, self.finish)
        if self.order.rate:
            self.tick()
        else:
            self.push()

    def tick(self) -> None:
        """Push all that is due by now, then sleep until the next one is."""
        if self.over:
            return
        since = time.monotonic() - self.result.first_push_at
        self._push(min(self.order.count, int(since * self.order.rate) + 1) - self.pushed)
        if self.pushed < self.order.count:
            pause = self.pushed / self.order.rate - (time.monotonic() - self.result.first_push_at)
            asyncio.get_running_loop().call_later(max(pause, 0), self.tick)

    def push(self) -> None:
        """Fill the window."""
        while self.flowing and not self.order.rate:
            room = self.order.window - (self.pushed - self.result.acknowledged)
            if (n := min(room, self.order.count - self.pushed, BUNDLE)) <= 0:
                return
            self._push(n)

    def _push(self, n: int) -> None:
        if n <= 0:
            return
        first, self.pushed = self.pushed, self.pushed + n
        if self.pushed <= len(self.ready):
            bundle = b"".join(islice(self.ready, first, self.pushed))
        else:
            bundle = b"".join([self.frame(index) for index in range(first, self.pushed)])
        now = time.monotonic()
        for index in range(first, self.pushed):
            self.state[index] = PUSHED
            self.pushed_at[index] = now
        self.flowing = self.write(bundle)

    def replies(self, items: Sequence[Item]) -> list[int]:
        """Book what was sent, and say which messages it answers; `accepted` makes it count."""
        now, result, answered = time.monotonic(), self.result, []
        result.posts += 1
        for item in items:
            index = self._index(item)
            if index is None:
                result.extra += 1
                continue
            key = hash(item.message_id)
            if self.state[index] >= REPLIED:
                if key == self.reply_ids[index]:
                    result.resent += 1
                else:
                    result.doubled += 1
                continue
            if item.conversation_id != self.conversations[index % self.order.conversations]:
                result.misrouted += 1
            self.reply_ids[index] = key
            self.state[index] = REPLIED
            self.replied_at[index] = now
            result.answered += 1
            answered.append(index)
        if result.answered and not result.first_reply_at:
            result.first_reply_at = now
        return answered

    def accepted(self, indices: Sequence[int]) -> None:
        """The answer to a POST /messages is on its way."""
        for index in indices:
            if self.state[index] == REPLIED:
                self.state[index] = ACCEPTED

    def acknowledged(self, receipts: Sequence[Receipt]) -> None:
        self.result.ack_posts += 1
        for receipt in receipts:
            if not receipt.message_id.startswith(self.prefix):
                continue
            index = int(receipt.message_id[24:], 16)
            state = self.state[index]
            if state == ACKNOWLEDGED:
                continue
            if state != ACCEPTED:
                self.result.early_acks += 1
            self.state[index] = ACKNOWLEDGED
            self.result.acknowledged += 1
        if self.result.acknowledged == self.order.count:
            self.finish()
        else:
            self.push()

    def finish(self) -> None:
        """Read the clocks; a little later, once work that was put off had its time, hand the result over."""
        if self.over:
            return
        self.over, result = True, self.result
        self.cpu_after = cpu_s(self.order.pid)
        result.wall_s = time.monotonic() - result.first_push_at
        per_message = 1e6 / max(result.acknowledged, 1)
        result.cpu_us = (self.cpu_after - self.cpu_before) * per_message
        result.server_us = (time.process_time() - self.server_before) * per_message
        asyncio.get_running_loop().call_later(TAIL_S, self._hand_over, per_message)

    def _hand_over(self, per_message: float) -> None:
        result = self.result
        result.tail_us = (cpu_s(self.order.pid) - self.cpu_after) * per_message
        result.rss_mib, result.pss_mib, result.peak_mib = memory(self.order.pid)
        by_conversation: dict[int, list[float]] = {}
        for index in range(self.order.count):
            if self.state[index] >= REPLIED:
                waited = (self.replied_at[index] - self.pushed_at[index]) * 1000
                by_conversation.setdefault(index % self.order.conversations, []).append(waited)
        every = sorted(waited for some in by_conversation.values() for waited in some)
        result.p50_ms, result.p99_ms, result.max_ms = (quantile(every, q) for q in (0.5, 0.99, 1.0))
        slow = sorted(quantile(sorted(some), 0.99) for some in by_conversation.values())
        result.slowest_p99_ms, result.median_p99_ms = quantile(slow, 1.0), quantile(slow, 0.5)
        self.done()

    def _index(self, item: Item) -> int | None:
        """Which message of this round an item answers: `pong MARKER` as text, sealed or plain, and nothing else."""
        if item.category != ("ENCRYPTED_TEXT" if self.bot_key else "PLAIN_TEXT"):
            return None
        try:
            if self.bot_key:
                sealed = urlsafe_b64decode(item.data_base64 + "==")
                text = devices.heard(self.person_of[item.conversation_id], sealed)
            else:
                text = a2b_base64((item.data_base64 or item.data) + "==")
        except (NotBase64, ValueError, KeyError, Unreadable):
            return None
        if len(text) != 17 or text[:5] != b"pong " or text[5:9] != self.mark.encode():
            return None
        index = int(text[9:], 16)
        return index if index < self.pushed else None


def quantile(ordered: Sequence[float], q: float) -> float:
    """Nearest rank; 0 of nothing."""
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else 0.0
