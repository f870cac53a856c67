"""The tables as SQLAlchemy Core sees them; the migrations create them, and a test compares the two.

Every row belongs to a bot: `bot_id` begins each primary key, since one database may serve several.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    false,
    literal_column,
    true,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


class Moment(TypeDecorator[datetime]):
    """A time with a zone, kept as whole microseconds since 1970 UTC: the same value and order on both engines."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


metadata = MetaData(
    naming_convention={"pk": "%(table_name)s_pk", "ix": "%(table_name)s_%(column_0_N_name)s"},
)


def _table(name: str, *columns: Column[Any] | Index) -> Table:
    return Table(name, metadata, Column("bot_id", String, primary_key=True), *columns, sqlite_with_rowid=False)


people = _table(
    "people",
    Column("user_id", String, primary_key=True),
    Column("conversation_id", String, nullable=False),
    Column("first_message_id", String, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("identity_number", String, nullable=False, server_default=""),
    Column("name", String, nullable=False, server_default=""),
    Column("language", String, nullable=False, server_default=""),
    Column("language_chosen", Boolean, nullable=False, server_default=false()),
    Column("subscribed", Boolean, nullable=False, server_default=true()),
    Column("reachable", Boolean, nullable=False, server_default=true()),
    Column("blocked", Boolean, nullable=False, server_default=false()),
    Column("muted_until", Moment, nullable=True),
    Index(None, "bot_id", "first_seen", "user_id"),
    # Both are asked for every two seconds, and are few.
    Index(
        "people_blocked",
        "bot_id",
        "user_id",
        sqlite_where=literal_column("blocked = 1"),
        postgresql_where=literal_column("blocked"),
    ),
    Index(
        "people_muted",
        "bot_id",
        "muted_until",
        sqlite_where=literal_column("muted_until IS NOT NULL"),
        postgresql_where=literal_column("muted_until IS NOT NULL"),
    ),
)

tags = _table(
    "tags",
    Column("user_id", String, primary_key=True),
    Column("tag", String, primary_key=True),
    Index(None, "bot_id", "tag", "user_id"),
)

segments = _table(
    "segments",
    Column("name", String, primary_key=True),
    Column("audience", LargeBinary, nullable=False),
)

admins = _table(
    "admins",
    Column("user_id", String, primary_key=True),
    Column("role", String, nullable=False),
)

marks = _table(
    "marks",
    Column("message_id", String, primary_key=True),
    Column("replies", LargeBinary, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "bot_id", "at"),
)

attempts = _table(
    "attempts",
    Column("message_id", String, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)

dead_letters = _table(
    "dead_letters",
    Column("message_id", String, primary_key=True),
    Column("reference", String, nullable=False),
    Column("message", LargeBinary, nullable=False),
    Column("command", String, nullable=False),
    Column("error", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("replay", Boolean, nullable=False, server_default=false()),
    Index(None, "bot_id", "reference"),
    Index(None, "bot_id", "at"),
)

authorizations = _table(
    "authorizations",
    Column("user_id", String, primary_key=True),
    Column("grant_id", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("asked", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("key_number", Integer, nullable=False),
    Column("granted_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("notice", String, nullable=False),
    Column("notice_at", Moment, nullable=True),
    Column("then", String, nullable=False),
    Index(None, "bot_id", "notice_at"),
    Index(None, "bot_id", "key_number"),
)

tickets = _table(
    "tickets",
    Column("ticket", String, primary_key=True),
    Column("user_id", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", String, nullable=False, server_default=""),
    Column("browser", String, nullable=False, server_default=""),
    Column("sealed", LargeBinary, nullable=False),
    Column("key_number", Integer, nullable=False),
    Column("then", String, nullable=False),
    Index(None, "bot_id", "user_id"),
    Index(None, "bot_id", "at"),
    Index(None, "bot_id", "state"),
)

receipts = _table(
    "receipts",
    Column("snapshot_id", String, primary_key=True),
    Column("message_id", String, nullable=False),
    Column("user_id", String, nullable=False),
    Column("at", Moment, nullable=False),
)

conversations = _table(
    "conversations",
    Column("conversation_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("members", Integer, nullable=False),
    Column("joined_at", Moment, nullable=False),
    Column("left_at", Moment, nullable=True),
)

tombstones = _table(
    "tombstones",
    Column("person", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Index(None, "bot_id", "at"),
)

broadcasts = _table(
    "broadcasts",
    Column("broadcast_id", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("contents", LargeBinary, nullable=False),
    Column("audience", LargeBinary, nullable=False),
    Column("author_id", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("code", String, nullable=False),
    Column("of", String, nullable=False),
    Column("due_at", Moment, nullable=True),
    Column("rate", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("frozen", Boolean, nullable=False),
    Column("reason", String, nullable=False),
    Column("actor_id", String, nullable=False),
    Column("started_at", Moment, nullable=True),
    Column("ended_at", Moment, nullable=True),
    Column("total", Integer, nullable=False),
    Column("sent", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    Column("read", Integer, nullable=False),
    Column("claimed_to", Integer, nullable=False, server_default="0"),
    Column("sent_to", Integer, nullable=False, server_default="0"),
    Column("hold", String, nullable=False, server_default=""),
    Column("hold_until", Moment, nullable=True),
    Column("saved_at", Moment, nullable=True),
    Column("approver_id", String, nullable=False, server_default=""),
    Index(None, "bot_id", "number", unique=True),
    Index(None, "bot_id", "state"),
)

recipients = _table(
    "recipients",
    Column("broadcast_id", String, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("user_id", String, nullable=False),
    Column("message_id", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("seen", Integer, nullable=False),
    Index(None, "message_id"),
    # Statements that use it name these outcomes literally.
    Index(
        "recipients_apart",
        "bot_id",
        "broadcast_id",
        "outcome",
        "reason",
        sqlite_where=literal_column("outcome IN ('again', 'failed', 'sending', 'skipped')"),
        postgresql_where=literal_column("outcome IN ('again', 'failed', 'sending', 'skipped')"),
    ),
)

progress = _table(
    "progress",
    Column("broadcast_id", String, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("sent", Integer, nullable=False),
)

audit = _table(
    "audit",
    Column("entry_id", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor_id", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("number", Integer, nullable=False, server_default="0"),
    Column("digest", String, nullable=False, server_default=""),
    Column("chain", String, nullable=False, server_default=""),
    Index(None, "bot_id", "at"),
    Index(None, "bot_id", "number"),
)

logins = _table(
    "logins",
    Column("login", String, primary_key=True),
    Column("user_id", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("used_at", Moment, nullable=True),
    Index(None, "bot_id", "user_id"),
    Index(None, "bot_id", "at"),
)

sessions = _table(
    "sessions",
    Column("session", String, primary_key=True),
    Column("user_id", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "bot_id", "user_id"),
)

bots = _table(
    "bots",
    Column("paused", Boolean, nullable=False, server_default=false()),
    Column("sealed", LargeBinary, nullable=False),
    Column("key_number", Integer, nullable=True),
    Column("options", LargeBinary, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

moves = _table(
    "moves",
    Column("move_id", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("what", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("process", String, nullable=False),
    Index(None, "at"),
)

processes = Table(
    "processes",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("version", String, nullable=False),
    Column("roles", String, nullable=False),
    Column("started_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)
"""The only table whose rows belong to no bot."""

choices = _table(
    "choices",
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

said = _table(
    "said",
    Column("user_id", String, primary_key=True),
    Column("message_id", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("ours", Boolean, nullable=False),
    Column("kind", String, nullable=False),
    Column("text", String, nullable=False),
    Index(None, "bot_id", "at"),
)


def text(value: str) -> str:
    """Text as both engines can keep it: PostgreSQL has no NUL."""
    return value.replace("\0", "")
