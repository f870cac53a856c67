"""From what somebody says to everybody who should hear it: kept, queued for bots, ticked, told to pages.

All of a request happens in one transaction; lines and pages hear of it once it is committed.

Source: mixin.md 6.3, 6.6, 7.3, 13.6 and 13.8.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bot.sandbox import views
from bot.sandbox.clock import Clock
from bot.sandbox.conversations import CONTACT, Conversation, Conversations
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.events import Events
from bot.sandbox.frames import push
from bot.sandbox.grants import Grants
from bot.sandbox.ids import contact_id, new_id
from bot.sandbox.items import Item
from bot.sandbox.lines import Lines
from bot.sandbox.messages import DELIVERED, READ, SENT, Message, Messages
from bot.sandbox.people import BLOCKING, People, Person
from bot.sandbox.queue import Queue
from bot.sandbox.scopes import REPRESENT
from bot.sandbox.tables import transaction

RECEIPT = "ACKNOWLEDGE_MESSAGE_RECEIPT"


class Delivery:
    """The post office."""

    def __init__(
        self, db: sqlite3.Connection, clock: Clock, people: People, conversations: Conversations, messages: Messages,
        queue: Queue, lines: Lines, events: Events, grants: Grants,
    ) -> None:  # fmt: skip
        self._db = db
        self._clock = clock
        self._people = people
        self._conversations = conversations
        self._messages = messages
        self._queue = queue
        self._lines = lines
        self._events = events
        self._grants = grants
        self._wake: set[str] = set()
        self._receipts: list[tuple[str, str, str, str]] = []
        self._news: list[tuple[str, frozenset[str], dict[str, Any]]] = []

    def accept(self, bot: Person, items: Sequence[Item], *, recipient_needed: bool) -> None:
        """Take what a bot sends: all of it or nothing.

        Raises:
            ApiError: 403, 10002.
        """
        allowed = [(item, self._allowed(bot, item, recipient_needed)) for item in items]
        session_id = self._people.session_id_of(bot.user_id)
        with self._at_once():
            for item, conversation in allowed:
                message = Message(
                    item.message_id, item.conversation_id, bot.user_id, item.category, item.data, self._clock.text(),
                    session_id, SENT, item.quote_message_id, item.representative_id, item.silent, item.expire_in,
                    sealed=item.sealed, trouble=item.trouble,
                )  # fmt: skip
                self._post(conversation, message, item.content)

    def say(self, conversation: Conversation, message: Message, content: Any = None) -> bool:
        """A person says something; False where that id was used before.

        Raises:
            ApiError: 403: the person is not in that conversation, or takes back what others said.
        """
        if message.user_id not in conversation.members:
            raise ApiError(403, why="not in that conversation")
        if message.category == "MESSAGE_RECALL":
            self._recallable(conversation, message.user_id, content)
        if message.category == "MESSAGE_PIN":
            self._pinnable(conversation, message.user_id, content)
        with self._at_once():
            return self._post(conversation, message, content)

    def system(
        self, conversation: Conversation, actor_id: str, action: str, participant_id: str, role: str = ""
    ) -> None:
        """Tell the members, and whoever was just removed, what changed in a group."""
        content = {"action": action, "participant_id": participant_id, "user_id": actor_id}
        if action == "ROLE":
            content["role"] = role
        message = Message(
            new_id(), conversation.conversation_id, actor_id, "SYSTEM_CONVERSATION", json.dumps(content).encode(),
            self._clock.text(), self._people.session_id_of(actor_id),
        )  # fmt: skip
        with self._at_once():
            self._post(conversation, message, content, also=participant_id)
            self._tell("conversation", conversation, conversation_id=conversation.conversation_id)

    def transferred(
        self,
        conversation: Conversation,
        category: str,
        *,
        payer_id: str,
        paid: dict[str, Any],
        received: dict[str, Any],
    ) -> None:
        """Tell both sides of a transfer, each its own view; a bot that paid hears of it, too."""
        at, session_id = self._clock.text(), self._people.session_id_of(payer_id)
        made = [
            Message(
                new_id(), conversation.conversation_id, payer_id, category, json.dumps(one).encode(), at, session_id
            )
            for one in (received, paid)
        ]
        payer = self._people.get(payer_id)
        with self._at_once():
            self._post(conversation, made[0], received)
            if payer is not None and payer.is_bot and self._messages.add(made[1]):
                self._queue.put(payer_id, made[1])
                self._wake.add(payer_id)

    def acknowledge(self, bot_id: str, items: Sequence[tuple[str, str]]) -> None:
        """Take messages off a bot's queue: `(message_id, DELIVERED or READ)`; unknown ids do no harm."""
        with self._at_once():
            self._queue.settle(bot_id, items, self._clock.text())
            for status in (DELIVERED, READ):
                ids = [message_id for message_id, found in items if found == status]
                for message in self._messages.raise_status(ids, status, not_by=bot_id):
                    self._tell_status(message)
        self._lines.settled(bot_id, [message_id for message_id, _ in items])

    def read(self, conversation: Conversation, person_id: str) -> int:
        """A person looks at a conversation: what others said there becomes READ, and bots are told."""
        with self._at_once():
            fresh = self._messages.see(conversation.conversation_id, person_id)
            self._tick(fresh, READ, person_id)
        return len(fresh)

    def back(self, person_id: str) -> None:
        """Somebody's phone is on again: what came meanwhile is delivered now."""
        ids = [one.conversation_id for one in self._conversations.of(person_id)]
        with self._at_once():
            self._tick(self._messages.undelivered_to(ids, person_id), DELIVERED, person_id)

    def _allowed(self, bot: Person, item: Item, recipient_needed: bool) -> Conversation:
        conversation = self._conversations.get(item.conversation_id)
        if conversation is None or bot.user_id not in conversation.members:
            raise ApiError(403, why="no such conversation, or the sender is not in it")
        if conversation.category == CONTACT:
            if not item.recipient_id and recipient_needed:
                raise bad_field("recipient_id", "missing")
            if item.recipient_id and contact_id(bot.user_id, item.recipient_id) != item.conversation_id:
                raise bad_field("conversation_id", "not the one of sender and recipient")
            for other in conversation.others(bot.user_id):
                if self._people.relation(other, bot.user_id) == BLOCKING:
                    raise ApiError(403, why="the recipient has blocked the sender")
        elif item.recipient_id and item.recipient_id not in conversation.members:
            raise ApiError(403, why="the recipient is not in that group")
        if item.representative_id:
            grants = self._grants.of(item.representative_id, bot.user_id)
            if conversation.category != CONTACT or not any(REPRESENT in grant.scopes for grant in grants):
                raise ApiError(403, why="may not speak for that person")
        if item.category == "MESSAGE_RECALL":
            self._recallable(conversation, bot.user_id, item.content)
        if item.category == "MESSAGE_PIN":
            self._pinnable(conversation, bot.user_id, item.content)
        return conversation

    def _recallable(self, conversation: Conversation, user_id: str, content: Any) -> None:
        target = self._target(conversation, content)
        if target is not None and target.user_id != user_id and not conversation.runs(user_id):
            raise ApiError(403, why="only the sender or who runs the group can take a message back")

    def _pinnable(self, conversation: Conversation, user_id: str, content: Any) -> None:
        if not isinstance(content, dict) or content.get("action") not in ("PIN", "UNPIN"):
            raise bad_field("data_base64.action", "expected PIN or UNPIN")
        if not isinstance(content.get("message_ids"), list):
            raise bad_field("data_base64.message_ids", "expected a list")
        if conversation.category != CONTACT and not conversation.runs(user_id):
            raise ApiError(403, why="only who runs the group pins messages")

    def _target(self, conversation: Conversation, content: Any) -> Message | None:
        target = self._messages.get(str(content.get("message_id"))) if isinstance(content, dict) else None
        return target if target is not None and target.conversation_id == conversation.conversation_id else None

    def _post(self, conversation: Conversation, message: Message, content: Any, *, also: str = "") -> bool:
        sender = self._people.get(message.user_id)
        target = self._target(conversation, content) if message.category == "MESSAGE_RECALL" else None
        others = [self._people.get(one) for one in {**conversation.members, **({also: None} if also else {})}]
        hearing = [one for one in others if one is not None and one.user_id != message.user_id]
        bots = [one for one in hearing if one.is_bot and self._hears(one, conversation, target or message)]
        if any(not one.is_bot and not one.away for one in hearing):
            message.status = DELIVERED
        if bots and not (sender is not None and sender.is_bot):
            message.status = SENT
        if not self._messages.add(message):
            return False
        for one in bots:
            self._queue.put(one.user_id, message)
            self._wake.add(one.user_id)
        said = not message.category.startswith("SYSTEM_")
        if message.status == DELIVERED and said and sender is not None and sender.is_bot:
            self._receipts.append((sender.user_id, message.message_id, DELIVERED, message.created_at))
        if message.category == "MESSAGE_PIN":
            self._pin(conversation, content)
        if target is not None:
            self._messages.recall(target)
            if target.message_id in conversation.pins:
                self._pin(conversation, {"action": "UNPIN", "message_ids": [target.message_id]})
            self._tell("recall", conversation, message_id=target.message_id, conversation_id=target.conversation_id)
        if message.category != "MESSAGE_RECALL":
            self._tell("message", conversation, message=views.shown(message))
        return True

    def _pin(self, conversation: Conversation, content: Any) -> None:
        """Pin what is there and was not taken back."""
        found = [self._messages.get(str(one)) for one in content["message_ids"]]
        here = conversation.conversation_id
        ids = [one.message_id for one in found if one is not None and one.conversation_id == here and not one.recalled]
        pinned = content["action"] == "PIN"
        conversation.pin(ids if pinned else [str(one) for one in content["message_ids"]], pinned=pinned)
        self._conversations.save(conversation)
        self._tell("conversation", conversation, conversation_id=here)

    def _hears(self, bot: Person, conversation: Conversation, message: Message) -> bool:
        """In groups a bot hears only what begins with its number, and who comes and goes."""
        if conversation.category == CONTACT or message.category == "SYSTEM_CONVERSATION":
            return True
        called = f"@{bot.identity_number}".encode()
        return message.category == "PLAIN_TEXT" and (message.data + b" ").startswith(called + b" ")

    def _tick(self, messages: Sequence[Message], status: str, person_id: str) -> None:
        ids = [message.message_id for message in messages]
        at = self._clock.text()
        for message in self._messages.raise_status(ids, status, not_by=person_id):
            sender = self._people.get(message.user_id)
            if sender is not None and sender.is_bot:
                self._receipts.append((sender.user_id, message.message_id, status, at))
            self._tell_status(message)

    def _tell(self, kind: str, conversation: Conversation, **facts: Any) -> None:
        self._news.append((kind, frozenset(conversation.members), facts))

    def _tell_status(self, message: Message) -> None:
        conversation = self._conversations.get(message.conversation_id)
        if conversation is not None:
            facts = {"message_id": message.message_id, "conversation_id": message.conversation_id}
            self._tell("status", conversation, **facts, status=message.status)

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        self._wake, self._receipts, self._news = set(), [], []
        with transaction(self._db):
            yield
        missed = [
            (bot_id, message_id, status, at)
            for bot_id, message_id, status, at in self._receipts
            if not self._lines.push(bot_id, push(RECEIPT, views.receipt(message_id, status, at)))
        ]
        if missed:
            with transaction(self._db):
                self._queue.keep_receipts(missed)
        for bot_id in self._wake:
            self._lines.wake(bot_id)
        for kind, audience, facts in self._news:
            self._events.publish(kind, audience, **facts)
