"""Create the tables for what people allowed by OAuth, and for links on their way there; takes no time."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "authorizations",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("grant_id", sa.String, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("asked", sa.String, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("key_number", sa.Integer, nullable=False),
        sa.Column("granted_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("notice", sa.String, nullable=False),
        sa.Column("notice_at", sa.BigInteger, nullable=True),
        sa.Column("then", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "user_id", name="authorizations_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("authorizations_bot_id_notice_at", "authorizations", ["bot_id", "notice_at"])
    op.create_index("authorizations_bot_id_key_number", "authorizations", ["bot_id", "key_number"])
    op.create_table(
        "tickets",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("ticket", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False, server_default=""),
        sa.Column("browser", sa.String, nullable=False, server_default=""),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("key_number", sa.Integer, nullable=False),
        sa.Column("then", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "ticket", name="tickets_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("tickets_bot_id_user_id", "tickets", ["bot_id", "user_id"])
    op.create_index("tickets_bot_id_at", "tickets", ["bot_id", "at"])
    op.create_index("tickets_bot_id_state", "tickets", ["bot_id", "state"])


def downgrade() -> None:
    for table in ("tickets", "authorizations"):
        op.drop_table(table)
