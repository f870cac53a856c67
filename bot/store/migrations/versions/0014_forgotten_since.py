"""Index when people were forgotten: each process looks all the time who was lately."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_index("tombstones_bot_id_at", "tombstones", ["bot_id", "at"])


def downgrade() -> None:
    op.drop_index("tombstones_bot_id_at", "tombstones")
