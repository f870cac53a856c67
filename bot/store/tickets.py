"""Links on which somebody is to allow something: only hashes of what the link, the state and the cookie bear."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, update

from bot.records import Ticket
from bot.store.newest import Newest
from bot.store.tables import Moment, text, tickets

_FACTS = tuple(tickets.c[name] for name in ("ticket", "user_id", "scope", "at", "sealed", "key_number", "then"))
"""In the order of `Ticket`."""

_OURS = tickets.c.bot_id == bindparam("bot")
_SINCE = bindparam("since", type_=Moment)
_KEEP = insert(tickets)
_NEWEST = Newest(tickets, "ticket")
_BEGIN = (
    update(tickets)
    .where(_OURS, tickets.c.ticket == bindparam("which"), tickets.c.at >= _SINCE)
    .values(state=bindparam("its_state"), browser=bindparam("its_browser"))
    .returning(*_FACTS)
)
_TAKE = (
    delete(tickets)
    .where(
        _OURS,
        tickets.c.state != "",
        tickets.c.state == bindparam("its_state"),
        tickets.c.browser == bindparam("its_browser"),
        tickets.c.at >= _SINCE,
    )
    .returning(*_FACTS)
)


def keep(connection: Connection, bot_id: str, ticket: Ticket, since: datetime, most: int, most_each: int) -> None:
    row = {
        "bot_id": bot_id,
        "ticket": ticket.ticket,
        "user_id": ticket.user_id,
        "scope": text(ticket.scope),
        "at": ticket.at,
        "sealed": ticket.sealed,
        "key_number": ticket.key_number,
        "then": text(ticket.then),
    }
    _NEWEST.drop_old(connection, bot_id, since)
    connection.execute(_KEEP, row)
    _NEWEST.drop_beyond(connection, bot_id, ticket.user_id, most=most, most_each=most_each)


def begin(connection: Connection, bot_id: str, ticket: str, state: str, browser: str, since: datetime) -> Ticket | None:
    which = {"bot": bot_id, "which": ticket, "its_state": state, "its_browser": browser, "since": since}
    row = connection.execute(_BEGIN, which).one_or_none()
    return None if row is None else Ticket(*row)


def take(connection: Connection, bot_id: str, state: str, browser: str, since: datetime) -> Ticket | None:
    which = {"bot": bot_id, "its_state": state, "its_browser": browser, "since": since}
    row = connection.execute(_TAKE, which).one_or_none()
    return None if row is None else Ticket(*row)


def drop_of(connection: Connection, bot_id: str, user_id: str) -> None:
    _NEWEST.drop_of(connection, bot_id, user_id)
