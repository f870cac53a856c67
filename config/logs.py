"""Logging: one line for each event, readable on a terminal, JSON otherwise.

    log = structlog.get_logger()
    log.info("command.done", command="whois", message_id=message.id, elapsed_ms=12.4)

Names are constant and dotted, ids and units are values. `config.redact` says what is never written. Exceptions come
without local variables, which is where keys would be. Libraries that use `logging` speak through the same pipeline,
from WARNING on.
"""

import json
import logging
import os
import sys
import time
import traceback
from collections.abc import MutableMapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from math import isfinite
from typing import IO, Any

import msgspec
import structlog

from config.pipe import LineWriter
from config.redact import PLAIN, clean, inert, judge, mask

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
MAX_CHAIN = 5
MAX_TRACEBACK_CHARS = 16_000
_SCALARS = frozenset({str, int, float})
_encode = msgspec.json.Encoder().encode
_COLORS = {"debug": "2", "info": "36", "warning": "33", "error": "31", "critical": "31"}

Event = MutableMapping[str, Any]


def configure(
    *,
    format: str = "auto",  # noqa: A002  # the setting's own name
    level: str = "info",
    redact: bool = True,
    stream: IO[str] | None = None,
) -> None:
    """Send every log event to `stream` (standard output unless named), as `settings.log` says."""
    stream = stream or sys.stdout
    pretty = stream.isatty() if format == "auto" else format == "pretty"
    colors = pretty and stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    writer = LineWriter(stream)
    render = PrettyLine(redact=redact, colors=colors) if pretty else JsonLine(redact=redact)
    structlog.configure(
        processors=[render],
        wrapper_class=_lean(structlog.make_filtering_bound_logger(LEVELS[level]), LEVELS[level]),
        logger_factory=lambda *_: LineLogger(writer),
        cache_logger_on_first_use=False,  # whoever logs for every message binds its logger once
    )
    root = logging.getLogger()
    root.handlers = [Bridge(render, writer)]
    root.setLevel(max(LEVELS[level], logging.WARNING))
    logging.captureWarnings(True)


def _lean(base: type[Any], least: int) -> type[Any]:
    """Structlog's own logger without what we do not use; half as expensive."""

    def direct(level: str) -> Any:
        def log(self: Any, event: str, **fields: Any) -> None:
            event_dict: Any = {**self._context, **fields} if self._context else fields
            event_dict["event"] = event
            try:
                for processor in self._processors:
                    event_dict = processor(self._logger, level, event_dict)
            except structlog.DropEvent:
                return
            self._logger.msg(event_dict)

        return log

    return type("Lean", (base,), {name: direct(name) for name, number in LEVELS.items() if number >= least})


class LineLogger:
    """What structlog calls with a rendered line."""

    def __init__(self, writer: LineWriter) -> None:
        self._writer = writer
        self._reported = 0

    def msg(self, line: str) -> None:
        self._writer.write(line)
        if self._writer.dropped > self._reported:
            self._report()

    def _report(self) -> None:
        """Say how many lines were lost, as soon as a line gets through again."""
        lost = self._writer.dropped
        self._writer.write(json.dumps({"event": "log.dropped", "level": "warning", "lines": lost - self._reported}))
        if self._writer.dropped == lost:
            self._reported = lost


