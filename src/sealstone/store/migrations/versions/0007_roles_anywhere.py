"""Trust anchors, profiles and revocation lists of Roles Anywhere."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """A table each."""
