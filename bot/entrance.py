"""How people with a role come into the console: links that work once, and sessions of browsers.

A link bears 256 random bits, and so does the cookie of a session; only their hashes are kept, so that a thief of the
database can use none of them. A link is used up in the same transaction that begins its session.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from bot.wire import Value

LINK_LIFETIME = timedelta(minutes=10)
REMEMBERED = timedelta(days=1)
"""So long a link that cannot be used any more is still known as one that was."""
SESSION_LIFETIME = timedelta(hours=12)


class Login(Value, frozen=True):
    """A way in for somebody; `key` is the hash of what the link bears. `user_id` is empty until Mixin has said it."""

    key: str
    user_id: str
    at: datetime
    used_at: datetime | None = None


class Session(Value, frozen=True):
    """A browser in which somebody is logged in; `key` is the hash of its cookie."""

    key: str
    user_id: str
    at: datetime
    expires_at: datetime


class Logins(Protocol):
    """What is kept of both, for one bot. Every method is one transaction; all raise NotKept."""

    async def keep_login(self, login: Login, since: datetime) -> None:
        """Those from before `since` go, the oldest beyond a thousand, and beyond five of the same person."""
        ...

    async def login(self, key: str) -> Login | None: ...

    async def use_login(self, key: str, since: datetime, at: datetime) -> Login | None:
        """Give a login out that is not older than `since`, to the first who asks."""
        ...

    async def begin_session(self, session: Session, key: str, since: datetime) -> Login | None:
        """Use a login up for a session, whose person becomes that of the login; nothing where it cannot be used."""
        ...

    async def add_session(self, session: Session) -> None: ...

    async def session(self, key: str, now: datetime) -> Session | None:
        """Unless it is over."""
        ...

    async def end_session(self, key: str) -> None: ...

    async def end_sessions(self, user_id: str) -> None:
        """Log somebody out everywhere, and let their links lead nowhere."""
        ...


class Entered(NamedTuple):
    """Somebody came in: what their browser has to bring from now on."""

    token: str
    session: Session


def utc_now() -> datetime:
    return datetime.now(UTC)


class Entrance:
    """The way into one bot's console. `public_url` is how browsers reach the service, without a slash at the end."""

    def __init__(
        self,
        logins: Logins,
        public_url: str,
        lifetime: timedelta = SESSION_LIFETIME,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._logins = logins
        self.public_url = public_url
        self.lifetime = lifetime
        self._now = now

    @property
    def url(self) -> str:
        """Where the console is."""
        return f"{self.public_url}/console"

    async def link(self, user_id: str) -> str:
        """A link that logs this person in, once, within ten minutes."""
        token = secrets.token_urlsafe(32)
        await self._keep(Login(hash_of(token), user_id, self._now()))
        return f"{self.url}/login?t={token}"

    async def enter(self, token: str) -> Entered | Login | None:
        """Come in by a link; a Login where it was used up or is too old, and nothing where there is none."""
        now, key = self._now(), hash_of(token)
        session_token, session = self._session("", now)
        used = await self._logins.begin_session(session, key, now - LINK_LIFETIME)
        if used is None:
            return await self._logins.login(key)
        return Entered(session_token, Session(session.key, used.user_id, session.at, session.expires_at))

    async def whose(self, token: str) -> Login | None:
        """Whom a link would log in; it stays as it is."""
        return await self._logins.login(hash_of(token))

    def works(self, login: Login) -> bool:
        """Whether a link can still be used."""
        return login.used_at is None and login.at >= self._now() - LINK_LIFETIME

    async def depart(self, secret: str) -> None:
        """Somebody sets out to have Mixin say who they are; `secret` is what has to come back."""
        await self._keep(Login(hash_of(secret), "", self._now()))

    async def returned(self, secret: str) -> bool:
        """Whether somebody set out with this secret a short while ago, and has not come back before."""
        now = self._now()
        return await self._logins.use_login(hash_of(secret), now - LINK_LIFETIME, now) is not None

    async def admit(self, user_id: str) -> Entered:
        """Log somebody in of whom it is known who they are."""
        token, session = self._session(user_id, self._now())
        await self._logins.add_session(session)
        return Entered(token, session)

    async def session(self, token: str) -> Session | None:
        return await self._logins.session(hash_of(token), self._now())

    async def leave(self, token: str) -> None:
        await self._logins.end_session(hash_of(token))

    async def _keep(self, login: Login) -> None:
        await self._logins.keep_login(login, self._now() - REMEMBERED)

    def _session(self, user_id: str, now: datetime) -> tuple[str, Session]:
        token = secrets.token_urlsafe(32)
        return token, Session(hash_of(token), user_id, now, now + self.lifetime)


def hash_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
