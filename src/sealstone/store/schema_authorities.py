"""Tables of the private authority: its certificates with their sealed keys, and every certificate that it issued."""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from sealstone.store.schema import METADATA

AUTHORITIES: Final = Table(
    "authorities",
    METADATA,
    # One installation has one authority; each rotation adds a root or an intermediate to it.
    Column("certificate_id", Text, primary_key=True),
    Column("authority_id", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("issued_by", Text),
    Column("certificate", LargeBinary, nullable=False),
    # A cross certificate has none: its key is the new root's.
    Column("sealed_private_key", LargeBinary),
    Column("created_at", Text, nullable=False),
    Column("not_after", Text, nullable=False),
    Column("crl_number", Integer, nullable=False),
    Column("revocation_list", LargeBinary),
    Column("this_update", Text),
    Column("next_update", Text),
)

ISSUED_CERTIFICATES: Final = Table(
    "issued_certificates",
    METADATA,
    Column("serial_number", Text, primary_key=True),
    Column("issuer_id", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("unique_id", Text, nullable=False),
    Column("issued_at", Text, nullable=False),
    Column("not_after", Text, nullable=False),
    Column("revoked_at", Text),
    Column("revocation_reason", Text),
    # The first list that the revocation is on: what has none yet waits for the next.
    Column("crl_number", Integer),
    Index("issued_certificates_revoked", "issuer_id", "revoked_at", "crl_number"),
    Index("issued_certificates_holder", "account_id", "region", "unique_id"),
)
