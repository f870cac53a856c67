"""Create the tables for several bots: which there are, what moved between processes, which processes there were."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "bots",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("key_number", sa.Integer, nullable=True),
        sa.Column("options", sa.LargeBinary, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", name="bots_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "moves",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("move_id", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("process", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "move_id", name="moves_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("moves_at", "moves", ["at"])
    op.create_table(
        "processes",
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("roles", sa.String, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", name="processes_pk"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("processes", "moves", "bots"):
        op.drop_table(table)
