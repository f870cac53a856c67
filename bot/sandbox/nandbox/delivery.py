"""Takes messages in and hands them out: to bots that are connected, and to pages.

Source: nandbox.md 8 and 13. Nothing is kept for a bot that is not connected.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.sandbox.events import Events
from bot.sandbox.nandbox.accounts import NEVER, STARTED, Accounts, User, sender
from bot.sandbox.nandbox.chats import Chats
from bot.sandbox.nandbox.lines import Lines
from bot.sandbox.nandbox.messages import DELIVERED, SEEN, SENT, Message, Messages, talk_key, view
from bot.sandbox.nandbox.wire import Frame


class Delivery:
    """`now_ms` is the sandbox's clock; callers hold the transaction."""

    def __init__(
        self, accounts: Accounts, chats: Chats, messages: Messages, lines: Lines, events: Events,
        now_ms: Callable[[], int],
    ) -> None:  # fmt: skip
        self._accounts = accounts
        self._chats = chats
        self._messages = messages
        self._lines = lines
        self._events = events
        self._now_ms = now_ms
        self._timers: set[asyncio.TimerHandle] = set()

    # Who hears it

    def bots_in(self, talk: str) -> list[str]:
        chat = self._chats.get(talk)
        if chat is not None:
            return [one for one in chat.active() if self._accounts.bot(one) is not None]
        return [talk.partition("|")[2]]

    def people_in(self, talk: str) -> frozenset[str]:
        chat = self._chats.get(talk)
        if chat is not None:
            return frozenset(one for one in chat.active() if self._accounts.bot(one) is None)
        return frozenset({talk.partition("|")[0]})

    def message_frame(self, message: Message, bot_id: str, method: str = "message") -> Frame:
        """A message as that bot hears it."""
        author = self._accounts.user(message.sender_id) or User(message.sender_id, "")
        chat = self._chats.get(message.talk)
        body: dict[str, Any] = {
            "date": message.date, "reference": message.reference, "message_id": message.message_id, "style": 0,
            "from": sender(author), "type": message.type, **message.body,
        }  # fmt: skip
        if body["reference"] is None:
            del body["reference"]
        if chat is not None:
            body |= {"gmid": str(message.gmid), "chat": {"id": chat.id, "title": chat.title, "type": chat.type}}
            if chat.is_admin(author.id):
                body["from_admin"] = 1
        else:
            person = self._accounts.user(message.talk.partition("|")[0]) or author
            other = person.id if author.id == bot_id else bot_id
            body |= {"chat": sender(person), "sent_to": {"id": other}}
        if message.status:
            body["status"] = message.status
        if message.schedule_date:
            body["schedule_date"] = message.schedule_date
        bot = self._accounts.bot(bot_id)
        return {"method": method, "message": body, "app_id": bot.app_id if bot is not None else ""}

    # Handing out

    def add(self, message: Message) -> Message:
        """Keep a message, number it, show it to the people in the talk."""
        chat = self._chats.get(message.talk)
        if chat is not None:
            chat.gmid += 1
            message.gmid = chat.gmid
            self._chats.save(chat)
        self._messages.add(message)
        self.show(message)
        return message

    def hears(self, user_id: str, message: Message) -> bool:
        """Whether a message is for somebody in its talk: for one person, for people with certain tags, for admins."""
        chat = self._chats.get(message.talk)
        if chat is None or user_id == message.sender_id:
            return True
        if message.body.get("chat_settings") and not chat.is_admin(user_id):
            return False
        member = chat.members.get(user_id)
        tagged = not message.tags or bool(set(message.tags) & set(member.tags or () if member is not None else ()))
        return tagged and message.to_user_id in ("", user_id)

    def show(self, message: Message) -> None:
        audience = frozenset(one for one in self.people_in(message.talk) if self.hears(one, message))
        self._events.publish("nandbox_message", audience, message=view(message))

    def to_bots(self, message: Message, method: str = "message", *, but: str = "") -> None:
        for bot_id in self.bots_in(message.talk):
            if bot_id != but:
                self._lines.push(bot_id, self.message_frame(message, bot_id, method))

    def push_all(self, frame: Frame, app_id: str = "") -> None:
        """An event that concerns every bot of the app, or every bot there is."""
        for bot in self._accounts.bots:
            if not app_id or bot.app_id == app_id:
                self._lines.push(bot.id, frame)

    # What becomes of a bot's message

    def follow(self, message: Message, bot_id: str, wait_s: float) -> None:
        """In a direct talk with somebody whose phone is on: delivered, and a moment later seen."""
        user = self._accounts.user(message.talk.partition("|")[0])
        if "|" in message.talk and user is not None and user.online:
            self.later(wait_s, self._delivered, message.message_id, bot_id, wait_s)

    def _delivered(self, message_id: str, bot_id: str, wait_s: float) -> None:
        message = self._raise(message_id, DELIVERED)
        if message is None:
            return
        frame = {"reference": message.reference, "method": "messageDelivered", "message_id": message_id}
        self._lines.push(bot_id, frame)
        self.later(wait_s, self._seen, message_id, bot_id)

    def _seen(self, message_id: str, bot_id: str) -> None:
        if self._raise(message_id, SEEN) is not None:
            self._lines.push(bot_id, {"method": "messageSeen", "message_ids": [message_id]})

    def _raise(self, message_id: str, receipt: str) -> Message | None:
        message = self._messages.get(message_id)
        if message is None:
            return None
        message.receipt = receipt
        return self._messages.save(message)

    def back(self, user: User) -> None:
        """Somebody's phone is on again: what came meanwhile is delivered."""
        for bot in self._accounts.bots:
            for message in self._messages.newest(talk_key(user.id, bot.id), 200):
                if message.sender_id == bot.id and message.receipt == SENT and not message.status:
                    self._delivered(message.message_id, bot.id, 0.0)

    # What a person has with a bot

    def begin(self, user: User, bot_id: str) -> User:
        """Somebody starts a bot: for the first time, or again after having stopped it."""
        before = user.with_bot.get(bot_id, NEVER)
        if before == STARTED:
            return user
        user = self._accounts.change(user, with_bot=user.with_bot | {bot_id: STARTED})
        self.tell_of(user, bot_id, "userJoinedBot" if before == NEVER else "userStartedBot")
        return user

    def end(self, user: User, bot_id: str, state: str, method: str) -> User:
        user = self._accounts.change(user, with_bot=user.with_bot | {bot_id: state})
        self.tell_of(user, bot_id, method)
        return user

    def tell_of(self, user: User, bot_id: str, method: str) -> None:
        bot = self._accounts.bot(bot_id)
        if bot is not None:
            self._lines.push(bot_id, {"method": method, "user": {"id": user.id}, "app_id": bot.app_id})
        self._events.publish("nandbox_people", frozenset({user.id}))

    # Later

    def later(self, wait_s: float, act: Callable[..., None], *given: Any) -> None:
        """Call `act` in `wait_s` seconds, unless the sandbox ends before."""
        loop = asyncio.get_running_loop()

        def run() -> None:
            self._timers.discard(timer)
            act(*given)

        timer = loop.call_later(wait_s, run)
        self._timers.add(timer)

    def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
