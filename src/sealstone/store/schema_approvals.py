"""Tables of what people and renewals answered: approvals of validations by mail, and how many renewals ended how."""

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text

from sealstone.store.schema import METADATA

VALIDATION_APPROVALS: Final = Table(
    "validation_approvals",
    METADATA,
    # Never the token itself: who reads the database must not be able to answer.
    Column("token_hash", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("unique_id", Text, nullable=False),
    Column("domain_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("answered_at", Text),
    Column("answer", Text),
    Index("validation_approvals_certificate", "account_id", "region", "unique_id"),
)

# A certificate's row tells its last renewal alone, and goes with the certificate: totals are counted apart.
RENEWAL_COUNTS: Final = Table(
    "renewal_counts",
    METADATA,
    Column("outcome", Text, primary_key=True),
    Column("renewals", Integer, nullable=False),
)
