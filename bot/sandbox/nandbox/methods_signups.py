"""Black and white lists of who may register in an app.

Source: nandbox.md 7.1 and 13.
"""

import json
from collections.abc import Callable
from typing import Any

from bot.sandbox.nandbox.accounts import SIGNUP_MANAGEMENT
from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.wire import Frame, bad_content

FIRST_ID = 500
PAGE_SIZE, MAX_PAGE_SIZE = 50, 200
BLACK, WHITE = "Blacklist", "Whitelist"


Entry = tuple[int, str, dict[str, Any]]
"""Number, name, and what else is known."""


def page_of(asked: Asked, name: str) -> tuple[list[Entry], bool]:
    """The page of a list that is asked for, and whether it is the last one."""
    page, size = asked.whole("page_number"), min(asked.whole("page_size", PAGE_SIZE), MAX_PAGE_SIZE)
    if page < 0 or size < 1:
        raise bad_content("there is no such page")
    rows = asked.nandbox.db.execute(
        "SELECT entry_id, name, value FROM nandbox_entries WHERE app_id = ? AND list = ? "
        "ORDER BY entry_id LIMIT ? OFFSET ?",
        (asked.app_id, name, size + 1, page * size),
    ).fetchall()
    return [(FIRST_ID + number, one, json.loads(rest)) for number, one, rest in rows[:size]], len(rows) <= size


def insert_all(asked: Asked, name: str, rows: list[Any], key: str, refusal: str) -> list[Entry]:
    """Put texts, or objects with a text under `key` and perhaps tags, on a list; gives those that are new."""
    made: list[Entry] = []
    for row in rows:
        one = row if isinstance(row, str) else row.get(key) if isinstance(row, dict) else None
        if not isinstance(one, str) or not one:
            raise bad_content(refusal)
        tags = {"tags": row["tags"]} if isinstance(row, dict) and row.get("tags") else {}
        if entry_id := insert(asked, name, one, tags):
            made.append((entry_id, one, tags))
    return made


def listing(name: str) -> Callable[[Asked], list[Frame]]:
    """A page of a list."""

    def get(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        entries, eop = page_of(asked, name)
        signups = [{"signup_id": one, "id": str(entry_id), **rest} for entry_id, one, rest in entries]
        answer = asked.answer(f"get{name}UsersResponse", signups=signups)
        return [answer | {"page_number": asked.whole("page_number"), "eop": eop}]

    return get


def adding(name: str) -> Callable[[Asked], list[Frame]]:
    """Sign-ups as texts, or as objects with tags."""

    def add(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        new = insert_all(asked, name, asked.rows("signups"), "signup_id", "a sign-up without signup_id")
        made = [{"signup_id": one, "id": str(entry_id)} for entry_id, one, _ in new]
        return [_with_reference(asked, asked.answer(f"addTo{name}_ack", signups=made))]

    return add


def removing(name: str) -> Callable[[Asked], list[Frame]]:
    """Answers those that were there."""

    def remove(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        gone = [one for one in texts_of(asked.rows("signups")) if delete(asked, name, one)]
        return [_with_reference(asked, asked.answer(f"removeFrom{name}_ack", signups=gone))]

    return remove


def adding_patterns(name: str) -> Callable[[Asked], list[Frame]]:
    """Answers those that are new."""

    def add(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        made = []
        for row in asked.rows("patterns", "data"):
            if not isinstance(row, dict) or not isinstance(row.get("pattern"), str):
                raise bad_content("a pattern that is none")
            example = row.get("example")
            if entry_id := insert(asked, f"{name} pattern", row["pattern"], {"example": example}):
                made.append({"pattern": row["pattern"], "id": str(entry_id), "example": example})
        return [_pattern_ack(asked, f"add{name}Patterns_ack", made, name)]

    return add


def removing_patterns(name: str) -> Callable[[Asked], list[Frame]]:
    def remove(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        gone = [
            {"pattern": one}
            for one in texts_of(asked.rows("patterns", "data"))
            if delete(asked, f"{name} pattern", one)
        ]
        return [_pattern_ack(asked, f"remove{name}Patterns_ack", gone, name)]

    return remove


def insert(asked: Asked, name: str, entry: str, rest: dict[str, Any]) -> int:
    """The new entry's id; 0 where it is there already."""
    cursor = asked.nandbox.db.execute(
        "INSERT OR IGNORE INTO nandbox_entries VALUES (NULL, ?, ?, ?, ?)",
        (asked.app_id, name, entry, json.dumps(rest)),
    )
    return FIRST_ID + (cursor.lastrowid or 0) if cursor.rowcount == 1 else 0


def delete(asked: Asked, name: str, entry: str) -> bool:
    cursor = asked.nandbox.db.execute(
        "DELETE FROM nandbox_entries WHERE app_id = ? AND list = ? AND name = ?", (asked.app_id, name, entry)
    )
    return cursor.rowcount == 1


def _with_reference(asked: Asked, answer: Frame) -> Frame:
    """These acks always carry one, as the live service's do."""
    return {"reference": asked.reference, **answer}


def _pattern_ack(asked: Asked, method: str, data: list[Any], name: str) -> Frame:
    """Reference, app and chat only as they were asked with: the Python SDK loses a frame in which one is null."""
    made: Frame = {"method": method, "data": data}
    if name == BLACK and method.startswith("add"):
        made["recordIndex"] = None
    for key in ("reference", "app_id", "chat_id"):
        if asked.nandbox.settings.list_acks_with_nulls or asked.frame.get(key) is not None:
            made[key] = asked.frame.get(key)
    return made


def texts_of(rows: list[Any]) -> list[str]:
    if not all(isinstance(one, str) for one in rows):
        raise bad_content("an entry that is no text")
    return rows


METHODS = {
    f"{before}{name}{after}": make(name)
    for name in (BLACK, WHITE)
    for before, after, make in (
        ("get", "Users", listing), ("addTo", "", adding), ("removeFrom", "", removing),
        ("add", "Patterns", adding_patterns), ("remove", "Patterns", removing_patterns),
    )
}  # fmt: skip
