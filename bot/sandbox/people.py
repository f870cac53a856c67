"""People and bots, what they think of each other, and their sessions."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot.sandbox.ids import new_id
from bot.sandbox.keys import KEYLESS, SessionKey, Verifier, device_seed, public_hex

FRIEND = "FRIEND"
BLOCKING = "BLOCKING"
STRANGER = "STRANGER"
PHONE = "Android"
ENCRYPTED = "ENCRYPTED"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a Mixin id. A bot is a person with an `app`; `away` people receive nothing until they are back.

    `favorites`: the apps in their profile, with since when.
    """

    user_id: str
    identity_number: str
    full_name: str
    created_at: str
    biography: str = ""
    avatar_url: str = ""
    phone: str = ""
    admin: bool = False
    away: bool = False
    code_id: str = field(default_factory=new_id)
    app: dict[str, Any] | None = None
    preferences: dict[str, Any] = field(default_factory=dict)
    favorites: dict[str, str] = field(default_factory=dict)

    @property
    def is_bot(self) -> bool:
        return self.app is not None

    @property
    def encrypts(self) -> bool:
        """Whether it is a bot whose owner switched message encryption on."""
        return self.app is not None and ENCRYPTED in self.app.get("capabilities", ())


class People:
    """Everybody the sandbox knows: kept in memory, written through."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._verifiers: dict[str, Verifier] = {}
        self.load()

    def load(self) -> None:
        self._people = {row[0]: Person(**json.loads(row[1])) for row in self._db.execute("SELECT * FROM people")}
        self._sessions: dict[str, SessionKey] = {}
        self._sessions_of: dict[str, dict[str, SessionKey]] = {}
        for row in self._db.execute("SELECT * FROM sessions ORDER BY rowid"):
            self._keep_session(SessionKey(*row))
        relations = self._db.execute("SELECT owner_id, other_id, kind FROM relations")
        self._relations: dict[tuple[str, str], str] = {(owner, other): kind for owner, other, kind in relations}
        self._verifiers.clear()

    def __iter__(self) -> Iterator[Person]:
        return iter(list(self._people.values()))

    def get(self, user_id: str) -> Person | None:
        return self._people.get(user_id)

    def by_number(self, number: str) -> Person | None:
        """Somebody by Mixin number or phone; network users (number 0) cannot be found."""
        matches = (one for one in self._people.values() if number in (one.identity_number, one.phone))
        return next(matches, None) if number not in ("", "0") else None

    def save(self, person: Person) -> Person:
        self._people[person.user_id] = person
        self._db.execute("REPLACE INTO people VALUES (?, ?)", (person.user_id, json.dumps(asdict(person))))
        return person

    def change(self, user_id: str, **changes: Any) -> Person:
        return self.save(replace(self._people[user_id], **changes))

    def free_number(self) -> str:
        taken = {int(one.identity_number) for one in self._people.values() if not one.is_bot}
        return str(max(taken, default=40_000) + 1)

    # Who thinks what of whom

    def relate(self, owner_id: str, other_id: str, kind: str) -> None:
        """`kind` FRIEND or BLOCKING; "" makes them strangers."""
        if kind:
            self._relations[owner_id, other_id] = kind
            self._db.execute("REPLACE INTO relations VALUES (?, ?, ?)", (owner_id, other_id, kind))
        else:
            self._relations.pop((owner_id, other_id), None)
            self._db.execute("DELETE FROM relations WHERE owner_id = ? AND other_id = ?", (owner_id, other_id))

    def relation(self, owner_id: str, other_id: str) -> str:
        if owner_id == other_id:
            return "ME"
        return self._relations.get((owner_id, other_id), STRANGER)

    def related(self, owner_id: str, kind: str) -> list[Person]:
        ids = [other for (owner, other), found in self._relations.items() if owner == owner_id and found == kind]
        return [self._people[one] for one in ids if one in self._people]

    # Sessions and keys

    def add_session(self, session: SessionKey) -> None:
        self._keep_session(session)
        self._verifiers.pop(session.session_id, None)
        self._db.execute(
            "REPLACE INTO sessions VALUES (?, ?, ?, ?, ?)",
            (session.session_id, session.user_id, session.algorithm, session.text, session.platform),
        )

    def add_device(self, user_id: str, platform: str = PHONE, *, keyless: bool = False) -> SessionKey:
        """A session of a simulated person's device, behind those there are; `keyless`: an app too old to encrypt."""
        session_id = new_id()
        text = "" if keyless else public_hex(device_seed(session_id))
        session = SessionKey(session_id, user_id, KEYLESS if keyless else "EdDSA", text, platform)
        self.add_session(session)
        return session

    def rotate(self, session: SessionKey) -> SessionKey:
        """The app was installed anew: another session, with another key, in the place of the old one."""
        before = self.sessions_of(session.user_id)
        for one in before:
            self.drop_session(one.session_id)
        fresh = session
        for one in before:
            if one.session_id == session.session_id:
                fresh = self.add_device(session.user_id, session.platform, keyless=not session.text)
            else:
                self.add_session(one)
        return fresh

    def drop_session(self, session_id: str) -> None:
        """Whoever signs with it from now on is answered 401; what is encrypted for it nobody opens."""
        dropped = self._sessions.pop(session_id, None)
        if dropped is not None:
            del self._sessions_of[dropped.user_id][session_id]
        self._db.execute("DELETE FROM sessions WHERE session_id = ?", (session_id,))

    def session(self, session_id: str) -> SessionKey | None:
        return self._sessions.get(session_id)

    def sessions_of(self, user_id: str) -> list[SessionKey]:
        return list(self._sessions_of.get(user_id, {}).values())

    def session_id_of(self, user_id: str) -> str:
        """That of somebody's first device, with which they write; "" without any."""
        return next(iter(self._sessions_of.get(user_id, ())), "")

    def verifier(self, session: SessionKey) -> Verifier:
        if session.session_id not in self._verifiers:
            self._verifiers[session.session_id] = Verifier(session.algorithm, session.text)
        return self._verifiers[session.session_id]

    def _keep_session(self, session: SessionKey) -> None:
        self._sessions[session.session_id] = session
        self._sessions_of.setdefault(session.user_id, {})[session.session_id] = session
