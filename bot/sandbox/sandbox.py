"""The sandbox itself: everything it knows, and what tests and tools may do with it without a socket."""

import hashlib
import json
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sandbox.auth import UsedIds
from bot.sandbox.bot_log import BotLog
from bot.sandbox.circles import Circles
from bot.sandbox.clock import Clock
from bot.sandbox.coins import notice
from bot.sandbox.consents import Consents
from bot.sandbox.conversations import Conversation, Conversations
from bot.sandbox.delivery import Delivery
from bot.sandbox.devices import Devices
from bot.sandbox.envelope import dumps
from bot.sandbox.errors import SandboxRefused
from bot.sandbox.events import Events
from bot.sandbox.faults import CLOCK, Bucket, Faults
from bot.sandbox.grants import Grant, Grants
from bot.sandbox.ids import contact_id, new_id
from bot.sandbox.inspector import Inspector
from bot.sandbox.keys import SANDBOX_PREFIX, new_keystore, session_of
from bot.sandbox.lines import REPLACE, Lines
from bot.sandbox.messages import RETENTION_DAYS, Message, Messages
from bot.sandbox.nandbox import API_PATH, Nandbox
from bot.sandbox.people import ENCRYPTED, FRIEND, People, Person
from bot.sandbox.queue import Queue
from bot.sandbox.seed import add_bot, seed
from bot.sandbox.tables import CONVERSED, connect, empty, transaction
from bot.sandbox.wallet import Transfer, Wallet
from bot.sandbox.world import BOT_ID

log = logging.getLogger(__name__)

WORKS, GONE, FORBIDDEN, EMPTY = "works", "gone", "forbidden", "empty"
LEGACY = (WORKS, GONE, FORBIDDEN, EMPTY)

TOKEN_BYTES = 16


@dataclass(slots=True)
class Options:
    """What a sandbox can be told to do differently.

    `window`: messages pushed and not yet acknowledged, at most. `legacy`: what became of the older API.
    """

    window: int = 100
    second_line: str = REPLACE
    messages_per_minute: int = 100_000
    ping_every_s: float = 15.0
    silence_s: float = 60.0
    error_status: int = 200
    legacy: str = WORKS


