"""What makes a broadcast to many cheap: the engines look where few rows are, and read on where they were."""

import re
from typing import Any

from bot.store import recipients, upgrade_schema
from bot.store.bulk import WORDS
from bot.store.engine import open_sync
from bot.store.location import locate

GIVEN = {"bot": "b", "which": "w", "after": 0, "most": 10, "ids": "[]", "level": 1, "number": 1, "why": ""}
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}


def test_what_went_wrong_is_found_without_reading_the_rest(url: str) -> None:
    """Of a million recipients that are sent to, none is read to say whom something went wrong with, and why."""
    upgrade_schema(url)

    for statement in (recipients._REASONS, recipients._RETRY, recipients._ONCE_MORE, recipients._TAKE_BACK):
        assert "recipients_apart" in plan(url, statement)


def test_the_next_recipients_are_read_where_the_last_ones_ended(url: str, engine: str) -> None:
    """Those that are done are not read again with every claim."""
    upgrade_schema(url)
    found = plan(url, recipients._IN_ORDER)

    assert re.search(
        {"sqlite": r"PRIMARY KEY \(.*seq>\?\)", "postgresql": r"recipients_pk[\s\S]*seq > "}[engine], found
    )


def test_receipts_are_found_by_their_ids(url: str, engine: str) -> None:
    """A thousand receipts cost a thousand rows, however many recipients the bot ever had; forgetting somebody, too."""
    upgrade_schema(url)

    for statement in (recipients._SEE, recipients._UNSEEN, recipients._STILL, recipients._NAMELESS):
        assert "recipients_message_id" in plan(url, statement._build(WORDS[engine]))


def test_who_cannot_be_reached_is_found_by_id(url: str, engine: str) -> None:
    """One of a million people, not one after the other."""
    upgrade_schema(url)
    found = plan(url, recipients._UNREACHABLE)

    assert re.search(
        {"sqlite": r"people .*bot_id=\? AND user_id=\?", "postgresql": r"bot_id.* AND .*user_id"}[engine], found
    )


def plan(url: str, statement: Any) -> str:
    """How the engine would go about it."""
    engine = open_sync(locate(url))
    compiled = statement.compile(dialect=engine.dialect)
    given = compiled.construct_params(GIVEN)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            for cheaper in ("seqscan", "bitmapscan"):  # the table is empty, and reading all of it costs nothing
                connection.exec_driver_sql(f"SET enable_{cheaper} = off")
        values = tuple(given[name] for name in compiled.positiontup) if compiled.positional else given
        found = connection.exec_driver_sql(f"{EXPLAIN[engine.dialect.name]} {compiled}", values)
        return "\n".join(map(str, found))
