"""Who did what and when, among those who may: written together with what was done."""

import uuid
from collections.abc import Sequence

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger import AuditEntry
from bot.store.tables import audit, text

_ADD = insert(audit)
_NEWEST = (
    select(audit.c.at, audit.c.actor_id, audit.c.action, audit.c.subject, audit.c.detail)
    .where(audit.c.bot_id == bindparam("bot"))
    .order_by(audit.c.at.desc(), audit.c.entry_id)
    .limit(bindparam("most"))
)


async def add(connection: AsyncConnection, bot_id: str, entry: AuditEntry) -> None:
    row = {"bot_id": bot_id, "entry_id": str(uuid.uuid4()), "at": entry.at, "actor_id": entry.actor_id}
    row |= {"action": entry.action, "subject": entry.subject, "detail": text(entry.detail)}
    await connection.execute(_ADD, row)


async def newest(connection: AsyncConnection, bot_id: str, limit: int) -> Sequence[AuditEntry]:
    return [AuditEntry(*row) for row in await connection.execute(_NEWEST, {"bot": bot_id, "most": limit})]
