"""Accounts: people and bots, and what each bot may do.

Source: nandbox.md 2 and 9.1.
"""

import base64
import json
import secrets
import sqlite3
import string
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

from bot.sandbox.nandbox.portraits import PHOTO_PX, PREVIEW_PX, THUMBNAIL_PX, THUMBNAIL_SUFFIX, portrait

MANAGE_USERS = "Manage Users"
MANAGE_CHATS = "Manage Chats"
SEND_MESSAGE = "Send Message"
REPLY_TO_MESSAGE = "Reply to Message"
DELETE_MESSAGE = "Delete Message"
SIGNUP_MANAGEMENT = "Signup Management"
LOGIN_ID = "Get User Login ID"
PERMISSIONS = (
    MANAGE_USERS, MANAGE_CHATS, SEND_MESSAGE, REPLY_TO_MESSAGE, DELETE_MESSAGE, SIGNUP_MANAGEMENT, LOGIN_ID,
)  # fmt: skip

NEVER, STARTED, STOPPED = "never", "started", "stopped"
MOBILE_VERSION = "('0n1a','1lVh','2KX8','3Qwf')"
_BASE62 = string.digits + string.ascii_letters


@dataclass(frozen=True, slots=True)
class User:
    """An account. `bot`: what this person has with each bot, by its id; `online`: the phone is on."""

    id: str
    name: str
    status: str = ""
    version: str = ""
    is_bot: bool = False
    photo: str = ""
    profile: str = ""
    short_name: str = ""
    login_id: str = ""
    last_seen: str = ""
    online: bool = True
    with_bot: dict[str, str] = field(default_factory=dict)

    @property
    def photo_id(self) -> str:
        return self.photo or f"V_{self.version}_{self.id}_0_{_tail(self.id)}.jpg"


@dataclass(frozen=True, slots=True)
class Bot:
    """What the service keeps of a bot beside its account. `local_id`: reference of the last message acknowledged."""

    id: str
    app_id: str
    secret: str
    permissions: tuple[str, ...] = PERMISSIONS[:-1]
    local_id: int = 0
    subscriptions: tuple[str, ...] = ()

    @property
    def token(self) -> str:
        return f"{self.id}:0:{self.secret}"

    def may(self, permission: str) -> bool:
        return permission in self.permissions


class Accounts:
    """Everybody, and the apps: kept in memory, written through."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.load()

    def load(self) -> None:
        self._users = {row[0]: User(**json.loads(row[1])) for row in self._db.execute("SELECT * FROM nandbox_users")}
        rows = self._db.execute("SELECT * FROM nandbox_bots")
        self._bots = {row[0]: _bot_from(json.loads(row[1])) for row in rows}
        self.apps: dict[str, str] = dict(self._db.execute("SELECT app_id, name FROM nandbox_apps").fetchall())

    def __iter__(self) -> Iterator[User]:
        return iter(list(self._users.values()))

    @property
    def bots(self) -> list[Bot]:
        return list(self._bots.values())

    def user(self, user_id: str) -> User | None:
        return self._users.get(user_id)

    def bot(self, bot_id: str) -> Bot | None:
        return self._bots.get(bot_id)

    def by_token(self, token: str) -> Bot | None:
        bot = self._bots.get(token.partition(":")[0])
        return bot if bot is not None and secrets.compare_digest(bot.token.encode(), token.encode()) else None

    def save(self, user: User) -> User:
        self._users[user.id] = user
        self._db.execute("REPLACE INTO nandbox_users VALUES (?, ?)", (user.id, json.dumps(asdict(user))))
        return user

    def save_bot(self, bot: Bot) -> Bot:
        self._bots[bot.id] = bot
        self._db.execute("REPLACE INTO nandbox_bots VALUES (?, ?)", (bot.id, json.dumps(asdict(bot))))
        return bot

    def change(self, user: User, **changes: Any) -> User:
        return self.save(replace(user, **changes))

    def change_bot(self, bot_id: str, **changes: Any) -> Bot:
        return self.save_bot(replace(self._bots[bot_id], **changes))

    def add_app(self, app_id: str, name: str) -> None:
        self.apps[app_id] = name
        self._db.execute("REPLACE INTO nandbox_apps VALUES (?, ?)", (app_id, name))


def new_secret() -> str:
    """The third part of a token: 30 letters and digits."""
    return "".join(secrets.choice(_BASE62) for _ in range(30))


def new_version() -> str:
    """The version of a profile: four base-62 characters."""
    return "".join(secrets.choice(_BASE62) for _ in range(4))


def details(user: User, *, login_id: bool = False) -> dict[str, Any]:
    """A User as `userDetails` and `myProfile` show it."""
    photo_id = user.photo_id
    made: dict[str, Any] = {
        "image": preview(user.id), "name": user.name,
        "photo": {
            "thumbnail": {"width": THUMBNAIL_PX, "id": photo_id + THUMBNAIL_SUFFIX, "height": THUMBNAIL_PX},
            "width": PHOTO_PX, "id": photo_id, "height": PHOTO_PX,
        },
        "id": user.id, "is_bot": user.is_bot, "version": user.version, "status": user.status,
    }  # fmt: skip
    for name in ("profile", "short_name", "last_seen"):
        if value := getattr(user, name):
            made[name] = value
    if login_id and user.login_id:
        made["login_id"] = user.login_id
    return made


def sender(user: User) -> dict[str, Any]:
    """A User inside a message."""
    kind, terminal = ("Bot", "API") if user.is_bot else ("Contact", "Mobile")
    return {"name": user.name, "id": user.id, "terminal": terminal, "type": kind, "version": MOBILE_VERSION}


@lru_cache(maxsize=512)
def preview(user_id: str) -> str:
    """The picture that travels inside a User."""
    return base64.b64encode(portrait(user_id, PREVIEW_PX)).decode()


@lru_cache(maxsize=4096)
def _tail(user_id: str) -> str:
    number, made = int(user_id) * 2654435761 % 62**10, ""
    for _ in range(10):
        number, rest = divmod(number, 62)
        made += _BASE62[rest]
    return made


def _bot_from(value: dict[str, Any]) -> Bot:
    return Bot(**value | {name: tuple(value[name]) for name in ("permissions", "subscriptions")})
