"""The version of the tables: which the database has, which this program needs, and the steps between.

The steps are Alembic revisions, one file each, numbered 0001, 0002 …: their file names say which is the newest, so that
a start with nothing to do never loads Alembic. Everything here blocks; the service calls it in a thread.
"""

import ast
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select, text

from bot.errors import EXIT_MIGRATIONS, SetupError
from bot.lockfile import UNREADABLE
from bot.store.engine import open_sync
from bot.store.location import Location, locate
from bot.store.tables import metadata
from bot.store.trouble import explained

VERSION_TABLE = "mixbot_schema"
MIGRATIONS = Path(__file__).parent / "migrations"
UPGRADE_WAIT_S = 60.0
UPGRADE_LOCK = 0x6D6978626F740001
"""Key of the advisory lock under which PostgreSQL is upgraded; SQLite has its write lock."""

OLDER = "MB201"
NEWER = "MB202"

_version = Table(VERSION_TABLE, MetaData(), Column("version_num", String))
_alembic_is_global = threading.Lock()


@dataclass(frozen=True)
class SchemaStep:
    revision: str
    does: str
    """What it does and what that costs, one line."""


@dataclass(frozen=True)
class SchemaStatus:
    """`current` is empty for a database without tables; for one written by a newer program nothing is pending."""

    current: str
    head: str
    pending: tuple[SchemaStep, ...]

    @property
    def known(self) -> bool:
        return not self.current or self.current in (step.revision for step in steps())

    def require_current(self) -> None:
        """
        Raises:
            SetupError: MB201, the database is older than this program; MB202, it is newer.
        """
        if not self.known:
            raise SetupError(
                NEWER,
                f"Database schema {self.current} is newer than this program ({self.head}). You are running an older "
                "version than the one that wrote it. Install that one, or restore the backup made before the upgrade: "
                "`mixbot db restore FILE`.",
                exit_code=EXIT_MIGRATIONS,
            )
        if self.pending:
            raise SetupError(
                OLDER,
                f"Database schema is {self.current}, this version needs {self.head}. Back up and upgrade: "
                "`mixbot db backup && mixbot db upgrade`. (Or set MIXBOT_AUTO_MIGRATE=true.)",
                exit_code=EXIT_MIGRATIONS,
            )


@cache
def steps() -> tuple[SchemaStep, ...]:
    """Oldest first."""
    found = []
    for path in sorted((MIGRATIONS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
        found.append(SchemaStep(path.name[:4], docstring.splitlines()[0]))
    return tuple(found)


def head() -> str:
    return steps()[-1].revision


def tables() -> list[str]:
    """The names of all tables that are ours, that of the version included."""
    return [*metadata.tables, VERSION_TABLE]


def schema_status(url: str) -> SchemaStatus:
    """Looks, and changes nothing; a file that does not exist is not created.

    Raises:
        SetupError: MB203, the database is damaged; MB204, it cannot be opened.
    """
    return status_of(locate(url))


def status_of(location: Location) -> SchemaStatus:
    if location.path is not None and not location.path.exists():
        return _status("")
    with explained(location), open_sync(location).connect() as connection:
        return _status(current(connection, location))


def upgrade(location: Location) -> SchemaStatus:
    """All steps or none, one process at a time. Returns the status before."""
    with explained(location), open_sync(location, busy_timeout_s=UPGRADE_WAIT_S).begin() as connection:
        if location.path is None:
            connection.execute(select(text(f"pg_advisory_xact_lock({UPGRADE_LOCK})")))
        before = _status(current(connection, location))
        if not before.known:
            before.require_current()
        if before.pending:
            migrate(connection, location, head())
        return before


def current(connection: Connection, location: Location) -> str:
    """The revision of a database, empty when it has none of our tables.

    Raises:
        SetupError: MB204, a SQLite file that belongs to another program.
    """
    names = inspect(connection).get_table_names()
    if VERSION_TABLE in names:
        return connection.execute(select(_version.c.version_num)).scalar_one_or_none() or ""
    if location.path is not None and names:
        raise SetupError(
            UNREADABLE, f"{location} holds another program's tables. Set MIXBOT_DB_URL to a file of its own."
        )
    return ""


def migrate(connection: Connection, location: Location, revision: str) -> None:
    """Go up or down to a revision (`base` is before the first), within the transaction of the connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _alembic_is_global:
        if revision != "base" and revision >= current(connection, location):
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)


def _status(revision: str) -> SchemaStatus:
    known = [step.revision for step in steps()]
    pending = steps()[known.index(revision) + 1 :] if revision in known else ()
    return SchemaStatus(revision, head(), pending if revision else steps())
