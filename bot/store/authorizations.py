"""What people allowed the bot by OAuth; the proof of it is sealed before it comes here."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from bot.records import Authorization
from bot.store.tables import Moment, authorizations, text

_FACTS = (
    "user_id",
    "grant_id",
    "scope",
    "asked",
    "sealed",
    "key_number",
    "granted_at",
    "expires_at",
    "notice",
    "notice_at",
    "then",
)
"""In the order of `Authorization`."""

_OURS = authorizations.c.bot_id == bindparam("bot")
_THIS_PERSONS = and_(_OURS, authorizations.c.user_id == bindparam("who"))
_THIS_GRANT = and_(_THIS_PERSONS, authorizations.c.grant_id == bindparam("which"))
_ALL = select(*(authorizations.c[name] for name in _FACTS))
_FIND = _ALL.where(_THIS_PERSONS)
_DUE = (
    _ALL.where(_OURS, authorizations.c.notice_at <= bindparam("now", type_=Moment))
    .order_by(authorizations.c.notice_at)
    .limit(bindparam("most"))
)
_KEEP = insert(authorizations)
_DROP = delete(authorizations).where(_THIS_PERSONS)
_DROP_GRANT = delete(authorizations).where(_THIS_GRANT)
_NOTICE = (
    update(authorizations)
    .where(_THIS_GRANT)
    .values(then="", notice=bindparam("what"), notice_at=bindparam("moment", type_=Moment))
)


def find(connection: Connection, bot_id: str, user_id: str) -> Authorization | None:
    row = connection.execute(_FIND, {"bot": bot_id, "who": user_id}).one_or_none()
    return None if row is None else Authorization(*row)


def keep(connection: Connection, bot_id: str, authorization: Authorization) -> None:
    connection.execute(_DROP, {"bot": bot_id, "who": authorization.user_id})
    row = {name: getattr(authorization, name) for name in _FACTS}
    row |= {"bot_id": bot_id, "scope": text(authorization.scope), "asked": text(authorization.asked)}
    row["then"] = text(authorization.then)
    connection.execute(_KEEP, row)


def drop(connection: Connection, bot_id: str, user_id: str, grant_id: str = "") -> bool:
    """Without `grant_id` whatever there is."""
    which = {"bot": bot_id, "who": user_id}
    if grant_id:
        return connection.execute(_DROP_GRANT, which | {"which": grant_id}).rowcount > 0
    return connection.execute(_DROP, which).rowcount > 0


def due(connection: Connection, bot_id: str, now: datetime, limit: int) -> Sequence[Authorization]:
    rows = connection.execute(_DUE, {"bot": bot_id, "now": now, "most": limit})
    return [Authorization(*row) for row in rows]


def set_notice(
    connection: Connection, bot_id: str, authorization: Authorization, notice: str, at: datetime | None
) -> None:
    which = {"bot": bot_id, "who": authorization.user_id, "which": authorization.grant_id}
    connection.execute(_NOTICE, which | {"what": notice, "moment": at})
