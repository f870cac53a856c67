"""Create the tables for people, admins, marks, attempts and dead letters; takes no time."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("conversation_id", sa.String, nullable=False),
        sa.Column("first_message_id", sa.String, nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("identity_number", sa.String, nullable=False, server_default=""),
        sa.Column("name", sa.String, nullable=False, server_default=""),
        sa.Column("language", sa.String, nullable=False, server_default=""),
        sa.Column("subscribed", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("bot_id", "user_id", name="people_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "admins",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "user_id", name="admins_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "marks",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("replies", sa.LargeBinary, nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "message_id", name="marks_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("marks_bot_id_at", "marks", ["bot_id", "at"])
    op.create_table(
        "attempts",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "message_id", name="attempts_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dead_letters",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.Column("command", sa.String, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "message_id", name="dead_letters_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("dead_letters_bot_id_reference", "dead_letters", ["bot_id", "reference"])
    op.create_index("dead_letters_bot_id_at", "dead_letters", ["bot_id", "at"])


def downgrade() -> None:
    for table in ("dead_letters", "attempts", "marks", "admins", "people"):
        op.drop_table(table)
