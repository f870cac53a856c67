"""Create tags, segments and the progress of broadcasts; chain the audit. Takes a moment for each million people."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "tags",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("tag", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "user_id", "tag", name="tags_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("tags_bot_id_tag_user_id", "tags", ["bot_id", "tag", "user_id"])
    op.create_table(
        "segments",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("audience", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "name", name="segments_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "progress",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("broadcast_id", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "broadcast_id", "at", name="progress_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("people_bot_id_first_seen_user_id", "people", ["bot_id", "first_seen", "user_id"])
    for table, column in (("broadcasts", "hold"), ("audit", "digest"), ("audit", "chain")):
        op.add_column(table, sa.Column(column, sa.String, nullable=False, server_default=""))
    op.add_column("broadcasts", sa.Column("hold_until", sa.BigInteger, nullable=True))
    op.add_column("broadcasts", sa.Column("saved_at", sa.BigInteger, nullable=True))
    op.add_column("broadcasts", sa.Column("approver_id", sa.String, nullable=False, server_default=""))
    op.add_column("audit", sa.Column("number", sa.Integer, nullable=False, server_default="0"))
    op.create_index("audit_bot_id_number", "audit", ["bot_id", "number"])


def downgrade() -> None:
    op.drop_index("audit_bot_id_number", "audit")
    op.drop_index("people_bot_id_first_seen_user_id", "people")
    for column in ("chain", "digest", "number"):
        op.drop_column("audit", column)
    for column in ("approver_id", "saved_at", "hold_until", "hold"):
        op.drop_column("broadcasts", column)
    for table in ("progress", "segments", "tags"):
        op.drop_table(table)
