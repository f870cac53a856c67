"""Tables that stay small: of each bot and of each person only the newest rows are kept, and none that are too old."""

from datetime import datetime

from sqlalchemy import Connection, Table, and_, bindparam, delete, select

from bot.store.tables import Moment


class Newest:
    """The rows of a table with `bot_id`, `user_id` and `at`, which the column `key` tells apart."""

    def __init__(self, table: Table, key: str) -> None:
        ours = table.c.bot_id == bindparam("bot")
        persons = and_(ours, table.c.user_id == bindparam("who"))
        others = table.alias()
        newest = (
            select(others.c[key])
            .where(others.c.bot_id == bindparam("bot"))
            .order_by(others.c.at.desc(), others.c[key])
            .limit(bindparam("most"))
        )
        newest_of = newest.where(others.c.user_id == bindparam("who"))
        self._drop_old = delete(table).where(ours, table.c.at < bindparam("since", type_=Moment))
        self._drop_of = delete(table).where(persons)
        self._drop_beyond = delete(table).where(ours, table.c[key].not_in(newest))
        self._drop_beyond_of = delete(table).where(persons, table.c[key].not_in(newest_of))

    def drop_old(self, connection: Connection, bot_id: str, since: datetime) -> None:
        connection.execute(self._drop_old, {"bot": bot_id, "since": since})

    def drop_of(self, connection: Connection, bot_id: str, user_id: str) -> None:
        """All of one person."""
        connection.execute(self._drop_of, {"bot": bot_id, "who": user_id})

    def drop_beyond(self, connection: Connection, bot_id: str, user_id: str, *, most: int, most_each: int) -> None:
        """What is beyond `most_each` of a person, if one is named, and beyond `most` of the bot."""
        if user_id:
            connection.execute(self._drop_beyond_of, {"bot": bot_id, "who": user_id, "most": most_each})
        connection.execute(self._drop_beyond, {"bot": bot_id, "most": most})