class JsonLine:
    """The last processor of structlog: the event as one line of JSON, in ASCII so that nothing in it can act."""

    def __init__(self, *, redact: bool) -> None:
        self._redact = redact
        self._encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode
        self._second, self._prefix = -1, ""
        self._at_ms, self._at = -1, ""

    def __call__(self, _: Any, level: str, event: Event) -> str:
        redact = self._redact and level != "debug"
        name = event.pop("event", "")
        trace = traceback_of(event, redact=redact) if "exc_info" in event else ""
        # Put together by hand: three times as fast as a dictionary and an encoder, and there is a line per message.
        head, members, plain_names = shape(level, str(name), tuple(event))
        if plain_names and not trace and _SCALARS.issuperset(map(type, event.values())):
            body = _encode(event)
            if body.isascii() and b"\x7f" not in body:  # control characters below space are escaped already
                return mask(f'{{"at":"{self._now()}"{head},{body[1:].decode()}')
        line = f'{{"at":"{self._now()}"{head}'
        for (begin, plain), (key, value) in zip(members, event.items(), strict=True):
            kind = type(value)
            if kind is str and plain:
                line += begin + quoted(value)
            elif kind is int or (kind is float and isfinite(value)):
                line += begin + repr(value)
            else:
                cleaned = clean(key, value, redact=redact)
                line += begin + (quoted(cleaned) if type(cleaned) is str else self._encode(cleaned))
        if trace:
            line += f',"exception":{quoted(trace)}'
        return mask(line + "}")

    def _now(self) -> str:
        milliseconds = time.time_ns() // 1_000_000
        if milliseconds != self._at_ms:
            second, rest = divmod(milliseconds, 1_000)
            if second != self._second:
                self._second, self._prefix = second, time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
            self._at_ms, self._at = milliseconds, f"{self._prefix}{rest:03d}Z"
        return self._at


class PrettyLine:
    """The last processor of structlog: the event for a person's eyes, with every value on one line."""

    def __init__(self, *, redact: bool, colors: bool) -> None:
        self._redact = redact
        self._colors = colors

    def __call__(self, _: Any, level: str, event: Event) -> str:
        name = inert(str(event.pop("event", "")))
        redact = self._redact and level != "debug"
        trace = traceback_of(event, redact=redact)
        pairs = [f"{inert(key)}={self._value(clean(key, value, redact=redact))}" for key, value in event.items()]
        word = f"\x1b[{_COLORS.get(level, '0')}m{level:<7}\x1b[0m" if self._colors else f"{level:<7}"
        line = mask(f"{time.strftime('%H:%M:%S')} {word} {name:<28} {' '.join(pairs)}".rstrip())
        quoted = "".join(f"\n    | {inert(part)}" for part in mask(trace).splitlines())
        return line + quoted

    @staticmethod
    def _value(value: Any) -> str:
        if isinstance(value, str) and value and " " not in value:
            return value
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=1_024)
def shape(level: str, name: str, keys: tuple[str, ...]) -> tuple[str, tuple[tuple[str, bool], ...], bool]:
    """What all lines of an event have in common: its head, of each member the beginning, and whether texts of that
    name may be written as they are; and whether that is so for all of them.
    """
    members = tuple((f",{quoted(key)}:", judge(key) == PLAIN) for key in keys)
    return f',"level":"{level}","event":{quoted(name)}', members, bool(keys) and all(plain for _, plain in members)


class Bridge(logging.Handler):
    """Takes what libraries say through `logging` into the same pipeline."""

    def __init__(self, render: JsonLine | PrettyLine, writer: LineWriter) -> None:
        super().__init__()
        self._render = render
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        try:
            note = record.getMessage()
        except (TypeError, ValueError):
            note = str(record.msg)
        event = {"event": "library.said", "logger": record.name, "note": note, "exc_info": record.exc_info}
        self._writer.write(self._render(None, record.levelname.lower(), event))


def traceback_of(event: Event, *, redact: bool) -> str:
    """Take `exc_info` out of an event, as text without local variables; empty if there is none.

    With `redact` an exception is named, but not what it says: that often quotes what a person wrote.
    """
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if not isinstance(error, BaseException):
        return ""
    text = (_named(error) if redact else "".join(traceback.format_exception(error))).rstrip()
    return text if len(text) <= MAX_TRACEBACK_CHARS else f"…{text[-MAX_TRACEBACK_CHARS:]}"


def _named(error: BaseException, depth: int = 0) -> str:
    """The stacks of an exception and of those that led to it, each with the exception's type."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    text = f"{_named(before, depth + 1)}which led to:\n" if before is not None and depth < MAX_CHAIN else ""
    if isinstance(error, BaseExceptionGroup) and depth < MAX_CHAIN:
        text += "".join(_named(each, depth + 1) for each in error.exceptions[:MAX_CHAIN])
    stack = "".join(traceback.format_tb(error.__traceback__))
    return f"{text}Traceback (most recent call last):\n{stack}{type(error).__qualname__}\n"
