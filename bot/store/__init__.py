"""The database: SQLite in WAL mode by default, or PostgreSQL, through the same SQLAlchemy Core statements.

`open_store` for the service; the others, which block, for `mixbot db`.
"""

from bot.store.opening import Database, open_store
from bot.store.schema import SchemaStatus, SchemaStep, schema_status, upgrade_schema

__all__ = ["Database", "SchemaStatus", "SchemaStep", "open_store", "schema_status", "upgrade_schema"]
