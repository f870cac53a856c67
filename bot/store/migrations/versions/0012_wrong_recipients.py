"""Index only the recipients that something went wrong with: the rest is read in order."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

WRONG = sa.text("outcome IN ('failed', 'skipped')")
BEFORE = "recipients_bot_id_broadcast_id_outcome_seq"


def upgrade() -> None:
    op.drop_index(BEFORE, "recipients")
    op.create_index(
        "recipients_wrong", "recipients", ["bot_id", "broadcast_id", "outcome", "reason"],
        sqlite_where=WRONG, postgresql_where=WRONG,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("recipients_wrong", "recipients")
    op.create_index(BEFORE, "recipients", ["bot_id", "broadcast_id", "outcome", "seq"])
