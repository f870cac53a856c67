"""What people and the bot said to each other, where it is kept at all."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, select

from bot.said import Said
from bot.store.bulk import Insert, PerEngine, Words
from bot.store.one_bot import OneBot
from bot.store.tables import Moment, said, text

_OURS = said.c.bot_id == bindparam("bot")
_NEWEST = (
    select(*(said.c[name] for name in ("user_id", "message_id", "at", "ours", "kind", "text")))
    .where(_OURS, said.c.user_id == bindparam("who"))
    .order_by(said.c.at.desc(), said.c.ours.desc(), said.c.message_id)
    .limit(bindparam("most"))
)
_PRUNE = delete(said).where(and_(_OURS, said.c.at < bindparam("before", type_=Moment)))


def _keep(words: Words) -> Insert:
    return words.insert(said).on_conflict_do_nothing()


_KEEP = PerEngine(_keep)


def keep(connection: Connection, bot_id: str, given: Sequence[Said]) -> None:
    rows = [
        {
            "bot_id": bot_id, "user_id": each.user_id, "message_id": each.message_id, "at": each.at,
            "ours": each.ours, "kind": each.kind, "text": text(each.text),
        }
        for each in given
    ]  # fmt: skip
    if rows:
        connection.execute(_KEEP.on(connection), rows)


def newest(connection: Connection, bot_id: str, user_id: str, limit: int) -> Sequence[Said]:
    rows = connection.execute(_NEWEST, {"bot": bot_id, "who": user_id, "most": limit})
    return [Said(*row) for row in rows]


def prune(connection: Connection, bot_id: str, before: datetime) -> None:
    connection.execute(_PRUNE, {"bot": bot_id, "before": before})


class SaidRows:
    """`bot.said.History`. Every method raises `NotKept` where the database does not do its work."""

    def __init__(self, bot: OneBot) -> None:
        self._bot = bot

    async def keep_said(self, said: Sequence[Said]) -> None:
        await self._bot.write(keep, said)

    async def said(self, user_id: str, limit: int = 50) -> Sequence[Said]:
        return await self._bot.read(newest, user_id, limit)

    async def prune_said(self, before: datetime) -> None:
        await self._bot.write(prune, before)
