"""When a change of a certificate's validation method is looked at next; indexes that errands are searched by."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """A column beside the time of everything else that is due; of each of the two an index."""
    op.add_column("certificate_requests", sa.Column("look_at", sa.Text(), nullable=True))
    op.drop_index("certificate_requests_due", "certificate_requests")
    op.create_index("certificate_requests_errands", "certificate_requests", ["lane", "due_at"])
    op.create_index("certificate_requests_looks", "certificate_requests", ["lane", "look_at"])
