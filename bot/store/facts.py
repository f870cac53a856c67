"""What can be told of a database without changing it, for whoever looks after it."""

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from bot.store.engine import open_sync
from bot.store.location import Location, locate
from bot.store.trouble import explained


@dataclass(frozen=True)
class DatabaseFacts:
    """`name` such as `sqlite 3.40.1`; `mode` is SQLite's journal mode, and empty for PostgreSQL."""

    name: str
    mode: str
    writable: bool


def database_facts(url: str) -> DatabaseFacts:
    """
    Raises:
        SetupError: MB203, it is damaged; MB204, it cannot be opened.
    """
    location = locate(url)
    with explained(location), open_sync(location).connect() as connection:
        if location.path is None:
            version = connection.execute(text("SHOW server_version")).scalar_one()
            read_only = connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one()
            return DatabaseFacts(f"postgresql {str(version).split()[0]}", "", not read_only)
        version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
        writable = os.access(location.path, os.W_OK) and os.access(location.path.parent, os.W_OK)
        return DatabaseFacts(f"sqlite {version}", str(mode).lower(), writable)


def data_folder(url: str) -> Path:
    """Where files belong that accompany the database.

    Raises:
        SetupError: MB204, the address cannot be read.
    """
    return locate(url).directory


def backups_of(location: Location) -> list[Path]:
    """Newest first."""
    return location.backups()
