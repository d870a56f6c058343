"""Requests of certificates: certificates without content yet, what renewals replaced, tokens, counts."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Content may be absent; and a table each."""
    with op.batch_alter_table("certificates") as batch:
        for name in ("certificate_body", "fingerprint", "not_before", "not_after", "imported_at"):
            batch.alter_column(name, existing_type=sa.Text(), nullable=True)
    op.create_table(
        "certificate_requests",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("idempotency_token", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Text(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "unique_id"),
    )
    op.create_index("certificate_requests_due", "certificate_requests", ["due_at"])
    op.create_index("certificate_requests_token", "certificate_requests", ["account_id", "region", "idempotency_token"])
    op.create_table(
        "superseded_certificates",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("certificate_body", sa.Text(), nullable=False),
        sa.Column("certificate_chain", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("not_before", sa.Text(), nullable=False),
        sa.Column("not_after", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("listeners", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "unique_id"),
    )
    op.create_table(
        "validation_tokens",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_table(
        "certificate_request_counts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "day"),
    )