class Sandbox:
    """The other side of the wire. `url` serves the API, Blaze, the page and the control API.

    `token` is new in every run: whoever has it may use the control API.
    """

    def __init__(
        self, path: Path | None, *, clock: Callable[[], float], keystore: dict[str, Any] | None, options: Options,
        seed_world: bool, random_seed: int | None,
    ) -> None:  # fmt: skip
        self.url = ""
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        self.hosts: frozenset[str] = frozenset()
        self.options = options
        self.clock = Clock(clock)
        self.db: sqlite3.Connection = connect(path)
        self.people = People(self.db)
        self.grants = Grants(self.db)
        self.consents = Consents()
        self.circles = Circles(self.db)
        self.conversations = Conversations(self.db)
        self.messages = Messages(self.db)
        self.queue = Queue(self.db)
        self.wallet = Wallet(self.db, self.clock)
        self.events = Events()
        self.inspector = Inspector(self._now_text, self.events.pass_on)
        self.bot_log = BotLog(self.messages, self.inspector)
        self.faults = Faults(self._weather_changed, seed=random_seed)
        self.devices = Devices(self.db, self.people, self.faults)
        self.lines = Lines(self._blaze_changed, options.second_line)
        self.used_ids = UsedIds()
        self.bucket = Bucket(options.messages_per_minute)
        self.delivery = Delivery(
            self.db,
            self.clock,
            self.people,
            self.conversations,
            self.messages,
            self.queue,
            self.lines,
            self.events,
            self.grants,
        )
        self.nandbox = Nandbox(self.db, self.clock, self.events, self.faults, self.inspector)
        self.since: str | None = None
        self._offset_s = 0.0
        self._seed_world = seed_world
        self.keystore: dict[str, Any] = {}
        self._begin(keystore)

    @property
    def page_url(self) -> str:
        """The chat page's address. The token is in its fragment, which browsers send nowhere."""
        return f"{self.url}/#{self.token}"

    @property
    def bot_id(self) -> str:
        keystore = self.keystore
        return str(keystore.get("app_id") or keystore.get("client_id") or keystore.get("user_id"))

    @property
    def nandbox_uri(self) -> str:
        """Where a nandbox bot connects to."""
        return self.url.replace("http", "ws", 1) + API_PATH

    @property
    def bot(self) -> Person:
        return self.person(self.bot_id)

    def person(self, name_or_id: str) -> Person:
        """Somebody by id, Mixin number or name.

        Raises:
            KeyError: Nobody is called that.
        """
        found = self.people.get(name_or_id) or self.people.by_number(name_or_id)
        if found is None:
            found = next((one for one in self.people if one.full_name.lower() == name_or_id.lower()), None)
        if found is None:
            raise KeyError(f"nobody here is {name_or_id!r}")
        return found

    # What people do

    def talk(self, person: str, conversation_id: str = "") -> Conversation:
        """The conversation of that id, or of that person and the bot; the latter is made if need be.

        Raises:
            KeyError: There is no such conversation.
        """
        person_id = self.person(person).user_id
        found = self.conversations.get(conversation_id)
        if found is None and conversation_id in ("", contact_id(person_id, self.bot_id)):
            with transaction(self.db):
                found = self.conversations.contact(person_id, self.bot_id, self.clock.text())
                self.people.relate(person_id, self.bot_id, FRIEND)
        if found is None:
            raise KeyError(f"there is no conversation {conversation_id}")
        return found

    def say(
        self, person: str, text: str = "", *, category: str = "PLAIN_TEXT", data: bytes | None = None,
        conversation_id: str = "", message_id: str = "", quote_message_id: str = "", created_at: str = "",
    ) -> Message:  # fmt: skip
        """Somebody says something to the bot, or in any conversation they are in; an id used before changes nothing.

        Their device encrypts it where the bot wants that. `data` of an encrypted category goes out as it is.

        Raises:
            KeyError: No such person or conversation.
            ApiError: 403: not in that conversation, or takes back what others said.
        """
        person_id = self.person(person).user_id
        conversation = self.talk(person_id, conversation_id)
        payload = text.encode() if data is None else data
        message = Message(
            message_id or new_id(), conversation.conversation_id, person_id, category, payload,
            created_at or self.clock.text(), self.people.session_id_of(person_id), quote_message_id=quote_message_id,
        )  # fmt: skip
        content = json.loads(payload) if category in ("MESSAGE_RECALL", "MESSAGE_PIN") else None
        message = self.devices.encrypt(conversation, message)
        self.delivery.say(conversation, message, content)
        return message

    def transfer(
        self, person: str, to: str, asset: str, amount: str, *, memo: str = "", trace_id: str = "", safe: bool = True
    ) -> Transfer:
        """Coins from one to another; `asset` by id or symbol, `safe`: which of the two notices they get in the chat.

        Raises:
            KeyError: No such person or asset.
            ApiError: As `Wallet.transfer`.
        """
        payer_id, payee_id = self.person(person).user_id, self.person(to).user_id
        with transaction(self.db):
            known = trace_id and self.wallet.by_trace(payer_id, trace_id)
            asset_id = self.wallet.assets.find(asset).asset_id
            made = self.wallet.transfer(payer_id, payee_id, asset_id, amount, memo=memo, trace_id=trace_id)
            if known:
                return made
            conversation = self.conversations.contact(payer_id, payee_id, self.clock.text())
        self.delivery.transferred(
            conversation, "SYSTEM_SAFE_SNAPSHOT" if safe else "SYSTEM_ACCOUNT_SNAPSHOT",
            paid=notice(made.paid, safe=safe), received=notice(made.received, safe=safe), payer_id=payer_id,
        )  # fmt: skip
        for user_id in (payer_id, payee_id):
            self.events.publish("wallet", frozenset({user_id}), user_id=user_id)
        return made

    def read(self, person: str, conversation_id: str = "") -> int:
        """Somebody looks at a conversation; gives how many messages became READ."""
        person_id = self.person(person).user_id
        return self.delivery.read(self.talk(person_id, conversation_id), person_id)

    def history(self, person: str = "", conversation_id: str = "", limit: int = 1000) -> list[Message]:
        """What was said there, oldest first."""
        conversation = conversation_id or self.talk(person).conversation_id
        return self.messages.newest(conversation, limit)

    # What the owner of the app and the weather do

    def add_bot(self, keystore: dict[str, Any], name: str = "Another Bot", number: str = "") -> Person:
        """Let one more bot in, by the public half of its Keystore."""
        with transaction(self.db):
            return add_bot(self, keystore, name, number)

    def authorize(self, grant: Grant) -> None:
        """A person allows an app some scopes."""
        with transaction(self.db):
            self.grants.add(grant)
        self.events.publish("grants", frozenset({grant.user_id}), user_id=grant.user_id)

    def revoke(self, user_id: str, app_id: str) -> int:
        """A person takes back what they allowed an app; gives how many grants that ended."""
        found = self.grants.of(user_id, app_id)
        with transaction(self.db):
            for one in found:
                self.grants.drop(one.authorization_id)
        self.events.publish("grants", frozenset({user_id}), user_id=user_id)
        return len(found)

    def client_secret(self, app_id: str) -> str:
        """An app's secret, as the dashboard would show it once; it lasts as long as the sandbox's Keystore does."""
        private = str(self.keystore.get("session_private_key") or self.keystore.get("private_key"))
        return hashlib.sha256(f"client secret of {app_id}: {private}".encode()).hexdigest()

    def change_app(self, app_id: str = "", **changes: Any) -> Person:
        """What the owner sets in the dashboard: `home_uri`, `redirect_uri` (the OAuth URL), `resource_patterns` …

        Raises:
            KeyError: There is no such app.
        """
        bot = self.person(app_id or self.bot_id)
        with transaction(self.db):
            changed = self.people.change(bot.user_id, app=dict(bot.app or {}) | changes)
        self.events.publish("people")
        return changed

    def switch_encryption(self, on: bool, app_id: str = "") -> Person:
        """Message Encryption in the dashboard; there, it cannot be switched off again."""
        app = self.person(app_id or self.bot_id).app or {}
        others = [one for one in app.get("capabilities", ()) if one != ENCRYPTED]
        return self.change_app(app_id, capabilities=others + [ENCRYPTED] * on)

    def rotate_device(self, person: str) -> None:
        """Somebody's first device gets another session and another key, if they have one and are no bot."""
        who = self.people.get(person)
        session = self.people.session(self.people.session_id_of(person))
        if who is None or who.is_bot or session is None:
            return
        with transaction(self.db):
            self.people.rotate(session)
        self.events.publish("people")

    def renew_keystore(self) -> dict[str, Any]:
        """What "Generate a new key" in the dashboard does: another session; the Keystore before is worth nothing."""
        before, self.keystore = self.keystore, new_keystore(self.bot_id)
        with transaction(self.db):
            self.people.drop_session(str(before["session_id"]))
            self.people.add_session(session_of(self.keystore))
            self.db.execute("REPLACE INTO facts VALUES ('keystore', ?)", (dumps(self.keystore).decode(),))
        return self.keystore

    def settle_bot(self, url: str) -> None:
        """Say where the bot's own pages are: its home page there, its OAuth URL below."""
        self.change_app(home_uri=url, redirect_uri=f"{url}/oauth/callback", resource_patterns=[url])

    def revoke_session(self, session_id: str) -> None:
        """From now on this Keystore is answered 401, as after "Generate a new key" in the dashboard."""
        with transaction(self.db):
            self.people.drop_session(session_id)

    def set_clock(self, offset_s: float) -> None:
        self._offset_s = offset_s
        self._weather_changed()

    def settle_clock(self) -> None:
        """Bring the clock's offset in line with the faults in force."""
        self.clock.offset_s = self._offset_s + sum(
            one.value for one in self.faults.standing(CLOCK) if self.faults.hits(one)
        )

    def reset(self) -> None:
        """Forget everything that was said and done; people, the group and the bot's Keystore are as at the start."""
        keystore = self.keystore
        self.lines.cut_all()
        self.faults.clear()
        self._offset_s = 0.0
        self.settle_clock()
        empty(self.db)
        for kept in (self.people, self.conversations, self.grants, self.wallet.assets):
            kept.load()
        self.consents.clear()
        self.inspector.clear()
        self.bot_log.forget()
        self.nandbox.forget()
        self._begin(keystore)
        self.events.publish("reset")

    def forget_messages(self) -> None:
        """Empty every conversation, and what waits for bots; people, coins and grants stay."""
        self.lines.cut_all()
        empty(self.db, CONVERSED)
        self.bot_log.forget()
        self.events.publish("reset")

    def part(self, person: str) -> None:
        """Drop what a person and the bot said to each other, and what the bot was allowed, so that they may meet anew.

        Raises:
            KeyError: Nobody is called that.
        """
        person_id = self.person(person).user_id
        with transaction(self.db):
            self.messages.forget(contact_id(person_id, self.bot_id))
        self.revoke(person_id, self.bot_id)
        self.bot_log.forget(person_id)
        self.events.publish("reset", frozenset({person_id}))

    def calm(self) -> None:
        """No faults, and the right time."""
        self._offset_s = 0.0
        self.faults.clear()
        self.settle_clock()

    def forget_old(self) -> None:
        """Drop what has waited for seven days."""
        with transaction(self.db):
            gone = self.queue.forget_before(self.clock.days_ago(RETENTION_DAYS))
        if gone:
            log.info("sandbox.pending_expired messages=%d", gone)

    def close(self) -> None:
        self.db.close()

    def _begin(self, keystore: dict[str, Any] | None) -> None:
        kept = self.db.execute("SELECT value FROM facts WHERE key = 'keystore'").fetchone()
        self.keystore = keystore or (json.loads(kept[0]) if kept else new_keystore(BOT_ID))
        with transaction(self.db):
            value = dumps(self.keystore).decode()
            self.db.execute("REPLACE INTO facts VALUES ('keystore', ?)", (value,))
            if self.people.get(self.bot_id) is None:
                seed(self, self._seed_world)
            self.people.add_session(session_of(self.keystore))
        self.nandbox.begin(people=self._seed_world)
        self.forget_old()

    def _now_text(self) -> str:
        return self.clock.text()

    def _weather_changed(self) -> None:
        self.settle_clock()
        self.events.publish("fault", faults=self.faults.view())

    def _blaze_changed(self, bot_id: str, connected: bool) -> None:
        if bot_id == self.bot_id:
            self.since = self.clock.text() if connected else None
            self.events.publish("blaze", connected=connected, since=self.since)


def refuse_real(keystore: dict[str, Any]) -> None:
    """A Keystore that may be good for the real service does not come in.

    Raises:
        SandboxRefused: MB106.
    """
    app_id = str(keystore.get("app_id") or keystore.get("client_id") or keystore.get("user_id") or "")
    if not app_id.startswith(SANDBOX_PREFIX):
        raise SandboxRefused(
            "MB106",
            f"Refusing to load a real keystore into the sandbox ({app_id or 'no app_id'}). "
            "The sandbox must never hold a key that works.",
        )


def wall_clock() -> float:
    return time.time()
