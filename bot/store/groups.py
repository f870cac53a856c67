"""Groups that the bot is in, and when it left others: events may come late, or twice, and the newest one counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, update

from bot.groups import Group
from bot.store.bulk import Insert, PerEngine, Words
from bot.store.one_bot import OneBot
from bot.store.tables import Moment, conversations, text

_THIS = and_(conversations.c.bot_id == bindparam("bot"), conversations.c.conversation_id == bindparam("chat"))
_INSIDE = conversations.c.left_at.is_(None)
_AT = bindparam("at", type_=Moment)
_FACTS = (conversations.c.conversation_id, conversations.c.joined_at, conversations.c.name, conversations.c.members)


def _join(words: Words) -> Insert:
    return words.insert(conversations).on_conflict_do_nothing()


_JOIN = PerEngine(_join)
_KNOWN = select(conversations.c.joined_at).where(_THIS)
_REJOIN = update(conversations).where(_THIS, conversations.c.left_at < _AT).values(joined_at=_AT, left_at=None)
_LEAVE = update(conversations).where(_THIS, _INSIDE, conversations.c.joined_at <= _AT).values(left_at=_AT)
_DESCRIBE = update(conversations).where(_THIS).values(name=bindparam("called"), members=bindparam("count"))
_ALL = (
    select(*_FACTS)
    .where(conversations.c.bot_id == bindparam("bot"), _INSIDE)
    .order_by(conversations.c.joined_at.desc(), conversations.c.conversation_id)
    .limit(bindparam("most"))
)
_ONE = select(*_FACTS).where(_THIS, _INSIDE)


def join(connection: Connection, bot_id: str, conversation_id: str, at: datetime) -> bool:
    if connection.execute(_KNOWN, _which(bot_id, conversation_id)).one_or_none() is None:
        row = {"bot_id": bot_id, "conversation_id": conversation_id, "name": "", "members": 0, "joined_at": at}
        connection.execute(_JOIN.on(connection), row)
        return True
    return connection.execute(_REJOIN, _which(bot_id, conversation_id) | {"at": at}).rowcount == 1


def leave(connection: Connection, bot_id: str, conversation_id: str, at: datetime) -> bool:
    return connection.execute(_LEAVE, _which(bot_id, conversation_id) | {"at": at}).rowcount == 1


def describe(connection: Connection, bot_id: str, conversation_id: str, name: str, members: int) -> None:
    facts = {"called": text(name), "count": members}
    connection.execute(_DESCRIBE, _which(bot_id, conversation_id) | facts)


def listed(connection: Connection, bot_id: str, limit: int) -> Sequence[Group]:
    return [_group(row) for row in connection.execute(_ALL, {"bot": bot_id, "most": limit})]


def get(connection: Connection, bot_id: str, conversation_id: str) -> Group | None:
    row = connection.execute(_ONE, _which(bot_id, conversation_id)).one_or_none()
    return None if row is None else _group(row)


def _group(row: Any) -> Group:
    return Group(*row)


def _which(bot_id: str, conversation_id: str) -> dict[str, object]:
    return {"bot": bot_id, "chat": conversation_id}


class GroupRows:
    """`bot.groups.Groups`; every method raises `NotKept` where the database does not do its work."""

    def __init__(self, bot: OneBot) -> None:
        self._bot = bot

    async def join(self, conversation_id: str, at: datetime) -> bool:
        return await self._bot.write(join, conversation_id, at)

    async def describe(self, conversation_id: str, name: str, members: int) -> None:
        await self._bot.write(describe, conversation_id, name, members)

    async def leave(self, conversation_id: str, at: datetime) -> bool:
        return await self._bot.write(leave, conversation_id, at)

    async def all(self, limit: int = 100) -> Sequence[Group]:
        return await self._bot.read(listed, limit)

    async def get(self, conversation_id: str) -> Group | None:
        return await self._bot.read(get, conversation_id)
