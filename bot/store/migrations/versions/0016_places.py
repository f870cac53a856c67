"""Say what became of most recipients by how far a broadcast came, and find the few others by an index of theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

BEFORE = sa.text("outcome IN ('failed', 'skipped')")
SINCE = sa.text("outcome IN ('again', 'failed', 'sending', 'skipped')")
COLUMNS = ["bot_id", "broadcast_id", "outcome", "reason"]


def upgrade() -> None:
    for name in ("claimed_to", "sent_to"):
        op.add_column("broadcasts", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.create_index("recipients_apart", "recipients", COLUMNS, sqlite_where=SINCE, postgresql_where=SINCE)
    op.drop_index("recipients_wrong", "recipients")


def downgrade() -> None:
    op.execute(
        "UPDATE recipients SET outcome = 'sent' WHERE outcome = 'waiting' AND seq <= (SELECT sent_to FROM broadcasts "
        "WHERE broadcasts.bot_id = recipients.bot_id AND broadcasts.broadcast_id = recipients.broadcast_id)"
    )
    op.execute("UPDATE recipients SET outcome = 'waiting' WHERE outcome = 'again'")
    op.create_index("recipients_wrong", "recipients", COLUMNS, sqlite_where=BEFORE, postgresql_where=BEFORE)
    op.drop_index("recipients_apart", "recipients")
    for name in ("claimed_to", "sent_to"):
        op.drop_column("broadcasts", name)
