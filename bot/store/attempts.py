"""How often a message was tried, counted before each try, so that one that kills the process is noticed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import Moment, Upsert, attempts

CHUNK = 500

_COUNT = Upsert(
    attempts,
    lambda insert: insert.on_conflict_do_update(
        index_elements=["bot_id", "message_id"],
        set_={"tries": attempts.c.tries + 1, "at": insert.excluded.at},
    ),
)
_TRIES = select(attempts.c.message_id, attempts.c.tries).where(
    attempts.c.bot_id == bindparam("bot"), attempts.c.message_id.in_(bindparam("ids", expanding=True))
)
_CLEAR = delete(attempts).where(attempts.c.bot_id == bindparam("bot"), attempts.c.message_id == bindparam("message"))
_PRUNE = delete(attempts).where(
    attempts.c.bot_id == bindparam("bot"), attempts.c.at < bindparam("before", type_=Moment)
)


async def begin(connection: AsyncConnection, bot_id: str, message_ids: Sequence[str], at: datetime) -> dict[str, int]:
    """A message that is named twice counts once."""
    ids = sorted(set(message_ids))
    if not ids:
        return {}
    rows = [{"bot_id": bot_id, "message_id": message_id, "tries": 1, "at": at} for message_id in ids]
    await connection.execute(_COUNT.on(connection), rows)
    before: dict[str, int] = {}
    for start in range(0, len(ids), CHUNK):
        found = await connection.execute(_TRIES, {"bot": bot_id, "ids": ids[start : start + CHUNK]})
        before.update((message_id, tries - 1) for message_id, tries in found)
    return before


async def clear(connection: AsyncConnection, bot_id: str, message_ids: Sequence[str]) -> None:
    if message_ids:
        rows = [{"bot": bot_id, "message": message_id} for message_id in sorted(set(message_ids))]
        await connection.execute(_CLEAR, rows)


async def prune(connection: AsyncConnection, bot_id: str, before: datetime) -> int:
    return (await connection.execute(_PRUNE, {"bot": bot_id, "before": before})).rowcount
