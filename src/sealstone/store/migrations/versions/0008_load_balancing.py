"""Load balancers, listeners, instances, target groups, trust, which certificates they use, and what serves."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """A table each, and the count of changes that the data plane follows."""
    configuration = op.create_table(
        "configuration",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(configuration.insert().values(id=1, generation=1))
    _load_balancers()
    _targets()
    _trust_and_rules()
    _states()


def _load_balancers() -> None:
    op.create_table(
        "load_balancers",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("generation", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "unique_id"),
        sa.UniqueConstraint("account_id", "region", "generation", "name_folded", name="load_balancers_name"),
    )
    op.create_index("load_balancers_address", "load_balancers", ["address"])
    op.create_table(
        "listeners",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("listener_id", sa.Text(), nullable=False),
        sa.Column("load_balancer_id", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "listener_id"),
        sa.UniqueConstraint("load_balancer_id", "port", name="listeners_port"),
    )
    op.create_table(
        "certificate_uses",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("listener_id", sa.Text(), nullable=False),
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "listener_id", "certificate_id", "is_default"),
    )
    op.create_index("certificate_uses_certificate", "certificate_uses", ["account_id", "certificate_id"])


def _targets() -> None:
    op.create_table(
        "instances",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "instance_id"),
    )
    op.create_table(
        "target_groups",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "unique_id"),
        sa.UniqueConstraint("account_id", "region", "name_folded", name="target_groups_name"),
    )


def _trust_and_rules() -> None:
    op.create_table(
        "rules",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("listener_id", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "rule_id"),
    )
    op.create_index("rules_listener", "rules", ["account_id", "listener_id"])
    op.create_table(
        "trust_stores",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("create_date", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "unique_id"),
        sa.UniqueConstraint("account_id", "region", "name_folded", name="trust_stores_name"),
    )


def _states() -> None:
    op.create_table(
        "listener_states",
        sa.Column("listener_id", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("served_fingerprint", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("listener_id"),
    )
    op.create_table(
        "target_states",
        sa.Column("pool_id", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "target_id"),
    )
