"""What rotations have stored and not named yet."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """A row for each such certificate."""
    op.create_table(
        "rotations",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("old_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "unique_id"),
    )
