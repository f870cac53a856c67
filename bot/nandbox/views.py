"""Users, chats and members as nandbox describes them, read without trust in any of their members.

Source: protocol/nandbox.md 9
"""

from collections.abc import Mapping
from typing import Any

from bot.directory import Chat, Entry, Member, Photo
from bot.nandbox.codec import identity, integer, text

MAX_IMAGE = 64 * 1024
"""Characters of a preview in base64; the largest known has a few thousand, and a larger one is left out."""
MAX_TEXT = 4096
MAX_ITEMS = 100


def entry(user: Any, app_id: str = "") -> Entry | None:
    """A User; nothing where there is not even an id."""
    if not isinstance(user, dict) or not (user_id := identity(user.get("id"))):
        return None
    image = text(user.get("image"))
    return Entry(
        user_id,
        _line(user.get("name")),
        user.get("is_bot") in (True, 1),
        _line(user.get("status")),
        _line(user.get("version")),
        photo(user.get("photo")),
        "".join(image.split()) if len(image) <= MAX_IMAGE else "",
        _line(user.get("profile")),
        _line(user.get("short_name")),
        _word(user.get("last_seen")),
        _line(user.get("terminal")),
        _line(user.get("type")),
        _word(user.get("login_id")) or _word(user.get("signup_id")),
        app_id,
    )


def chat(found: Any, app_id: str = "") -> Chat | None:
    """A Chat; nothing where there is not even an id."""
    if not isinstance(found, dict) or not (chat_id := identity(found.get("id"))):
        return None
    return Chat(
        chat_id,
        _line(found.get("title")) or _line(found.get("name")),
        _line(found.get("type")),
        _line(found.get("description")),
        integer(found.get("member_count")) or 0,
        _line(found.get("invite_link")) or _line(found.get("inivite_link")),
        _line(found.get("language_code")),
        _line(found.get("version")),
        photo(found.get("photo")),
        app_id,
    )


def member(found: Any, app_id: str = "") -> Member | None:
    """A ChatMember; nothing where it does not say who or where."""
    if not isinstance(found, dict):
        return None
    user_id, chat_id = _id_of(found.get("user")), _id_of(found.get("chat"))
    if not user_id or not chat_id:
        return None
    return Member(
        user_id,
        chat_id,
        _line(found.get("type")),
        _line(found.get("status")).lower(),
        integer(found.get("member_since")) or 0,
        _words(found.get("tags")),
        _line(found.get("account_type")),
        _word(found.get("login_id")) or _word(found.get("msisdn")),
        _words(found.get("privileges")),
        app_id,
    )


def photo(found: Any, *, nested: bool = True) -> Photo | None:
    """A Photo with its thumbnail; nothing where it cannot be fetched."""
    if not isinstance(found, dict) or not (photo_id := identity(found.get("id"))):
        return None
    return Photo(
        photo_id,
        _size(found.get("width")),
        _size(found.get("height")),
        _size(found.get("size")),
        photo(found.get("thumbnail"), nested=False) if nested else None,
    )


def about(method: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids that an answer is about, for matching it without a reference."""
    if method == "userDetails":
        return (_id_of(body.get("user")),)
    if method == "chatDetails":
        return (_id_of(body.get("chat")),)
    found = body.get("chatMember")
    if method == "chatMember" and isinstance(found, dict):
        return (_id_of(found.get("chat")), _id_of(found.get("user")))
    return ()


def _id_of(holder: Any) -> str:
    return identity(holder.get("id")) if isinstance(holder, dict) else ""


def _line(value: Any) -> str:
    return text(value)[:MAX_TEXT]


def _word(value: Any) -> str:
    """A number or a text, as text."""
    return identity(value)


def _size(value: Any) -> int:
    return max(0, integer(value) or 0)


def _words(value: Any) -> tuple[str, ...]:
    return tuple(word for each in value[:MAX_ITEMS] if (word := _word(each))) if isinstance(value, list) else ()
