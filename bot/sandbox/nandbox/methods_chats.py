"""What bots ask of groups and channels, and do with who is in them.

Source: nandbox.md 7.2 and 9.
"""

import random
from collections.abc import Callable
from typing import Any

from bot.sandbox.nandbox.accounts import MANAGE_CHATS
from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.chats import (
    ACTIVE,
    ADMIN,
    BANNED,
    CONTACT,
    GROUP,
    MEMBER,
    REMOVED,
    Chat,
    Member,
    chat_details,
    member_details,
)
from bot.sandbox.nandbox.methods_users import unknown
from bot.sandbox.nandbox.wire import NO_PRIVILEGE, NOT_A_MEMBER, Frame, Refused, bad_content

CHANGEABLE = ("category", "language_code", "regions", "invite_link")


def get_chat(asked: Asked) -> list[Frame]:
    """A group or channel; of a person's id, the direct conversation."""
    asked.need(MANAGE_CHATS)
    chat_id = asked.text("chat_id")
    user = asked.nandbox.accounts.user(chat_id)
    if user is not None:
        facts = {"id": user.id, "name": user.name, "type": CONTACT, "version": user.version, "status": user.status}
        return [asked.answer("chatDetails", chat=facts)]
    chat = asked.nandbox.chats.get(chat_id)
    if chat is None:
        return unknown(asked, f"there is no chat {chat_id}")
    must_run(asked, chat)
    return [asked.answer("chatDetails", chat=chat_details(chat))]


def get_chat_member(asked: Asked) -> list[Frame]:
    """Of a direct conversation the live service says nothing at all."""
    asked.need(MANAGE_CHATS)
    chat_id, user_id = asked.text("chat_id"), asked.text("user_id")
    if asked.nandbox.accounts.user(chat_id) is not None:
        return []
    chat = asked.nandbox.chats.get(chat_id)
    if chat is None:
        return unknown(asked, f"there is no chat {chat_id}")
    must_run(asked, chat)
    if user_id not in chat.members:
        return unknown(asked, f"{user_id} was never in {chat.title!r}")
    return [asked.answer("chatMember", chatMember=member_details(chat_id, user_id, chat.members[user_id]))]


def get_administrators(asked: Asked) -> list[Frame]:
    asked.need(MANAGE_CHATS)
    chat = asked.nandbox.chats.get(asked.text("chat_id"))
    if chat is None:
        return unknown(asked, "there is no such chat")
    must_run(asked, chat)
    found = {"chat": {"id": chat.id}, "administrators": [{"id": one} for one in chat.admins()]}
    return [asked.answer("chatAdministrators", chatAdministrators=found)]


def changing(status: str, kind: str = "") -> Callable[[Asked], list[Frame]]:
    """The handler of one way to change somebody's membership."""

    def change(asked: Asked) -> list[Frame]:
        asked.need(MANAGE_CHATS)
        chat_id, user_id = asked.maybe_text("chat_id"), asked.text("user_id")
        if not chat_id:
            # The Python SDK forgets it where it adds somebody: the app itself is meant.
            member = Member(kind or MEMBER, status, asked.nandbox.now_ms())
            return [asked.answer("chatMember", chatMember=member_details(asked.app_id, user_id, member))]
        chat = asked.nandbox.chats.get(chat_id)
        if chat is None or asked.nandbox.accounts.user(user_id) is None:
            return unknown(asked, "there is no such chat, or nobody by that id")
        must_run(asked, chat)
        member = chat.members.setdefault(user_id, Member(since=asked.nandbox.now_ms()))
        member.status, member.type = status, kind or member.type
        asked.nandbox.chats.save(chat)
        asked.nandbox.events.publish("nandbox_chats", frozenset({user_id, *chat.active()}))
        return [asked.answer("chatMember", chatMember=member_details(chat.id, user_id, member))]

    return change


def set_chat(asked: Asked) -> list[Frame]:
    """What is null, stays."""
    asked.need(MANAGE_CHATS)
    wanted = asked.part("chat")
    chat_id = Asked(asked.nandbox, asked.bot_id, wanted).text("id")
    chat = asked.nandbox.chats.get(chat_id)
    if chat is None:
        return unknown(asked, f"there is no chat {chat_id}")
    must_run(asked, chat)
    title = wanted.get("title") or wanted.get("name")
    photo = wanted.get("photo")
    changes = {
        "title": title, "description": wanted.get("description"),
        "photo": photo.get("id") if isinstance(photo, dict) else photo,
    }  # fmt: skip
    changes = {name: _text(value, name) for name, value in changes.items() if value is not None}
    for name, value in changes.items():
        setattr(chat, name, value)
    chat.facts |= {name: wanted[name] for name in CHANGEABLE if wanted.get(name) is not None}
    asked.nandbox.chats.save(chat)
    asked.nandbox.events.publish("nandbox_chats", frozenset(chat.active()))
    return [asked.answer("chatDetails", chat=chat_details(chat))]


def create_chat(asked: Asked) -> list[Frame]:
    """The bot owns what it makes; what it said of the chat comes back with an id."""
    asked.need(MANAGE_CHATS)
    wanted = asked.part("chat")
    if wanted.get("type", GROUP) != GROUP:
        raise bad_content("only groups can be made")
    number = random.randrange(1_000_000, 9_999_999)  # noqa: S311 - an id, no secret
    chat = Chat(
        f"9009068400{number}", _text(wanted.get("title"), "title"), GROUP, asked.app_id, asked.bot_id,
        is_public=1 if wanted.get("isPublic") else 0,
        members={asked.bot_id: Member(ADMIN, since=asked.nandbox.now_ms())},
    )  # fmt: skip
    asked.nandbox.chats.save(chat)
    return [asked.answer("createChatAck", chat=wanted | {"id": chat.id})]


def must_run(asked: Asked, chat: Chat) -> None:
    """
    Raises:
        Refused: The bot is not in the chat, or no admin of it.
    """
    if not chat.is_member(asked.bot_id):
        raise Refused(NOT_A_MEMBER, f"the bot is not in {chat.title!r}")
    if not chat.is_admin(asked.bot_id):
        raise Refused(NO_PRIVILEGE, f"the bot is no admin of {chat.title!r}")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise bad_content(f"{name} is no text")
    return value


METHODS = {
    "getChat": get_chat, "getChatMember": get_chat_member, "getChatAdministrators": get_administrators,
    "banChatMember": changing(BANNED), "unbanChatMember": changing(ACTIVE), "removeChatMember": changing(REMOVED),
    "addChatMember": changing(ACTIVE), "addChatAdmin": changing(ACTIVE, ADMIN), "setChat": set_chat,
    "createChat": create_chat,
}  # fmt: skip
