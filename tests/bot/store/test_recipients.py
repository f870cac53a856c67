"""What makes a broadcast to many cheap: the engines look where few rows are, and read on where they were."""

import asyncio
import re
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import recipients, upgrade_schema
from bot.store.location import locate

GIVEN = {"bot": "b", "which": "w", "after": 0, "most": 10}
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}


def test_what_went_wrong_is_found_without_reading_the_rest(url: str) -> None:
    """Of a million recipients that are sent to, none is read to say whom something went wrong with, and why."""
    upgrade_schema(url)

    assert "recipients_wrong" in asyncio.run(plan(url, recipients._REASONS))


def test_the_next_recipients_are_read_where_the_last_ones_ended(url: str, engine: str) -> None:
    """Those that are done are not read again with every claim."""
    upgrade_schema(url)
    found = asyncio.run(plan(url, recipients._WAITING))

    assert re.search(
        {"sqlite": r"PRIMARY KEY \(.*seq>\?\)", "postgresql": r"recipients_pk[\s\S]*seq > "}[engine], found
    )


async def plan(url: str, statement: Any) -> str:
    """How the engine would go about it."""
    engine = create_async_engine(locate(url).asynchronous)
    compiled = statement.compile(dialect=engine.dialect)
    named = {name: value for name, value in GIVEN.items() if name in compiled.params}
    given = compiled.construct_params(named)
    async with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            for cheaper in ("seqscan", "bitmapscan"):  # the table is empty, and reading all of it costs nothing
                await connection.exec_driver_sql(f"SET enable_{cheaper} = off")
        values = tuple(given[name] for name in compiled.positiontup) if compiled.positional else given
        found = await connection.exec_driver_sql(f"{EXPLAIN[engine.dialect.name]} {compiled}", values)
        text = "\n".join(map(str, found))
    await engine.dispose()
    return text
