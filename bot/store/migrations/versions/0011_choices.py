"""Create the tables for what is chosen in the console, and for what is said, where that is to be kept."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "choices",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "name", name="choices_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "said",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("ours", sa.Boolean, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "user_id", "message_id", name="said_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("said_bot_id_at", "said", ["bot_id", "at"])


def downgrade() -> None:
    op.drop_table("said")
    op.drop_table("choices")
