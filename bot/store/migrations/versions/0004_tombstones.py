"""Create the tables for transfers that were announced, and for who asked to be forgotten; takes no time."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("snapshot_id", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "snapshot_id", name="receipts_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tombstones",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "person", name="tombstones_pk"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("tombstones", "receipts"):
        op.drop_table(table)
