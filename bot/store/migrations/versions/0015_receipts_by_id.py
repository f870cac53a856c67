"""Find recipients by message id alone: SQLite would rather read all of a bot's rows than use an index of both."""

from alembic import op

revision = "0015"
down_revision = "0014"

BEFORE, SINCE = "recipients_bot_id_message_id", "recipients_message_id"


def upgrade() -> None:
    op.create_index(SINCE, "recipients", ["message_id"])
    op.drop_index(BEFORE, "recipients")


def downgrade() -> None:
    op.create_index(BEFORE, "recipients", ["bot_id", "message_id"])
    op.drop_index(SINCE, "recipients")
