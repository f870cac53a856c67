"""Ways into the console, and sessions of browsers: only hashes of what link and cookie bear."""

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from bot.entrance import Login, Session
from bot.store.newest import Newest
from bot.store.tables import Moment, logins, sessions

MOST = 1_000
MOST_EACH = 5

_OURS = logins.c.bot_id == bindparam("bot")
_SINCE = bindparam("since", type_=Moment)
_AT = bindparam("now", type_=Moment)
_LOGIN = (logins.c.login, logins.c.user_id, logins.c.at, logins.c.used_at)
_SESSION = (sessions.c.session, sessions.c.user_id, sessions.c.at, sessions.c.expires_at)
_KEEP = insert(logins)
_NEWEST = Newest(logins, "login")
_FIND = select(*_LOGIN).where(_OURS, logins.c.login == bindparam("which"))
_USE = (
    update(logins)
    .where(_OURS, logins.c.login == bindparam("which"), logins.c.used_at.is_(None), logins.c.at >= _SINCE)
    .values(used_at=_AT)
    .returning(*_LOGIN)
)

_THEIRS = sessions.c.bot_id == bindparam("bot")
_THIS = and_(_THEIRS, sessions.c.session == bindparam("which"))
_BEGIN = insert(sessions)
_SESSION_NOW = select(*_SESSION).where(_THIS, sessions.c.expires_at > _AT)
_END = delete(sessions).where(_THIS)
_END_OF = delete(sessions).where(_THEIRS, sessions.c.user_id == bindparam("who"))
_END_OLD = delete(sessions).where(_THEIRS, sessions.c.expires_at <= _AT)


def keep(connection: Connection, bot_id: str, login: Login, since: datetime) -> None:
    row = {"bot_id": bot_id, "login": login.key, "user_id": login.user_id, "at": login.at, "used_at": login.used_at}
    _NEWEST.drop_old(connection, bot_id, since)
    connection.execute(_KEEP, row)
    _NEWEST.drop_beyond(connection, bot_id, login.user_id, most=MOST, most_each=MOST_EACH)


def find(connection: Connection, bot_id: str, key: str) -> Login | None:
    row = connection.execute(_FIND, {"bot": bot_id, "which": key}).one_or_none()
    return None if row is None else Login(*row)


def use(connection: Connection, bot_id: str, key: str, since: datetime, at: datetime) -> Login | None:
    which = {"bot": bot_id, "which": key, "since": since, "now": at}
    row = connection.execute(_USE, which).one_or_none()
    return None if row is None else Login(*row)


def drop_of(connection: Connection, bot_id: str, user_id: str) -> None:
    _NEWEST.drop_of(connection, bot_id, user_id)


def begin(connection: Connection, bot_id: str, session: Session) -> None:
    """Those that are over go."""
    row = {"bot_id": bot_id, "session": session.key, "user_id": session.user_id, "at": session.at}
    connection.execute(_END_OLD, {"bot": bot_id, "now": session.at})
    connection.execute(_BEGIN, row | {"expires_at": session.expires_at})


def session(connection: Connection, bot_id: str, key: str, now: datetime) -> Session | None:
    row = connection.execute(_SESSION_NOW, {"bot": bot_id, "which": key, "now": now}).one_or_none()
    return None if row is None else Session(*row)


def end(connection: Connection, bot_id: str, key: str) -> None:
    connection.execute(_END, {"bot": bot_id, "which": key})


def end_of(connection: Connection, bot_id: str, user_id: str) -> None:
    connection.execute(_END_OF, {"bot": bot_id, "who": user_id})
