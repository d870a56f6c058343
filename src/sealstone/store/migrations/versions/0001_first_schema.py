"""The first schema: accounts, users, policies, access keys, server certificates, audit.

Frozen as it is: a database somewhere was made by it. Later changes are later revisions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    _create_identity()
    _create_certificates()
    _create_audit()


def _create_identity() -> None:
    """Installation, accounts, quotas, users, policies, access keys."""
    op.create_table(
        "access_key_uses",
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("access_key_id"),
    )
    op.create_table(
        "access_keys",
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("access_key_id"),
    )
    op.create_index("access_keys_owner", "access_keys", ["account_id", "user_id"], unique=False)
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("check_value", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "quotas",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name"),
    )
    op.create_table(
        "user_policies",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "user_id", "name_folded"),
    )
    op.create_table(
        "users",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "unique_id"),
        sa.UniqueConstraint("account_id", "name_folded", name="users_name"),
    )


def _create_certificates() -> None:
    """Server certificates, and their keys apart."""
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.Column("users", sa.Integer(), server_default="0", nullable=False),
        sa.Column("server_certificates", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "server_certificate_keys",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "unique_id"),
    )
    op.create_table(
        "server_certificates",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("certificate_body", sa.Text(), nullable=False),
        sa.Column("certificate_chain", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("not_after", sa.Text(), nullable=False),
        sa.Column("upload_date", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "unique_id"),
        sa.UniqueConstraint("account_id", "name_folded", name="server_certificates_name"),
    )
    op.create_index(
        "server_certificates_listing",
        "server_certificates",
        ["account_id", "name_folded", "path", "name", "unique_id", "not_after", "upload_date"],
        unique=False,
    )


def _create_audit() -> None:
    """The chains and their heads."""
    op.create_table(
        "audit",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "position"),
    )
    op.create_table(
        "audit_heads",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("head_mac", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
    )
