"""Roles, their policies, instance profiles and permissions boundaries."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """A table each."""
    op.create_table(
        "roles",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.Column("assume_role_policy_document", sa.Text(), nullable=False),
        sa.Column("principal_ids", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("max_session_duration", sa.Integer(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "unique_id"),
        sa.UniqueConstraint("account_id", "name_folded", name="roles_name"),
    )
    op.create_table(
        "role_policies",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "role_id", "name_folded"),
    )
    op.create_table(
        "instance_profiles",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Text()),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "unique_id"),
        sa.UniqueConstraint("account_id", "name_folded", name="instance_profiles_name"),
    )
    op.create_index("instance_profiles_role", "instance_profiles", ["account_id", "role_id"])
    op.create_table(
        "boundaries",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "entity_id"),
    )
    op.create_index("boundaries_policy", "boundaries", ["account_id", "policy_id"])
