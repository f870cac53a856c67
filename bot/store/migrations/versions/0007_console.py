"""Create the tables for ways into the console, and for the sessions of browsers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "logins",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("login", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("bot_id", "login", name="logins_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("logins_bot_id_user_id", "logins", ["bot_id", "user_id"])
    op.create_index("logins_bot_id_at", "logins", ["bot_id", "at"])
    op.create_table(
        "sessions",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "session", name="sessions_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("sessions_bot_id_user_id", "sessions", ["bot_id", "user_id"])


def downgrade() -> None:
    op.drop_table("sessions")
    op.drop_table("logins")
