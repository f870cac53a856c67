"""Remember until when somebody is muted, and find the few who are muted or blocked without looking at everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

MUTED = sa.text("muted_until IS NOT NULL")


def upgrade() -> None:
    op.add_column("people", sa.Column("muted_until", sa.BigInteger, nullable=True))
    op.create_index(
        "people_blocked", "people", ["bot_id", "user_id"],
        sqlite_where=sa.text("blocked = 1"), postgresql_where=sa.text("blocked"),
    )  # fmt: skip
    op.create_index("people_muted", "people", ["bot_id", "muted_until"], sqlite_where=MUTED, postgresql_where=MUTED)


def downgrade() -> None:
    op.drop_index("people_muted", "people")
    op.drop_index("people_blocked", "people")
    op.drop_column("people", "muted_until")
