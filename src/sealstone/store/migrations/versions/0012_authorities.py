"""The private authority, and what it issued."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """A table each."""
    op.create_table(
        "authorities",
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("not_after", sa.Text(), nullable=False),
        sa.Column("crl_number", sa.Integer(), nullable=False),
        sa.Column("revocation_list", sa.LargeBinary(), nullable=True),
        sa.Column("this_update", sa.Text(), nullable=True),
        sa.Column("next_update", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("certificate_id"),
    )
    op.create_table(
        "issued_certificates",
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.Text(), nullable=False),
        sa.Column("not_after", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.Column("revocation_reason", sa.Text(), nullable=True),
        sa.Column("crl_number", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("serial_number"),
    )
    revoked = ["issuer_id", "revoked_at", "crl_number"]
    op.create_index("issued_certificates_revoked", "issued_certificates", revoked)
    op.create_index("issued_certificates_holder", "issued_certificates", ["account_id", "region", "unique_id"])
