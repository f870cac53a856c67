"""Every column that holds something sealed: with which keys, and how to seal it anew while the service runs."""

from collections import Counter
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, and_, bindparam, delete, func, select, update

from bot.records import about_authorization, about_ticket
from bot.registry import about_bot
from bot.store.tables import authorizations, bots, tickets

_PLACES = (
    (authorizations, authorizations.c.user_id, about_authorization),
    (tickets, tickets.c.ticket, about_ticket),
    (bots, bots.c.bot_id, lambda bot_id, _: about_bot(bot_id)),
)
"""A table, what tells its rows apart beside the bot, and what is sealed in with the text."""


def counts(connection: Connection, bot_id: str) -> Mapping[int, int]:
    found: Counter[int] = Counter()
    for table, _, _ in _PLACES:
        statement = (
            select(table.c.key_number, func.count())
            .where(table.c.bot_id == bindparam("bot"), table.c.key_number.is_not(None))
            .group_by(table.c.key_number)
        )
        for number, count in connection.execute(statement, {"bot": bot_id}):
            found[number] += count
    return found


def example(connection: Connection, bot_id: str, key_number: int) -> tuple[str, bytes] | None:
    for table, who, about in _PLACES:
        statement = (
            select(who, table.c.sealed)
            .where(table.c.bot_id == bindparam("bot"), table.c.key_number == bindparam("number"))
            .limit(1)
        )
        row = connection.execute(statement, {"bot": bot_id, "number": key_number}).one_or_none()
        if row is not None:
            return about(bot_id, row[0]), row[1]
    return None


def renew(
    connection: Connection, bot_id: str, key_number: int, again: Callable[[str, bytes], bytes], limit: int
) -> int:
    """A row that was replaced meanwhile is left as it is: it was sealed anew by whoever replaced it."""
    done = 0
    for table, who, about in _PLACES:
        stale = (
            select(who, table.c.sealed)
            .where(table.c.bot_id == bindparam("bot"), table.c.key_number != bindparam("number"))
            .limit(bindparam("most"))
        )
        renewed = (
            update(table)
            .where(
                and_(table.c.bot_id == bindparam("bot"), who == bindparam("its_id")), table.c.sealed == bindparam("old")
            )
            .values(sealed=bindparam("new"), key_number=bindparam("its_number"))
        )
        which = {"bot": bot_id, "number": key_number, "most": limit - done}
        for row_id, sealed in connection.execute(stale, which).all():
            new = again(about(bot_id, row_id), sealed)
            connection.execute(
                renewed, {"bot": bot_id, "its_id": row_id, "old": sealed, "new": new, "its_number": key_number}
            )
            done += 1
    return done


def forget(connection: Connection, bot_id: str, key_number: int) -> int:
    gone = 0
    for table, _, _ in _PLACES:
        statement = delete(table).where(table.c.bot_id == bindparam("bot"), table.c.key_number == bindparam("number"))
        gone += connection.execute(statement, {"bot": bot_id, "number": key_number}).rowcount
    return gone
