"""The database: SQLite in WAL mode by default, or PostgreSQL, through the same SQLAlchemy Core statements.

`open_store` is for the service; the functions for `mixbot db` block.
"""

from bot.store.backup import backup_database
from bot.store.facts import DatabaseFacts, backups_of, data_folder, database_facts
from bot.store.location import lock_of
from bot.store.opening import Database, known_bots, open_store, upgrade_schema
from bot.store.restore import check_database, restore_database
from bot.store.schema import SchemaStatus, SchemaStep, schema_status

__all__ = [
    "Database",
    "DatabaseFacts",
    "SchemaStatus",
    "SchemaStep",
    "backup_database",
    "backups_of",
    "check_database",
    "data_folder",
    "database_facts",
    "known_bots",
    "lock_of",
    "open_store",
    "restore_database",
    "schema_status",
    "upgrade_schema",
]
