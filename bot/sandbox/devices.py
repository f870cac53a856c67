"""What people's phones and desktops do with keys: they encrypt for bots that want it, and open what bots encrypt.

A person writes from their first device; every one of them must be able to read what comes.

Source: mixin.md 6.9, 7.11 and 9.
"""

import json
import os
import sqlite3
from dataclasses import replace
from typing import Any

from bot.sandbox.base64s import from_any, to_standard
from bot.sandbox.conversations import CONTACT, Conversation
from bot.sandbox.envelope import ApiError
from bot.sandbox.faults import DAMAGE, Faults
from bot.sandbox.ids import new_id
from bot.sandbox.items import SEALED, Item, read_content
from bot.sandbox.keys import SessionKey, device_seed
from bot.sandbox.messages import Message
from bot.sandbox.people import People, Person
from bot.sandbox.sealed_files import KEY_BYTES, seal_file
from bot.sandbox.sealing import Unreadable, seal, sealed_for, unseal
from bot.sandbox.tables import transaction

CLEAR = {plain: sealed for sealed, plain in SEALED.items()}
MEDIA = frozenset({"PLAIN_IMAGE", "PLAIN_VIDEO", "PLAIN_AUDIO", "PLAIN_DATA"})


class Devices:
    """Everybody's."""

    def __init__(self, db: sqlite3.Connection, people: People, faults: Faults) -> None:
        self._db = db
        self._people = people
        self._faults = faults

    def encrypt(self, conversation: Conversation, message: Message) -> Message:
        """What a person says, as their device sends it: encrypted where the other side is a bot that wants it so.

        Groups stay in clear for bots, as do apps too old to encrypt.
        """
        if message.category in SEALED:
            return replace(message, sealed=message.data, trouble="said encrypted, by no device of this sandbox")
        bot = self._bot(conversation, message.user_id)
        own = self._people.sessions_of(message.user_id) if bot is not None else []
        if bot is None or message.category not in CLEAR or not own or not own[0].curve_bytes():
            return message
        keyed = [one for one in (*own[1:], *self._people.sessions_of(bot.user_id)) if one.curve_bytes()]
        data = self._with_sealed_file(message) if message.category in MEDIA else message.data
        seed = device_seed(own[0].session_id)
        sealed = seal(seed, data, [(one.session_id, one.curve_bytes()) for one in keyed])
        if self._faults.fires(DAMAGE):
            sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        return replace(message, category=CLEAR[message.category], data=data, sealed=sealed)

    def open(self, item: Item) -> Item:
        """What a bot encrypted, as the recipient reads it; `trouble` tells what any of their devices could not do."""
        person = self._people.get(item.recipient_id)
        if item.category not in SEALED or person is None or person.is_bot:
            return item
        opened, trouble = None, []
        for session in self._people.sessions_of(person.user_id):
            try:
                opened = unseal(item.sealed, session.session_id, device_seed(session.session_id))
            except Unreadable as error:
                trouble.append(f"{session.platform or 'a device'}: {error}")
        if opened is None:
            return replace(item, trouble="; ".join(trouble))
        try:
            content = read_content(SEALED[item.category], opened)
        except ApiError as error:
            content = None
            trouble.append(f"opened, but {error.extra}")
        return replace(item, data=opened, content=content, trouble="; ".join(trouble))

    def lacks(self, item: Item, listed: list[str]) -> bool:
        """Whether a payload has no entry for a session that it says it is for.

        Raises:
            Unreadable: It is no such payload.
        """
        return not set(listed) <= set(sealed_for(item.sealed))

    def _bot(self, conversation: Conversation, person_id: str) -> Person | None:
        if conversation.category != CONTACT:
            return None
        others = [self._people.get(one) for one in conversation.others(person_id)]
        return next((one for one in others if one is not None and one.encrypts), None)

    def _with_sealed_file(self, message: Message) -> bytes:
        """The message with its file encrypted anew, under another id, and with the file's key and digest."""
        content: dict[str, Any] = json.loads(message.data)
        row = self._db.execute(
            "SELECT user_id, created_at, content FROM attachments WHERE attachment_id = ?",
            (content.get("attachment_id"),),
        ).fetchone()
        if row is None or row[2] is None or content.get("key"):
            return message.data
        key, attachment_id = os.urandom(KEY_BYTES), new_id()
        made, digest = seal_file(row[2], key)
        with transaction(self._db):
            self._db.execute("INSERT INTO attachments VALUES (?, ?, ?, ?)", (attachment_id, row[0], row[1], made))
        content |= {"attachment_id": attachment_id, "key": to_standard(key), "digest": to_standard(digest)}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def file_keys(key: str, digest: str) -> tuple[bytes, bytes]:
    """Key and digest as messages carry them.

    Raises:
        ValueError: Not base64.
    """
    return from_any(key), from_any(digest)


def named(sessions: list[SessionKey], session_id: str) -> SessionKey:
    """One of them.

    Raises:
        KeyError: It is not among them.
    """
    for one in sessions:
        if one.session_id == session_id:
            return one
    raise KeyError(f"there is no session {session_id}")
