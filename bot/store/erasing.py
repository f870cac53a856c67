"""All that is kept of one person: to hand it over, and to delete it without a trace.

Every table with a `user_id` counts, whichever comes to be; messages and replies that are kept whole are looked through.
Among the recipients of a broadcast a row without a name stays, so that its numbers still add up.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Delete, Select, Table, bindparam, delete, select

from bot.store import audit
from bot.store import recipients as leave
from bot.store.bulk import Insert, PerEngine, Words
from bot.store.tables import dead_letters, marks, metadata, receipts, recipients, tombstones
from bot.wire import decode

NOT_SHOWN = frozenset({"tickets", "logins", "sessions"})
"""Links on their way to a permission or into the console, and its sessions: hashes, and for nobody to read."""

_KEPT_WHOLE: dict[str, tuple[Table, Column[bytes]]] = {
    "answers": (marks, marks.c.replies),
    "failed": (dead_letters, dead_letters.c.message),
}
_PERSONAL = [table for table in metadata.sorted_tables if "user_id" in table.c]
_DELETED = [table for table in _PERSONAL if table is not recipients]


def _finding(table: Table, column: Column[bytes]) -> PerEngine[Select[Any]]:
    return PerEngine(lambda words: select(column).where(_ours(table), words.holds(column, "who")))


def _erasing(table: Table, column: Column[bytes]) -> PerEngine[Delete]:
    return PerEngine(lambda words: delete(table).where(_ours(table), words.holds(column, "who")))


def _ours(table: Table) -> ColumnElement[bool]:
    return table.c.bot_id == bindparam("bot")


_FOUND = {name: _finding(table, column) for name, (table, column) in _KEPT_WHOLE.items()}
_ERASED = [_erasing(table, column) for table, column in _KEPT_WHOLE.values()]


def _receive(words: Words) -> Insert:
    return words.insert(receipts).on_conflict_do_nothing()


def _bury(words: Words) -> Insert:
    insert = words.insert(tombstones)
    return insert.on_conflict_do_update(index_elements=["bot_id", "person"], set_={"at": insert.excluded.at})


_RECEIVE = PerEngine(_receive)
_BURY = PerEngine(_bury)
_ANNOUNCED = select(receipts.c.message_id).where(
    receipts.c.bot_id == bindparam("bot"), receipts.c.snapshot_id == bindparam("snapshot")
)


def export(connection: Connection, bot_id: str, user_id: str) -> dict[str, list[Mapping[str, Any]]]:
    """Rows by table, times as text; `answers` are replies kept for a while, `failed` messages in quarantine."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for table in _PERSONAL:
        if table.name not in NOT_SHOWN:
            wanted = select(table).where(table.c.bot_id == bot_id, table.c.user_id == user_id)
            if table is recipients:
                wanted = leave.of_person(bot_id, user_id)
            found[table.name] = [
                {name: _shown(value) for name, value in row.items() if name != "bot_id"}
                for row in connection.execute(wanted).mappings()
            ]
    for name, statement in _FOUND.items():
        rows = connection.execute(statement.on(connection), {"bot": bot_id, "who": user_id.encode()})
        found[name] = [kept for row in rows if (kept := _theirs(decode(row[0]), user_id))]
    return {name: rows for name, rows in found.items() if rows}


def _theirs(kept: Any, user_id: str) -> Any:
    """A message as it is, or of the replies to one those to this person: a notice to admins may stand beside them."""
    return [reply for reply in kept if reply["user_id"] == user_id] if isinstance(kept, list) else kept


def forget(connection: Connection, bot_id: str, user_id: str, at: datetime) -> None:
    for statement in _ERASED:
        connection.execute(statement.on(connection), {"bot": bot_id, "who": user_id.encode()})
    leave.forget(connection, bot_id, user_id)
    audit.forget(connection, bot_id, user_id)
    for table in _DELETED:
        connection.execute(delete(table).where(table.c.bot_id == bot_id, table.c.user_id == user_id))
    connection.execute(_BURY.on(connection), {"bot_id": bot_id, "person": tombstone(bot_id, user_id), "at": at})


def buried(connection: Connection, bot_id: str, since: datetime) -> frozenset[str]:
    """The hashes of those who were forgotten since then."""
    wanted = select(tombstones.c.person).where(tombstones.c.bot_id == bot_id, tombstones.c.at >= since)
    return frozenset(connection.execute(wanted).scalars())


def tombstone(bot_id: str, user_id: str) -> str:
    """What is left of somebody: enough to tell whether they were forgotten, and not who they were."""
    return hashlib.sha256(f"{bot_id} {user_id}".encode()).hexdigest()


def settle(connection: Connection) -> None:
    """Empty the journal, in which what was deleted would stand for a while; a reader may make us leave it for later."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def receive(connection: Connection, bot_id: str, snapshot_id: str, message_id: str, user_id: str, at: datetime) -> bool:
    row = {"bot_id": bot_id, "snapshot_id": snapshot_id, "message_id": message_id, "user_id": user_id, "at": at}
    connection.execute(_RECEIVE.on(connection), row)
    first = connection.execute(_ANNOUNCED, {"bot": bot_id, "snapshot": snapshot_id})
    return bool(first.scalar_one() == message_id)


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return "(sealed)" if isinstance(value, bytes) else value
