"""nandbox's tables, beside those of Mixin in the sandbox's one database file."""

import sqlite3

from bot.sandbox.tables import transaction

SCHEMA = """
CREATE TABLE IF NOT EXISTS nandbox_apps (app_id TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nandbox_users (user_id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nandbox_bots (bot_id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nandbox_chats (chat_id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nandbox_messages (
    seq INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, talk TEXT NOT NULL, sender_id TEXT NOT NULL,
    reference TEXT, value TEXT NOT NULL, UNIQUE (sender_id, reference));
CREATE INDEX IF NOT EXISTS nandbox_messages_by_talk ON nandbox_messages (talk, seq);
CREATE TABLE IF NOT EXISTS nandbox_files (
    file_id TEXT PRIMARY KEY, name TEXT NOT NULL, content_type TEXT NOT NULL, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nandbox_entries (
    entry_id INTEGER PRIMARY KEY AUTOINCREMENT, app_id TEXT NOT NULL, list TEXT NOT NULL, name TEXT NOT NULL,
    value TEXT NOT NULL, UNIQUE (app_id, list, name));
CREATE TABLE IF NOT EXISTS nandbox_documents (
    bot_id TEXT, collection TEXT, document_id TEXT, value TEXT NOT NULL,
    PRIMARY KEY (bot_id, collection, document_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nandbox_keypads (talk TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
NAMES = (
    "nandbox_apps", "nandbox_users", "nandbox_bots", "nandbox_chats", "nandbox_messages", "nandbox_files",
    "nandbox_entries", "nandbox_documents", "nandbox_keypads",
)  # fmt: skip


def create(db: sqlite3.Connection) -> None:
    db.executescript(SCHEMA)


def empty(db: sqlite3.Connection) -> None:
    """Forget everything of nandbox."""
    with transaction(db):
        for name in NAMES:
            db.execute(f"DELETE FROM {name}")  # noqa: S608 - the names are the ones above
