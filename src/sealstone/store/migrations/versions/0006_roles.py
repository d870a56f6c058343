"""Roles, their policies, instance profiles and permissions boundaries."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """A table each."""
