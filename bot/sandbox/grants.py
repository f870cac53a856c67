"""What people allowed apps, until they take it back or a year is over.

One grant for each app and person: a new one ends the one before.

Source: mixin.md 4.4, 4.5, 4.8.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

YEAR_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Grant:
    """Either `public_key` (64 hex, of the key with which the app signs for that person) or a bearer `token` counts.

    `server_seed`: of the key with which answers to that person's signed requests are signed. `expires_at`: Unix
    seconds, 0: never.
    """

    authorization_id: str
    app_id: str
    user_id: str
    scope: str
    public_key: str = ""
    token: str = ""
    server_seed: str = ""
    expires_at: float = 0.0
    code_id: str = ""
    created_at: str = ""
    accessed_at: str = ""

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split())

    def expired(self, now_s: float) -> bool:
        return 0 < self.expires_at <= now_s


class Grants:
    """All of them: kept in memory, written through; callers hold the transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.load()

    def load(self) -> None:
        rows = self._db.execute("SELECT value FROM grants")
        self._grants = {one.authorization_id: one for one in (Grant(**json.loads(value)) for (value,) in rows)}
        self._by_token = {one.token: one.authorization_id for one in self._grants.values() if one.token}

    def __iter__(self) -> Iterator[Grant]:
        return iter(list(self._grants.values()))

    def add(self, grant: Grant) -> Grant:
        """Put it in the place of what that person allowed that app before."""
        for former in self.of(grant.user_id, grant.app_id):
            self.drop(former.authorization_id)
        return self._save(grant)

    def change(self, authorization_id: str, **changes: Any) -> Grant:
        """Raises: KeyError."""
        return self._save(replace(self._found(authorization_id), **changes))

    def drop(self, authorization_id: str) -> Grant:
        """Whoever uses it from now on is answered 401.

        Raises:
            KeyError: There is none of that id.
        """
        gone = self._found(authorization_id)
        del self._grants[authorization_id]
        self._by_token.pop(gone.token, None)
        self._db.execute("DELETE FROM grants WHERE authorization_id = ?", (authorization_id,))
        return gone

    def touch(self, grant: Grant, at: str) -> None:
        """It was used just now; of this only memory knows."""
        self._grants[grant.authorization_id] = replace(grant, accessed_at=at)

    def get(self, authorization_id: str) -> Grant | None:
        return self._grants.get(authorization_id)

    def by_token(self, token: str) -> Grant | None:
        return self._grants.get(self._by_token.get(token, ""))

    def of(self, user_id: str, app_id: str = "") -> list[Grant]:
        """What somebody allowed, to one app or to any."""
        return [one for one in self._grants.values() if one.user_id == user_id and app_id in ("", one.app_id)]

    def _found(self, authorization_id: str) -> Grant:
        if authorization_id not in self._grants:
            raise KeyError(f"there is no authorization {authorization_id}")
        return self._grants[authorization_id]

    def _save(self, grant: Grant) -> Grant:
        self._grants[grant.authorization_id] = grant
        if grant.token:
            self._by_token[grant.token] = grant.authorization_id
        value = json.dumps(asdict(grant))
        self._db.execute("REPLACE INTO grants VALUES (?, ?)", (grant.authorization_id, value))
        return grant
