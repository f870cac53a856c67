"""Remember whether somebody's language was chosen or guessed. Goes through the people once: a second for 1,000,000."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("people", sa.Column("language_chosen", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE people SET language_chosen = TRUE WHERE language <> ''"
    )  # nobody can tell, and a choice outranks


def downgrade() -> None:
    op.drop_column("people", "language_chosen")
