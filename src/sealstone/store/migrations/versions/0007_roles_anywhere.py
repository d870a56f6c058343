"""Trust anchors, profiles, revocation lists and subjects of Roles Anywhere."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """A table each."""
    op.create_table(
        "trust_anchors",
        *_key(),
        *_texts("name", "certificates"),
        *_numbers("enabled"),
        *_texts("created_at", "updated_at", "notifications", "tags"),
        sa.PrimaryKeyConstraint("account_id", "region", "unique_id"),
    )
    op.create_table(
        "profiles",
        *_key(),
        *_texts("name", "role_arns"),
        *_numbers("enabled"),
        *_texts("created_by", "created_at", "updated_at"),
        *_numbers("duration_seconds"),
        *_texts("session_policy", "managed_policy_arns"),
        *_numbers("require_instance_properties", "accept_role_session_name"),
        *_texts("mappings", "tags"),
        sa.PrimaryKeyConstraint("account_id", "region", "unique_id"),
    )
    op.create_table(
        "revocation_lists",
        *_key(),
        *_texts("trust_anchor_id", "name"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        *_numbers("enabled"),
        *_texts("created_at", "updated_at", "tags"),
        sa.PrimaryKeyConstraint("account_id", "region", "unique_id"),
    )
    op.create_index("revocation_lists_anchor", "revocation_lists", ["account_id", "region", "trust_anchor_id"])
    op.create_table(
        "subjects",
        *_key(),
        *_texts("x509_subject", "created_at", "updated_at", "last_seen_at", "credentials", "instance_properties"),
        sa.PrimaryKeyConstraint("account_id", "region", "unique_id"),
    )


def _key() -> list[sa.Column[str]]:
    return _texts("account_id", "region", "unique_id")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]
