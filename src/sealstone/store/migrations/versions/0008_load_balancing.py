"""Load balancers, listeners, instances, and which certificates they use."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """A table each."""
