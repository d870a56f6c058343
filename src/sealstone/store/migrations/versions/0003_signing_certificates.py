"""Signing certificates of users and of root, each belonging to exactly one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """The table, its one unique fingerprint, and the way to an owner's certificates."""
    op.create_table(
        "signing_certificates",
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text()),
        sa.Column("certificate_body", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column("not_before", sa.Text(), nullable=False),
        sa.Column("not_after", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("upload_date", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("certificate_id"),
        sa.UniqueConstraint("fingerprint", name="signing_certificates_fingerprint"),
    )
    op.create_index("signing_certificates_owner", "signing_certificates", ["account_id", "user_id"])
