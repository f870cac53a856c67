"""Many rows in one statement: they travel as one JSON parameter, which costs a tenth of a parameter for each value.

Where the two engines differ in words, a statement is built once for each.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    LargeBinary,
    Select,
    String,
    Table,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import sqlite

from bot.wire import encode

S = TypeVar("S")
Insert = sqlite.Insert
"""PostgreSQL's has the same words."""


class Words(ABC):
    """One engine's words for what SQL has no common ones for."""

    @abstractmethod
    def insert(self, table: Table) -> Insert: ...

    @abstractmethod
    def ids(self) -> Select[Any]:
        """The ids in the parameter `ids`, which is `given_ids(...)`."""
        ...

    @abstractmethod
    def rows(self, *texts: str, numbers: tuple[str, ...] = ()) -> FromClause:
        """The rows in the parameter `rows`, which is `given_rows(...)`, with these columns."""
        ...

    @abstractmethod
    def holds(self, column: ColumnElement[bytes], parameter: str) -> ColumnElement[bool]:
        """Whether a column of bytes has those of a parameter in it."""
        ...


class SQLite(Words):
    def insert(self, table: Table) -> Insert:
        return sqlite.insert(table)

    def ids(self) -> Select[Any]:
        return select(func.json_each(bindparam("ids", type_=String)).table_valued("value").c.value)

    def rows(self, *texts: str, numbers: tuple[str, ...] = ()) -> FromClause:
        each = func.json_each(bindparam("rows", type_=String)).table_valued("value")
        kinds = dict.fromkeys(texts, String()) | dict.fromkeys(numbers, BigInteger())
        return select(
            *(
                func.json_extract(each.c.value, literal_column(f"'$.{name}'"), type_=kind).label(name)
                for name, kind in kinds.items()
            )
        ).subquery("given")

    def holds(self, column: ColumnElement[bytes], parameter: str) -> ColumnElement[bool]:
        return func.instr(column, bindparam(parameter, type_=LargeBinary)) > 0


class PostgreSQL(Words):
    """Loads its dialect when it is needed: a start without it takes 50 ms less."""

    @cached_property
    def _dialect(self) -> Any:
        from sqlalchemy.dialects import postgresql

        return postgresql

    def insert(self, table: Table) -> Insert:
        inserting: Insert = self._dialect.insert(table)
        return inserting

    def ids(self) -> Select[Any]:
        given = cast(bindparam("ids", type_=String), self._dialect.JSONB)
        return select(func.jsonb_array_elements_text(given).column_valued("given"))

    def rows(self, *texts: str, numbers: tuple[str, ...] = ()) -> FromClause:
        given = cast(bindparam("rows", type_=String), self._dialect.JSONB)
        columns = [column(name, String) for name in texts] + [column(name, BigInteger) for name in numbers]
        return func.jsonb_to_recordset(given).table_valued(*columns, name="given").render_derived(with_types=True)

    def holds(self, column: ColumnElement[bytes], parameter: str) -> ColumnElement[bool]:
        return func.position(bindparam(parameter, type_=LargeBinary).op("IN")(column)) > 0


WORDS: dict[str, Words] = {"sqlite": SQLite(), "postgresql": PostgreSQL()}


class PerEngine(Generic[S]):
    """A statement, built once for each engine that is used."""

    def __init__(self, build: Callable[[Words], S]) -> None:
        self._build = build
        self._statements: dict[str, S] = {}

    def on(self, connection: Connection) -> S:
        engine = connection.dialect.name
        if engine not in self._statements:
            self._statements[engine] = self._build(WORDS[engine])
        return self._statements[engine]


def given_ids(ids: list[str]) -> str:
    return encode(ids).decode()


def given_rows(rows: list[dict[str, str | int]]) -> str:
    """In the order of their keys, so that two writers of the same rows do not deadlock."""
    return encode(rows).decode()
