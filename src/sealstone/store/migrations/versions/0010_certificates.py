"""Certificates of ACM, their keys, how many were imported, and the account's settings."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"


def upgrade() -> None:
    """A table each."""
    op.create_table(
        "certificates",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("certificate_body", sa.Text(), nullable=False),
        sa.Column("certificate_chain", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("not_before", sa.Text(), nullable=False),
        sa.Column("not_after", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "unique_id"),
    )
    op.create_index("certificates_id", "certificates", ["account_id", "unique_id"])
    op.create_index("certificates_listing", "certificates", ["account_id", "region", "created_at", "unique_id"])
    op.create_table(
        "certificate_keys",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "unique_id"),
    )
    op.create_table(
        "certificate_imports",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("imports", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "day"),
    )
    op.create_table(
        "certificate_settings",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("days_before_expiry", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region"),
    )
