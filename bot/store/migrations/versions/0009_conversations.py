"""Create the list of groups that the bot is in. Takes a moment."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("conversation_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("members", sa.Integer, nullable=False),
        sa.Column("joined_at", sa.BigInteger, nullable=False),
        sa.Column("left_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("bot_id", "conversation_id", name="conversations_pk"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("conversations")
