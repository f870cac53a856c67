"""Lists of sign-ups under the names that they had before 2024: of a chat, with `users`, answered by the list itself.

Nothing of these answers was recorded live; their form is the one that the SDKs of the time read, and like all methods
of the time they bring no reference back. Source: nandbox.md 4 and 7.1.
"""

import json
from collections.abc import Callable
from typing import Any

from bot.sandbox.nandbox.accounts import SIGNUP_MANAGEMENT
from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.methods_signups import BLACK, FIRST_ID, MAX_PAGE_SIZE, PAGE_SIZE, WHITE, delete, insert
from bot.sandbox.nandbox.wire import Frame, bad_content


def listing(name: str) -> Callable[[Asked], list[Frame]]:
    """A page of a list."""

    def get(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        page, size = asked.whole("page_number"), min(asked.whole("page_size", PAGE_SIZE), MAX_PAGE_SIZE)
        if page < 0 or size < 1:
            raise bad_content("there is no such page")
        rows = asked.nandbox.db.execute(
            "SELECT entry_id, name, value FROM nandbox_entries WHERE app_id = ? AND list = ? "
            "ORDER BY entry_id LIMIT ? OFFSET ?",
            (asked.app_id, name, size + 1, page * size),
        ).fetchall()
        users = [_user(FIRST_ID + number, one, json.loads(rest)) for number, one, rest in rows]
        return [_answer(asked, name, users[:size], eop=len(rows) <= size)]

    return get


def adding(name: str) -> Callable[[Asked], list[Frame]]:
    """Answers those that are new."""

    def add(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        made = []
        for row in asked.rows("users"):
            signup = row if isinstance(row, str) else row.get("signup_user") if isinstance(row, dict) else None
            if not isinstance(signup, str) or not signup:
                raise bad_content("a user without signup_user")
            tags = {"tags": row["tags"]} if isinstance(row, dict) and row.get("tags") else {}
            if entry_id := insert(asked, name, signup, tags):
                made.append(_user(entry_id, signup, tags))
        return [_answer(asked, name, made)]

    return add


def deleting(name: str) -> Callable[[Asked], list[Frame]]:
    """Answers those that were there."""

    def remove(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        gone = [one for one in _texts(asked.rows("users")) if delete(asked, name, one)]
        return [_answer(asked, name, [{"signup_user": one} for one in gone])]

    return remove


def deleting_patterns(name: str) -> Callable[[Asked], list[Frame]]:
    def remove(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        gone = [one for one in _texts(asked.rows("pattern")) if delete(asked, f"{name} pattern", one)]
        return [
            {
                "method": f"delete{name}Patterns_ack",
                "data": [{"pattern": one} for one in gone],
                "chat_id": asked.text("chat_id"),
            }
        ]

    return remove


def _answer(asked: Asked, name: str, users: list[dict[str, Any]], *, eop: bool = True) -> Frame:
    word = name.lower()
    return {"method": word, word: {"chat": {"id": asked.text("chat_id")}, "eop": eop, "users": users}}


def _user(entry_id: int, signup: str, rest: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(entry_id), "signup_user": signup, "tags": rest.get("tags", [])}


def _texts(rows: list[Any]) -> list[str]:
    if not all(isinstance(one, str) for one in rows):
        raise bad_content("an entry that is no text")
    return rows


METHODS = {
    f"{before}{name}{after}": make(name)
    for name in (BLACK, WHITE)
    for before, after, make in (
        ("get", "", listing), ("add", "", adding), ("delete", "", deleting), ("delete", "Patterns", deleting_patterns),
    )
}  # fmt: skip
