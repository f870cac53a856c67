"""Lists of sign-ups under the names that they had before 2024: of a chat, with `users`, answered by the list itself.

Nothing of these answers was recorded live; their form is the one that the SDKs of the time read, and like all methods
of the time they bring no reference back. Source: nandbox.md 4 and 7.1.
"""

from collections.abc import Callable
from typing import Any

from bot.sandbox.nandbox.accounts import SIGNUP_MANAGEMENT
from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.methods_signups import BLACK, WHITE, delete, insert_all, page_of, texts_of
from bot.sandbox.nandbox.wire import Frame


def listing(name: str) -> Callable[[Asked], list[Frame]]:
    """A page of a list."""

    def get(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        entries, eop = page_of(asked, name)
        return [_answer(asked, name, [_user(*entry) for entry in entries], eop=eop)]

    return get


def adding(name: str) -> Callable[[Asked], list[Frame]]:
    """Answers those that are new."""

    def add(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        made = insert_all(asked, name, asked.rows("users"), "signup_user", "a user without signup_user")
        return [_answer(asked, name, [_user(*entry) for entry in made])]

    return add


def deleting(name: str) -> Callable[[Asked], list[Frame]]:
    """Answers those that were there."""

    def remove(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        gone = [one for one in texts_of(asked.rows("users")) if delete(asked, name, one)]
        return [_answer(asked, name, [{"signup_user": one} for one in gone])]

    return remove


def deleting_patterns(name: str) -> Callable[[Asked], list[Frame]]:
    def remove(asked: Asked) -> list[Frame]:
        asked.need(SIGNUP_MANAGEMENT)
        gone = [one for one in texts_of(asked.rows("pattern")) if delete(asked, f"{name} pattern", one)]
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


METHODS = {
    f"{before}{name}{after}": make(name)
    for name in (BLACK, WHITE)
    for before, after, make in (
        ("get", "", listing), ("add", "", adding), ("delete", "", deleting), ("delete", "Patterns", deleting_patterns),
    )
}  # fmt: skip
