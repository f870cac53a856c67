"""A list of people that came as a file: who is on it, and which of its lines name nobody."""

import csv
import io
import re
from collections.abc import Mapping, Sequence

from bot.wire import Value

MOST_BYTES = 1_000_000
MOST_LINES = 20_000
NAMED = ("user_id", "number", "identity_number", "id")
"""Columns that name somebody, if the first line has one of them."""
_WHO = re.compile(r"\d{4,10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class BadLine(Value, frozen=True):
    """Why a line counts for nothing: a key of the catalog below `upload.`."""

    number: int
    why: str
    found: str = ""


class Listed(Value, frozen=True):
    """Who is named, in order and once, with the number of the line; and the lines that name nobody."""

    lines: Mapping[str, int]
    bad: Sequence[BadLine] = ()


def read_list(content: bytes) -> Listed:
    """One person a line, by Mixin ID or user id: in the first column, or in that of a name that says so.

    Raises:
        ValueError: A key of the catalog below `upload.`: it is no text, too large, or has too many lines.
    """
    if len(content) > MOST_BYTES:
        raise ValueError("large")
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("text") from None
    if "\0" in text:
        raise ValueError("text")
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    lines: dict[str, int] = {}
    bad: list[BadLine] = []
    column = 0
    reader = csv.reader(io.StringIO(text), delimiter=mark)
    try:
        for row in reader:
            cells = [cell.strip().lower() for cell in row]
            if len(lines) >= MOST_LINES:
                raise ValueError("many")
            if not any(cells):
                continue
            if not lines and not bad and (named := next((name for name in NAMED if name in cells), "")):
                column = cells.index(named)
                continue
            who = cells[column].lstrip("'") if column < len(cells) else ""
            if not _WHO.fullmatch(who):
                bad.append(BadLine(reader.line_num, "nobody" if who else "empty", who[:40]))
            elif who in lines:
                bad.append(BadLine(reader.line_num, "twice", who))
            else:
                lines[who] = reader.line_num
    except csv.Error:
        raise ValueError("text") from None
    return Listed(lines, bad)


def without_strangers(listed: Listed, known: Mapping[str, str]) -> Listed:
    """The same, with the lines of those whom the bot does not know among the bad ones."""
    strangers = [BadLine(number, "unknown", who) for who, number in listed.lines.items() if who not in known]
    lines = {who: number for who, number in listed.lines.items() if who in known}
    return Listed(lines, sorted((*listed.bad, *strangers), key=lambda each: each.number))
