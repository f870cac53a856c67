"""What was chosen in the console, a row for each choice."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, select

from bot.ledger import AuditEntry
from bot.store.bulk import Insert, PerEngine, Words
from bot.store.due import CHOICES
from bot.store.one_bot import OneBot
from bot.store.tables import choices, text

_OURS = choices.c.bot_id == bindparam("bot")
_ALL = select(choices.c.name, choices.c.value).where(_OURS)
_DROP = delete(choices).where(_OURS, choices.c.name == bindparam("called"))


def _keep(words: Words) -> Insert:
    insert = words.insert(choices)
    return insert.on_conflict_do_update(index_elements=["bot_id", "name"], set_={"value": insert.excluded.value})


_KEEP = PerEngine(_keep)


def chosen(connection: Connection, bot_id: str) -> dict[str, str]:
    rows = connection.execute(_ALL, {"bot": bot_id})
    return {row.name: row.value for row in rows}


def keep(connection: Connection, bot_id: str, name: str, value: str) -> None:
    if value:
        connection.execute(_KEEP.on(connection), {"bot_id": bot_id, "name": name, "value": text(value)})
    else:
        connection.execute(_DROP, {"bot": bot_id, "called": name})


class ChoiceRows:
    """`bot.choices.Choices`. Both methods raise `NotKept` where the database does not do its work."""

    def __init__(self, bot: OneBot) -> None:
        self._bot = bot

    async def choices(self) -> Mapping[str, str]:
        if not await self._bot.may(CHOICES):
            return {}
        return await self._bot.read(chosen)

    async def choose(self, name: str, value: str, entry: AuditEntry) -> None:
        await self._bot.noted(entry, keep, name, value)
