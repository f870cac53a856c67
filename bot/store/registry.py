"""Which bots there are, who runs them, and what moved: `bot.registry.Registry`."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, delete, func, select

from bot.registry import BotOptions, BotRecord, Move, ProcessRecord, What
from bot.store.bulk import Insert, PerEngine, Words
from bot.store.database import Connections
from bot.store.tables import Moment, bots, moves, processes, text
from bot.wire import decoder, encode

_read_options = decoder(BotOptions)


def _keep(words: Words) -> Insert:
    insert = words.insert(bots)
    new = insert.excluded
    changed = {"sealed": new.sealed, "key_number": new.key_number, "options": new.options, "changed_at": new.changed_at}
    return insert.on_conflict_do_update(index_elements=["bot_id"], set_=changed)


def _pause(words: Words) -> Insert:
    insert = words.insert(bots)
    return insert.on_conflict_do_update(index_elements=["bot_id"], set_={"paused": insert.excluded.paused})


def _process(words: Words) -> Insert:
    insert = words.insert(processes)
    changed = {"name": insert.excluded.name, "version": insert.excluded.version, "roles": insert.excluded.roles}
    return insert.on_conflict_do_update(index_elements=["number"], set_=changed)


_KEEP, _PAUSE, _PROCESS = PerEngine(_keep), PerEngine(_pause), PerEngine(_process)
_ALL = select(bots.c.bot_id, bots.c.paused, bots.c.sealed, bots.c.key_number, bots.c.options, bots.c.changed_at)
_DROP = delete(bots).where(bots.c.bot_id == bindparam("bot"))
_NOTE = moves.insert()
_MOVES = select(moves.c.bot_id, moves.c.at, moves.c.what, moves.c.reason, moves.c.process)
_NEWEST = _MOVES.order_by(moves.c.at.desc(), moves.c.move_id).limit(bindparam("most"))
_NEWEST_OF = _NEWEST.where(moves.c.bot_id == bindparam("bot"))
_last = select(moves.c.bot_id, func.max(moves.c.at).label("at")).group_by(moves.c.bot_id).subquery()
_LATEST = _MOVES.join(_last, (moves.c.bot_id == _last.c.bot_id) & (moves.c.at == _last.c.at)).order_by(moves.c.move_id)
_PRUNE = delete(moves).where(moves.c.at < bindparam("before", type_=Moment))
_PROCESSES = select(
    processes.c.number, processes.c.name, processes.c.version, processes.c.roles, processes.c.started_at
).order_by(processes.c.started_at)
_GONE = delete(processes).where(processes.c.number.in_(bindparam("numbers", expanding=True)))


class Clock(Protocol):
    def __call__(self) -> datetime: ...


class RegistryRows:
    """Every method is one transaction."""

    def __init__(self, connections: Connections, now: Clock) -> None:
        self._connections = connections
        self._now = now

    async def bots(self) -> Sequence[BotRecord]:
        return await self._connections.read(_bots)

    async def keep_bot(self, bot_id: str, *, sealed: bytes, key_number: int | None, options: BotOptions | None) -> None:
        row = {"bot_id": bot_id, "paused": False, "sealed": sealed, "key_number": key_number}
        row |= {"options": encode(options) if options is not None else b"", "changed_at": self._now()}
        await self._connections.write(_insert, _KEEP, row)

    async def pause_bot(self, bot_id: str, paused: bool) -> None:
        row = {"bot_id": bot_id, "paused": paused, "sealed": b"", "key_number": None, "options": b""}
        await self._connections.write(_insert, _PAUSE, row | {"changed_at": self._now()})

    async def drop_bot(self, bot_id: str) -> bool:
        return await self._connections.write(_drop, bot_id)

    async def note(self, new: Sequence[Move]) -> None:
        if new:
            await self._connections.write(_note, new)

    async def moves(self, limit: int = 50, bot_id: str = "") -> Sequence[Move]:
        if bot_id:
            return await self._connections.read(_some_moves, _NEWEST_OF, {"most": limit, "bot": bot_id})
        return await self._connections.read(_some_moves, _NEWEST, {"most": limit})

    async def latest(self) -> Mapping[str, Move]:
        return {move.bot_id: move for move in await self._connections.read(_some_moves, _LATEST, {})}

    async def prune_moves(self, before: datetime) -> None:
        await self._connections.write(_execute, _PRUNE, {"before": before})

    async def keep_process(self, process: ProcessRecord) -> None:
        row = {"number": process.number, "name": text(process.name), "version": process.version}
        await self._connections.write(_insert, _PROCESS, row | {"roles": process.roles, "started_at": self._now()})

    async def processes(self) -> Sequence[ProcessRecord]:
        return await self._connections.read(_processes)

    async def drop_processes(self, numbers: Sequence[int]) -> None:
        if numbers:
            await self._connections.write(_execute, _GONE, {"numbers": list(numbers)})


def _bots(connection: Connection) -> list[BotRecord]:
    return [
        BotRecord(bot_id, paused, bytes(sealed), number, _read_options(options) if options else None, changed_at)
        for bot_id, paused, sealed, number, options, changed_at in connection.execute(_ALL.order_by(bots.c.bot_id))
    ]


def _insert(connection: Connection, statement: PerEngine[Insert], row: Mapping[str, Any]) -> None:
    connection.execute(statement.on(connection), row)


def _execute(connection: Connection, statement: Any, given: Mapping[str, Any]) -> None:
    connection.execute(statement, given)


def _drop(connection: Connection, bot_id: str) -> bool:
    return connection.execute(_DROP, {"bot": bot_id}).rowcount == 1


def _note(connection: Connection, new: Sequence[Move]) -> None:
    rows = [
        {"bot_id": move.bot_id, "move_id": str(uuid.uuid4()), "at": move.at, "what": move.what.value}
        | {"reason": text(move.reason), "process": text(move.process)}
        for move in new
    ]
    connection.execute(_NOTE, rows)


def _some_moves(connection: Connection, statement: Any, given: Mapping[str, Any]) -> list[Move]:
    found = connection.execute(statement, given)
    return [Move(bot_id, at, What(what), reason, process) for bot_id, at, what, reason, process in found]


def _processes(connection: Connection) -> list[ProcessRecord]:
    return [ProcessRecord(*row) for row in connection.execute(_PROCESSES)]
