"""Renewals that had given their certificate, and waited for that one to be served, before they were marked as such."""

from alembic import op

revision = "0017"
down_revision = "0016"

_MARK = """
    UPDATE certificate_requests SET request = json_set(request, '$.renewal.delivered', json('true'))
    WHERE json_extract(request, '$.renewal.status') = 'PENDING_AUTO_RENEWAL'
    AND json_extract(request, '$.renewal.delivered') IS NULL
    AND EXISTS (
        SELECT 1 FROM superseded_certificates AS old
        WHERE old.account_id = certificate_requests.account_id AND old.region = certificate_requests.region
        AND old.unique_id = certificate_requests.unique_id
    )
"""


def upgrade() -> None:
    """What such a renewal took the place of is still there; what it showed must count for no further one.

    The next one may have been under way already, after the last was never seen served: then it is validated once more.
    """
    op.execute(_MARK)
