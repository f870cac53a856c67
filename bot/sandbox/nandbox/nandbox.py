"""The sandbox's nandbox: what people do there, for tests and tools without a socket."""

import random
from typing import Any

from bot.sandbox.nandbox.accounts import STARTED, STOPPED, User
from bot.sandbox.nandbox.chats import ACTIVE, BANNED, LEFT, Chat, Member, member_details
from bot.sandbox.nandbox.menus import find_button, pressed
from bot.sandbox.nandbox.messages import DELETED, MAX_TEXT, SCHEDULED, Message, talk_key
from bot.sandbox.nandbox.state import State
from bot.sandbox.nandbox.world import BOT_ID
from bot.sandbox.tables import transaction


class Nandbox(State):
    """The other side of nandbox's wire. `person` is an id, a handle or a name."""

    def talk(self, user: User, chat_id: str = "") -> str:
        """The talk of that id, or of that person and the bot.

        Raises:
            KeyError: There is no such chat, or this person is not in it.
        """
        if chat_id in ("", BOT_ID):
            return talk_key(user.id, BOT_ID)
        chat = self.chats.get(chat_id)
        if chat is None or not chat.is_member(user.id):
            raise KeyError(f"{user.name} is in no chat {chat_id}")
        return chat.id

    def say(self, person: str, text: str = "", chat_id: str = "", *, reply_to: str = "", **content: Any) -> Message:
        """Somebody says something to the bot, or in a group. `content`: another type's name and its media object.

        Whoever never started the bot does so with this.

        Raises:
            KeyError: No such person or chat.
        """
        user = self.user(person)
        talk = self.talk(user, chat_id)
        if not content and len(text) > MAX_TEXT:
            file = self.files.add("message.txt", text.encode(), "text/plain")
            content = {"text_file": {"id": file.file_id, "size": len(file.content)}}
        kind, body = ("text", {"text": text}) if not content else (next(iter(content)), dict(content))
        if reply_to:
            body["reply_to_message_id"] = reply_to
        with transaction(self.db):
            if "|" in talk:
                self.delivery.begin(user, BOT_ID)
            message = Message(
                self.messages.next_id("api1"), talk, user.id, kind, self.now_ms(), body,
                self.messages.count(user.id) + 1,
            )  # fmt: skip
            self.delivery.add(message)
        self.delivery.to_bots(message)
        return message

    def start(self, person: str) -> User:
        """Somebody starts the bot, for the first time or again."""
        with transaction(self.db):
            return self.delivery.begin(self.user(person), BOT_ID)

    def stop(self, person: str, *, leave: bool = False) -> User:
        """Somebody stops the bot, or leaves it: from now on it cannot write to them."""
        user = self.user(person)
        if user.with_bot.get(BOT_ID) != STARTED:
            return user
        with transaction(self.db):
            return self.delivery.end(user, BOT_ID, STOPPED, "userLeftBot" if leave else "userStoppedBot")

    def switch_phone(self, person: str, online: bool) -> User:
        with transaction(self.db):
            user = self.accounts.change(self.user(person), online=online)
            if online:
                self.delivery.back(user)
        self.events.publish("nandbox_people", frozenset({user.id}))
        return user

    def press(
        self, person: str, message_id: str, callback: str, menu_ref: str = "", query: Any = None
    ) -> dict[str, Any]:
        """Somebody presses a button below a message; `query` is what they share where the button asks for something.

        Gives what the button opens: a menu, a chat, an address, or nothing of these.

        Raises:
            KeyError: No such person, message or button.
        """
        user, message = self.user(person), self.messages.get(message_id)
        if message is None or message.status == DELETED:
            raise KeyError("there is no such message")
        self._must_be_in(user, message.talk)
        button = find_button(message.menus, menu_ref, callback)
        if button is None:
            raise KeyError(f"the message has no button {callback!r}")
        told = pressed(button, menu_ref or message.menu_ref, user.id, self._chat_of(message.talk, user), self.now_ms())
        told |= {"message_id": message.message_id, "reference": message.reference}
        self._push_press("inlineMessageCallback", message.talk, told, query)
        return opens(button)

    def press_keypad(
        self, person: str, chat_id: str, callback: str, menu_ref: str = "", query: Any = None
    ) -> dict[str, Any]:
        """The same for a button of the chat's keypad."""
        user = self.user(person)
        talk = self.talk(user, chat_id)
        button = find_button(self.keypad(talk)["menus"], menu_ref, callback)
        if button is None:
            raise KeyError(f"the keypad has no button {callback!r}")
        told = pressed(button, menu_ref, user.id, self._chat_of(talk, user), self.now_ms())
        self._push_press("chatMenuCallback", talk, told, query)
        return opens(button)

    def search(self, person: str, keywords: str, chat_id: str = "", offset: str = "") -> int:
        """Somebody types `@bot words`; gives the number under which the bot answers."""
        user = self.user(person)
        talk = self.talk(user, chat_id)
        search_id = random.randrange(1000, 999_999)  # noqa: S311 - a number, no secret
        where = {"id": self._chat_of(talk, user), "type": "Mobile"}
        told = {
            "date": self.now_ms(), "keywords": keywords, "chat": where, "from": {"id": user.id, "type": "Mobile"},
            "search_id": search_id, "offset": offset,
        }  # fmt: skip
        for bot_id in self.delivery.bots_in(talk):
            self.lines.push(bot_id, {"method": "inlineSearch", "inlineSearch": told, "app_id": self.app_id})
        return search_id

    def history(self, person: str, chat_id: str = "", limit: int = 200, before: int | None = None) -> list[Message]:
        """What was said there, oldest first; what is to be sent later is not there yet."""
        user = self.user(person)
        found = self.messages.newest(self.talk(user, chat_id), limit, before)
        return [one for one in found if one.status != SCHEDULED and self.delivery.hears(user.id, one)]

    def enter(self, person: str, chat_id: str, *, leave: bool = False) -> Chat:
        """Somebody joins a group or channel, or leaves it; its bots are told.

        Raises:
            KeyError: There is no such chat, or this person was banned from it.
        """
        user, chat = self.user(person), self.chats.get(chat_id)
        if chat is None:
            raise KeyError(f"there is no chat {chat_id}")
        member = chat.members.setdefault(user.id, Member(since=self.now_ms()))
        if member.status == BANNED:
            raise KeyError(f"{user.name} is banned from {chat.title}")
        member.status = LEFT if leave else ACTIVE
        with transaction(self.db):
            self.chats.save(chat)
        told = {"method": "chatMember", "chatMember": member_details(chat.id, user.id, member), "app_id": chat.app_id}
        for bot_id in self.delivery.bots_in(chat.id):
            self.lines.push(bot_id, told)
        self.events.publish("nandbox_chats", frozenset({user.id, *chat.active()}))
        return chat

    def resume(self) -> None:
        """Messages that were to be sent later, and were not when the sandbox ended."""
        for message in self.messages.scheduled():
            wait_s = max(0.0, (message.schedule_date - self.now_ms()) / 1000)
            self.delivery.later(wait_s, self.publish_scheduled, message.message_id)

    def publish_scheduled(self, message_id: str) -> None:
        """The time of a message has come, if it was not cancelled."""
        message = self.messages.get(message_id)
        if message is None or message.status != SCHEDULED:
            return
        with transaction(self.db):
            self.messages.drop(message)
            message.status, message.date = "", self.now_ms()
            self.delivery.add(message)
        for bot_id in self.delivery.bots_in(message.talk):
            self.lines.push(bot_id, self.delivery.message_frame(message, bot_id, "scheduledMessage"))
        self.delivery.follow(message, message.sender_id, self.settings.receipt_s)

    def _must_be_in(self, user: User, talk: str) -> None:
        if user.id not in self.delivery.people_in(talk):
            raise KeyError(f"{user.name} is not in that chat")

    def _chat_of(self, talk: str, user: User) -> str:
        return user.id if "|" in talk else talk

    def _push_press(self, method: str, talk: str, told: dict[str, Any], query: Any) -> None:
        if query is not None:
            told["button_query_result"] = query
        for bot_id in self.delivery.bots_in(talk):
            self.lines.push(bot_id, {"method": method, method: told, "app_id": self.app_id})


def opens(button: dict[str, Any]) -> dict[str, Any]:
    """Where a button leads besides telling the bot; a chat wins over an address."""
    names = ("next_menu", "chat") if button.get("chat") else ("next_menu", "button_url")
    return {name: button[name] for name in names if button.get(name)}
