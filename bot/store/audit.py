"""Who did what and when, among those who may: written together with what was done.

Each entry has a number, a digest of itself, and a hash over that and the entry before: whoever changes or removes one
has to change all that follow. What names somebody who is forgotten goes; its digest stays.
"""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, update

from bot.ledger import AuditEntry, AuditQuery
from bot.store.tables import Moment, audit, microseconds, text

FORGOTTEN = "(forgotten)"
CHECKED_AT_ONCE = 10_000
_LOCK = 0x6D6978626F740002
"""Key of the advisory lock under which PostgreSQL adds an entry; SQLite has one writer."""

_FACTS = (audit.c.at, audit.c.actor_id, audit.c.action, audit.c.subject, audit.c.detail)
_OURS = audit.c.bot_id == bindparam("bot")
_ADD = insert(audit)
_NEWEST = select(*_FACTS).where(_OURS).order_by(audit.c.number.desc(), audit.c.at.desc()).limit(bindparam("most"))
_LAST = select(audit.c.number, audit.c.chain).where(_OURS).order_by(audit.c.number.desc()).limit(1)
_CHAIN = (
    select(audit.c.number, audit.c.digest, audit.c.chain, *_FACTS)
    .where(_OURS, audit.c.number > bindparam("after"))
    .order_by(audit.c.number)
    .limit(CHECKED_AT_ONCE)
)
_FORGET = (
    update(audit)
    .where(_OURS, or_(audit.c.actor_id == bindparam("who"), audit.c.subject == bindparam("who")))
    .values(actor_id=FORGOTTEN, subject=FORGOTTEN, detail=FORGOTTEN)
)


def add(connection: Connection, bot_id: str, entry: AuditEntry) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    last = connection.execute(_LAST, {"bot": bot_id}).one_or_none()
    number, before = (last[0], last[1]) if last is not None else (0, "")
    kept = AuditEntry(entry.at, entry.actor_id, entry.action, text(entry.subject), text(entry.detail))
    row: dict[str, Any] = {"bot_id": bot_id, "entry_id": str(uuid.uuid4()), "number": number + 1}
    row |= {name: getattr(kept, name) for name in ("at", "actor_id", "action", "subject", "detail")}
    row["digest"] = _digest(kept)
    row["chain"] = _linked(before, row["digest"])
    connection.execute(_ADD, row)


def newest(connection: Connection, bot_id: str, limit: int) -> Sequence[AuditEntry]:
    return [AuditEntry(*row) for row in connection.execute(_NEWEST, {"bot": bot_id, "most": limit})]


def found(connection: Connection, bot_id: str, query: AuditQuery) -> Sequence[AuditEntry]:
    """Newest first, those that fit."""
    parts = [audit.c.bot_id == bot_id]
    if query.actor_id:
        parts.append(audit.c.actor_id == query.actor_id)
    if query.action:
        parts.append(audit.c.action.startswith(query.action, autoescape=True))
    if query.subject:
        parts.append(audit.c.subject == query.subject)
    if query.since is not None:
        parts.append(audit.c.at >= bindparam("since", query.since, type_=Moment))
    if query.before_number:
        parts.append(audit.c.number < query.before_number)
    wanted = select(*_FACTS, audit.c.number).where(and_(*parts)).order_by(audit.c.number.desc()).limit(query.limit)
    return [AuditEntry(*row) for row in connection.execute(wanted)]


def broken(connection: Connection, bot_id: str) -> int:
    """The number of the first entry that was changed, or follows one that was removed; 0 where all is well."""
    after, before = 0, ""
    while rows := connection.execute(_CHAIN, {"bot": bot_id, "after": after}).all():
        for number, digest, chain, *facts in rows:
            entry = AuditEntry(*facts)
            changed = entry.subject != FORGOTTEN and digest != _digest(entry)
            if number != after + 1 or chain != _linked(before, digest) or changed:
                return int(number)
            after, before = number, chain
    return 0


def forget(connection: Connection, bot_id: str, user_id: str) -> None:
    connection.execute(_FORGET, {"bot": bot_id, "who": user_id})


def _digest(entry: AuditEntry) -> str:
    said = f"{microseconds(entry.at)}\n{entry.actor_id}\n{entry.action}\n{entry.subject}\n{entry.detail}"
    return hashlib.sha256(said.encode()).hexdigest()


def _linked(before: str, digest: str) -> str:
    return hashlib.sha256(f"{before}{digest}".encode()).hexdigest()
