"""Tables of ACM: certificates, their sealed private keys, how many were imported, and the account's settings.

A certificate changes what listeners serve only while one uses it, so its table is not marked CONFIGURES: the file of
the resource counts the configuration up when that is so.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from sealstone.store.schema import METADATA

CERTIFICATES: Final = Table(
    "certificates",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("certificate_body", Text, nullable=False),
    Column("certificate_chain", Text),
    Column("fingerprint", Text, nullable=False),
    Column("not_before", Text, nullable=False),
    Column("not_after", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("imported_at", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("tags", Text, nullable=False),
    # Listeners know a certificate by account and id alone.
    Index("certificates_id", "account_id", "unique_id"),
    Index("certificates_listing", "account_id", "region", "created_at", "unique_id"),
)

# Apart from the certificate, so that no reading of a certificate touches a key, sealed as it is.
CERTIFICATE_KEYS: Final = Table(
    "certificate_keys",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("sealed_private_key", LargeBinary, nullable=False),
)

# Deleting a certificate gives nothing of the yearly quota back, so imports are counted apart, by the day.
CERTIFICATE_IMPORTS: Final = Table(
    "certificate_imports",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("imports", Integer, nullable=False),
)

CERTIFICATE_SETTINGS: Final = Table(
    "certificate_settings",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("days_before_expiry", Integer, nullable=False),
)
