"""What the demo shows in the terminal: its steps, the box, one line for each thing said, and the keys that it hears."""

import asyncio
import os
import signal
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bot.cli.language import plural, text, width
from bot.cli.output import say
from bot.sandbox import Sandbox
from bot.sandbox.ids import contact_id
from config.redact import inert

WEATHER: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("clear", "", {}),
    ("limited", "rate_limited", {"path": "/messages", "seconds": 30}),
    ("failing", "internal", {"probability": 0.34, "seconds": 30}),
    ("slow", "delay", {"value": 2.0, "seconds": 30}),
    ("cut", "drop", {}),
)
WIDTH = 74
IDLE_S = 300.0


class Screen:
    """Prints, and remembers who was asked what."""

    def __init__(self) -> None:
        self.interactive = sys.stdin.isatty() and sys.stdout.isatty() and "CI" not in os.environ
        self.ending = False
        self._weather = 0
        self._waiting: set[str] = set()
        self._spoke_at = time.monotonic()
        self._sandbox: Sandbox | None = None

    def step(self, what: str, state: str, detail: str) -> None:
        say(f"  ▸ {_padded(what, 34)}{_padded(state, 6)}{detail}".rstrip())
        sys.stdout.flush()

    def line(self, text: str) -> None:
        self._spoke_at = time.monotonic()
        say(f"{time.strftime('%H:%M:%S')}  {text}")
        sys.stdout.flush()

    def clear(self) -> None:
        say(("" if os.environ.get("TERM") == "dumb" else "\x1b[2J\x1b[H") + text("demo.keys"))

    def farewell(self) -> str:
        """What is said at the end, with the number of messages that still wait for their answer."""
        return plural("demo.finishing", len(self._waiting)) if self._waiting else text("demo.finishingAll")

    async def tell_idleness(self) -> None:
        """A sign of life where nothing has happened for a while, until cancelled."""
        quiet_since = self._spoke_at
        while True:
            await asyncio.sleep(max(1.0, self._spoke_at + IDLE_S - time.monotonic()))
            if time.monotonic() - self._spoke_at >= IDLE_S and self._sandbox is not None:
                connected = self._sandbox.since is not None
                minutes = round((time.monotonic() - quiet_since) / 60)
                self.line("·        " + text("demo.idle" if connected else "demo.idleAway", minutes=minutes))
            else:
                quiet_since = self._spoke_at

    def ready(self, bot: str, chat_url: str, bot_url: str, opened: bool) -> None:
        title = f" {text('demo.ready', bot=bot)} "
        way = text("demo.link" if self.interactive else "demo.linkInChat")
        lines = [
            f"{_padded(text('demo.chat'), 10)}{chat_url}{text('demo.opened') if opened else ''}",
            f"{_padded(text('demo.console'), 10)}{bot_url}/console     {way}",
            f"{_padded(text('demo.try'), 10)}{text('demo.tryOpened' if opened else 'demo.tryThis')}",
            text("demo.fake"),
        ]
        say()
        say(f"  ╭─{_padded(title, WIDTH - 1, '─')}╮")
        for line in lines:
            say(f"  │  {_padded(line, WIDTH - 2)}│")
        say(f"  ╰{'─' * WIDTH}╯")
        say(f"  {text('demo.keys' if self.interactive else 'demo.ctrlC')}")
        say()
        sys.stdout.flush()

    async def tell(self, sandbox: Sandbox) -> None:
        """A line for everything that people say and the weather does, until cancelled."""
        self._sandbox = sandbox
        listener = sandbox.events.listen("", None)
        try:
            while True:
                for event in await listener.get():
                    self._tell_one(sandbox, event)
        finally:
            sandbox.events.leave(listener)

    def _tell_one(self, sandbox: Sandbox, event: dict[str, Any]) -> None:
        if event["kind"] == "message":
            message = event["message"]
            if message["user_id"] != sandbox.bot_id:
                person = sandbox.people.get(message["user_id"])
                name = person.full_name if person else text("demo.somebody")
                said = _quoted(message["data"]) if isinstance(message["data"], str) else ""
                if message["conversation_id"] == contact_id(message["user_id"], sandbox.bot_id):
                    self._waiting.add(message["message_id"])
                who, what = _padded(name, 8), _padded(said, 40)
                self.line(f"{who} ▸  {message['category']}  {what} {message['message_id'][:4]}…")
        elif event["kind"] == "nandbox_message":
            self._tell_of_nandbox(sandbox, event["message"])
        elif event["kind"] == "grants":
            self._tell_of_grants(sandbox, event["user_id"])
        elif event["kind"] == "blaze" and not event["connected"] and not self.ending:
            self.line("·        " + text("demo.blazeGone"))
        elif event["kind"] == "nandbox_line" and not event["connected"] and not self.ending:
            self.line("·        " + text("demo.nandboxGone"))

    def _tell_of_grants(self, sandbox: Sandbox, user_id: str) -> None:
        scopes = sorted({scope for grant in sandbox.grants.of(user_id, sandbox.bot_id) for scope in grant.scopes})
        name = inert(sandbox.person(user_id).full_name)
        what = text("demo.authorised", scopes=" ".join(scopes)) if scopes else text("demo.revoked")
        self.line(f"{_padded(name, 8)}    {what}")

    def _tell_of_nandbox(self, sandbox: Sandbox, message: dict[str, Any]) -> None:
        who = sandbox.nandbox.accounts.user(message["sender_id"])
        if who is None or who.is_bot or message["status"]:
            return
        self.line(f"{_padded(inert(who.name), 8)} ▸  nandbox {message['type']}  {_quoted(message['text'])}".rstrip())

    def heard(self, event: dict[str, Any]) -> None:
        """Something from the bot's log."""
        name = event.get("event")
        if name == "message.handled":
            self._waiting.discard(str(event.get("message_id")))
            count = plural("demo.replies", int(event.get("replies") or 0))
            took = f"{event.get('elapsed_ms', 0):>7.0f} ms  {event.get('command') or ''}"
            self.line(f"{_padded(text('demo.bot'), 8)} ◂  {_padded(count, 34)} {took}".rstrip())
        elif name == "blaze.connected" and event.get("reconnects"):
            self.line("·        " + text("demo.blazeBack"))
        elif event.get("level") == "error":
            trace = str(event.get("exception", "")).strip().splitlines()
            why = event.get("reason") or (trace[-1] if trace else event.get("error", ""))
            self.line(f"!        {name}  {event.get('command', '')}  {inert(str(why))}")

    def next_weather(self) -> None:
        """The next fault in turn; the last one leads back to clear weather."""
        sandbox = self._sandbox
        if sandbox is None:
            return
        self._weather = (self._weather + 1) % len(WEATHER)
        told, kind, details = WEATHER[self._weather]
        sandbox.faults.clear()
        if kind == "drop":
            sandbox.lines.cut_all()
        elif kind:
            sandbox.faults.add(kind, **details)
        self.line(text("demo.weather", what=text(f"demo.weather.{told}")))


def _quoted(said: str) -> str:
    return f"“{inert(said[:60])}{'…' if len(said) > 60 else ''}”" if said else ""


def _padded(words: str, columns: int, filling: str = " ") -> str:
    """So that what follows stands in its column, however wide the characters are."""
    return words + filling * max(0, columns - width(words))


@contextmanager
def hot_keys(key: Callable[[str], None], interrupt: Callable[[], None], *, enabled: bool) -> Iterator[None]:
    """Call `key` for each key pressed, and `interrupt` for SIGINT and SIGTERM; the terminal is as before afterwards."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    before = termios.tcgetattr(sys.stdin) if enabled else None
    try:
        if enabled:
            tty.setcbreak(sys.stdin)
            loop.add_reader(sys.stdin, lambda: key(os.read(sys.stdin.fileno(), 1).decode(errors="replace").lower()))
        yield
    finally:
        if before is not None:
            loop.remove_reader(sys.stdin)
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
