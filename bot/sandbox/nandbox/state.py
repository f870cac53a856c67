"""What the sandbox's nandbox knows, and what the owner of the bot and of the service may change."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from bot.sandbox.clock import Clock
from bot.sandbox.events import Events
from bot.sandbox.faults import Faults
from bot.sandbox.inspector import Inspector
from bot.sandbox.nandbox import seed, tables
from bot.sandbox.nandbox.accounts import Accounts, Bot, User, new_secret, new_version
from bot.sandbox.nandbox.chats import Chats
from bot.sandbox.nandbox.delivery import Delivery
from bot.sandbox.nandbox.files import Files
from bot.sandbox.nandbox.lines import Lines
from bot.sandbox.nandbox.messages import Messages
from bot.sandbox.nandbox.payments import Payment
from bot.sandbox.nandbox.world import APP_ID, BOT_ID
from bot.sandbox.tables import transaction

API_PATH = "/nandbox/api/"
UPLOAD_PATH = "/nandbox/upload/"
DOWNLOAD_PATH = "/nandbox/download/"
PERMANENT_PATH = "/nandbox/permanent/"


@dataclass(slots=True)
class Settings:
    """What this nandbox can be told to do differently, where nobody knows what the real one does.

    `unknown_is_silent`: no answer to a getUser or getChat of nobody, instead of an error and the end of the connection.
    `strict`: an unknown method ends the connection. `list_acks_with_nulls`: acks of patterns carry null instead of
    leaving the keys out that the request left out.
    """

    unknown_is_silent: bool = False
    strict: bool = False
    list_acks_with_nulls: bool = False
    login_s: float = 10.0
    idle_s: float = 120.0
    receipt_s: float = 0.1
    max_file_bytes: int = 50 * 1024 * 1024


class State:
    """`url` is where all of it is served."""

    def __init__(
        self, db: sqlite3.Connection, clock: Clock, events: Events, faults: Faults, inspector: Inspector
    ) -> None:
        self.db = db
        self.clock = clock
        self.events = events
        self.faults = faults
        self.inspector = inspector
        self.settings = Settings()
        tables.create(db)
        self.accounts = Accounts(db)
        self.chats = Chats(db)
        self.lines = Lines(self._connected)
        self.messages = Messages(db)
        self.files = Files(db, self.accounts)
        self.delivery = Delivery(self.accounts, self.chats, self.messages, self.lines, events, self.now_ms)
        self.payments: dict[str, Payment] = {}
        self.url = ""
        self._people = True

    def begin(self, *, people: bool) -> None:
        """Seed what is empty: the bot, and with `people` everybody else."""
        self._people = people
        if self.accounts.bot(BOT_ID) is None:
            with transaction(self.db):
                seed.seed(self.accounts, self.chats, self.now_ms(), people=people)

    def forget(self) -> None:
        """Everything as at the start; only the bot's token stays good."""
        secret = self.bot.secret
        self.end()
        tables.empty(self.db)
        self.accounts.load()
        self.chats.load()
        self.settings = Settings()
        self.payments.clear()
        with transaction(self.db):
            seed.seed(self.accounts, self.chats, self.now_ms(), people=self._people, secret=secret)

    def end(self) -> None:
        """Cut every line; nothing that was to happen later happens."""
        self.delivery.stop()
        self.lines.cut_all()

    @property
    def bot(self) -> Bot:
        """The bot of the demo."""
        found = self.accounts.bot(BOT_ID)
        assert found is not None
        return found

    @property
    def token(self) -> str:
        return self.bot.token

    @property
    def app_id(self) -> str:
        return APP_ID

    def now_ms(self) -> int:
        return int(self.clock.seconds() * 1000)

    def user(self, name_or_id: str) -> User:
        """Somebody by id, handle or name.

        Raises:
            KeyError: Nobody is called that.
        """
        found = self.accounts.user(name_or_id)
        wanted = name_or_id.casefold()
        if found is None:
            found = next((one for one in self.accounts if wanted in (one.name.casefold(), one.short_name)), None)
        if found is None:
            raise KeyError(f"nobody on nandbox is {name_or_id!r}")
        return found

    def new_token(self, secret: str = "") -> str:
        """As by “Get token”: the former one is worthless at once, and a connection that it opened is cut."""
        with transaction(self.db):
            bot = self.accounts.change_bot(BOT_ID, secret=secret or new_secret())
        self.lines.cut_all()
        return bot.token

    def permit(self, permission: str, allowed: bool) -> Bot:
        """Tick a permission in the bot's settings, or untick it."""
        kept = [one for one in self.bot.permissions if one != permission]
        with transaction(self.db):
            return self.accounts.change_bot(BOT_ID, permissions=tuple([*kept, permission] if allowed else kept))

    def add_user(self, user_id: str, name: str, **facts: Any) -> User:
        """Somebody new."""
        with transaction(self.db):
            return self.accounts.save(User(user_id, name, version=new_version(), **facts))

    def keypad(self, talk: str) -> dict[str, Any]:
        """The menus of a talk: `menus`, `first` (the menu_ref it begins with), `open`."""
        row = self.db.execute("SELECT value FROM nandbox_keypads WHERE talk = ?", (talk,)).fetchone()
        return dict(json.loads(row[0])) if row is not None else {"menus": [], "first": "", "open": 0}

    def set_keypad(self, talk: str, keypad: dict[str, Any]) -> None:
        self.db.execute("REPLACE INTO nandbox_keypads VALUES (?, ?)", (talk, json.dumps(keypad)))
        self.events.publish("nandbox_keypad", self.delivery.people_in(talk), talk=talk)

    def tell_people(self, kind: str = "nandbox_people", **facts: Any) -> None:
        """Something has changed that every page of nandbox shows."""
        self.events.publish(kind, frozenset(one.id for one in self.accounts), **facts)

    def _connected(self, bot_id: str, connected: bool) -> None:
        self.tell_people("nandbox_line", bot_id=bot_id, connected=connected)
