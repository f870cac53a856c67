"""The sandbox's SQLite tables, and one connection to them.

Everything runs in the loop's thread, one transaction for each request: nothing here ever waits for a disk in a way that
a sandbox would notice (`synchronous=OFF`; what a power cut takes, nobody misses).
"""

import logging
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people (user_id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS relations (
    owner_id TEXT, other_id TEXT, kind TEXT NOT NULL, PRIMARY KEY (owner_id, other_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    session_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, algorithm TEXT NOT NULL, text TEXT NOT NULL,
    platform TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS grants (authorization_id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conversations (conversation_id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY, message_id TEXT NOT NULL, conversation_id TEXT NOT NULL, user_id TEXT NOT NULL,
    session_id TEXT NOT NULL, category TEXT NOT NULL, data BLOB NOT NULL, status TEXT NOT NULL,
    quote_message_id TEXT NOT NULL, representative_id TEXT NOT NULL, silent INTEGER NOT NULL,
    expire_in INTEGER NOT NULL, created_at TEXT NOT NULL, recalled INTEGER NOT NULL DEFAULT 0,
    sealed BLOB NOT NULL DEFAULT x'', trouble TEXT NOT NULL DEFAULT '',
    UNIQUE (message_id, user_id));
CREATE INDEX IF NOT EXISTS messages_by_conversation ON messages (conversation_id, seq);
CREATE TABLE IF NOT EXISTS pending (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, bot_id TEXT NOT NULL, message_id TEXT NOT NULL,
    message_seq INTEGER NOT NULL, created_at TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS pending_by_message ON pending (bot_id, message_id, message_seq);
CREATE INDEX IF NOT EXISTS pending_by_bot ON pending (bot_id, seq);
CREATE TABLE IF NOT EXISTS receipts (
    seq INTEGER PRIMARY KEY, bot_id TEXT NOT NULL, message_id TEXT NOT NULL, status TEXT NOT NULL,
    created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS acknowledged (
    bot_id TEXT, message_id TEXT, status TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (bot_id, message_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (
    conversation_id TEXT, user_id TEXT, seq INTEGER NOT NULL, PRIMARY KEY (conversation_id, user_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS assets (
    asset_id TEXT PRIMARY KEY, chain_id TEXT NOT NULL, symbol TEXT NOT NULL, name TEXT NOT NULL,
    price_usd TEXT NOT NULL, price_btc TEXT NOT NULL, change_usd TEXT NOT NULL, precision INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outputs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, output_id TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL,
    asset_id TEXT NOT NULL, amount TEXT NOT NULL, state TEXT NOT NULL, created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL, sender_id TEXT NOT NULL, memo TEXT NOT NULL, transaction_hash TEXT NOT NULL,
    output_index INTEGER NOT NULL, request_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS outputs_by_user ON outputs (user_id, state, asset_id, sequence);
CREATE TABLE IF NOT EXISTS snapshots (
    seq INTEGER PRIMARY KEY, snapshot_id TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL, opponent_id TEXT NOT NULL,
    asset_id TEXT NOT NULL, amount TEXT NOT NULL, opening_balance TEXT NOT NULL, closing_balance TEXT NOT NULL,
    memo TEXT NOT NULL, trace_id TEXT NOT NULL, transaction_hash TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS snapshots_by_user ON snapshots (user_id, seq);
CREATE INDEX IF NOT EXISTS snapshots_by_trace ON snapshots (trace_id);
CREATE TABLE IF NOT EXISTS circles (circle_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS circles_by_user ON circles (user_id);
CREATE TABLE IF NOT EXISTS schemes (scheme_id TEXT PRIMARY KEY, target TEXT NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attachments (
    attachment_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, created_at TEXT NOT NULL, content BLOB) WITHOUT ROWID;
"""
NAMES = (
    "facts", "people", "relations", "sessions", "grants", "conversations", "messages", "pending", "receipts",
    "acknowledged", "seen", "assets", "outputs", "snapshots", "circles", "schemes", "attachments",
)  # fmt: skip

CONVERSED = ("messages", "pending", "receipts", "acknowledged", "seen")
"""Those that hold what was said, and what became of it."""


def connect(path: Path | None) -> sqlite3.Connection:
    """Open the file, or a database in memory, with its tables in place."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, cached_statements=256)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=OFF")
    db.execute("PRAGMA temp_store=MEMORY")
    _outgrow(db)
    db.executescript(SCHEMA)
    return db


def _outgrow(db: sqlite3.Connection) -> None:
    """A file of another version of these tables starts anew: what it holds is play."""
    version = zlib.crc32(SCHEMA.encode()) & 0x7FFF_FFFF
    (found,) = db.execute("PRAGMA user_version").fetchone()
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    if found != version and tables:
        log.warning("sandbox.started_anew reason=the file is of another version")
        for name in tables:
            if not name.startswith("sqlite_"):
                db.execute(f"DROP TABLE {name}")
    db.execute(f"PRAGMA user_version = {version}")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; inside another transaction it is part of that one. Never await inside."""
    if db.in_transaction:
        yield
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def empty(db: sqlite3.Connection, names: tuple[str, ...] = NAMES) -> None:
    """Forget everything, or what is in those tables."""
    with transaction(db):
        for name in names:
            db.execute(f"DELETE FROM {name}")  # noqa: S608 - the names are the ones above
