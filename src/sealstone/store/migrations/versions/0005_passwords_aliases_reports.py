"""Login profiles, account aliases, password policies and credential reports."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """A table each."""
    op.create_table(
        "login_profiles",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.Column("password_date", sa.Text(), nullable=False),
        sa.Column("password_reset_required", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "user_id"),
    )
    op.create_table(
        "account_aliases",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
        sa.UniqueConstraint("alias", name="account_aliases_alias"),
    )
    op.create_table(
        "password_policies",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("minimum_password_length", sa.Integer(), nullable=False),
        sa.Column("require_symbols", sa.Integer(), nullable=False),
        sa.Column("require_numbers", sa.Integer(), nullable=False),
        sa.Column("require_uppercase_characters", sa.Integer(), nullable=False),
        sa.Column("require_lowercase_characters", sa.Integer(), nullable=False),
        sa.Column("allow_users_to_change_password", sa.Integer(), nullable=False),
        sa.Column("max_password_age", sa.Integer()),
        sa.Column("password_reuse_prevention", sa.Integer()),
        sa.Column("hard_expiry", sa.Integer()),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "credential_reports",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("generated_time", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
    )
