"""Groups and who is in them, managed policies and what they are attached to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Six tables of identities."""
    _groups()
    _managed_policies()
    op.create_table(
        "attachments",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "entity_id", "policy_id"),
    )
    op.create_index("attachments_policy", "attachments", ["account_id", "policy_id"])


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "unique_id"),
        sa.UniqueConstraint("account_id", "name_folded", name="groups_name"),
    )
    op.create_table(
        "group_members",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "user_id", "group_id"),
    )
    op.create_index("group_members_group", "group_members", ["account_id", "group_id"])
    op.create_table(
        "group_policies",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "group_id", "name_folded"),
    )


def _managed_policies() -> None:
    op.create_table(
        "managed_policies",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.Column("update_date", sa.Text(), nullable=False),
        sa.Column("default_version", sa.Integer(), nullable=False),
        sa.Column("newest_version", sa.Integer(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "unique_id"),
        sa.UniqueConstraint("account_id", "name_folded", name="managed_policies_name"),
    )
    op.create_table(
        "policy_versions",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "policy_id", "number"),
    )
