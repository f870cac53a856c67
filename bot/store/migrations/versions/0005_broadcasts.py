"""Create the tables for broadcasts, their recipients and the audit; adds a column to people, which takes no time."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("people", sa.Column("reachable", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("people", sa.Column("blocked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "broadcasts",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("broadcast_id", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("contents", sa.LargeBinary, nullable=False),
        sa.Column("audience", sa.LargeBinary, nullable=False),
        sa.Column("author_id", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("of", sa.String, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=True),
        sa.Column("rate", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("frozen", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("actor_id", sa.String, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=True),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("skipped", sa.Integer, nullable=False),
        sa.Column("delivered", sa.Integer, nullable=False),
        sa.Column("read", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "broadcast_id", name="broadcasts_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("broadcasts_bot_id_number", "broadcasts", ["bot_id", "number"], unique=True)
    op.create_index("broadcasts_bot_id_state", "broadcasts", ["bot_id", "state"])
    op.create_table(
        "recipients",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("broadcast_id", sa.String, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "broadcast_id", "seq", name="recipients_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("recipients_bot_id_message_id", "recipients", ["bot_id", "message_id"])
    op.create_index(
        "recipients_bot_id_broadcast_id_outcome_seq", "recipients", ["bot_id", "broadcast_id", "outcome", "seq"]
    )
    op.create_table(
        "audit",
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("entry_id", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor_id", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("detail", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "entry_id", name="audit_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("audit_bot_id_at", "audit", ["bot_id", "at"])


def downgrade() -> None:
    for table in ("audit", "recipients", "broadcasts"):
        op.drop_table(table)
    op.drop_column("people", "blocked")
    op.drop_column("people", "reachable")
