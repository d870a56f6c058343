"""Tables of ACM: certificates, their sealed private keys, requests, how many were imported, the account's settings.

A certificate changes what listeners serve only while one uses it, so its table is not marked CONFIGURES: the file of
the resource counts the configuration up when that is so.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from sealstone.store.schema import CONFIGURES, METADATA

CERTIFICATES: Final = Table(
    "certificates",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # Empty until it has been issued.
    Column("certificate_body", Text),
    Column("certificate_chain", Text),
    Column("fingerprint", Text),
    Column("not_before", Text),
    Column("not_after", Text),
    Column("created_at", Text, nullable=False),
    Column("imported_at", Text),
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

# Of those that were asked for here. `fence` counts the workers that took the errand: a late one is told by its number.
CERTIFICATE_REQUESTS: Final = Table(
    "certificate_requests",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("idempotency_token", Text),
    Column("requested_at", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("due_at", Text),
    Column("lease_until", Text),
    Column("fence", Integer, nullable=False),
    Column("request", Text, nullable=False),
    # When a change of its validation method has to be looked at: whatever else is due keeps its own time.
    Column("look_at", Text),
    Index("certificate_requests_errands", "lane", "due_at"),
    Index("certificate_requests_looks", "lane", "look_at"),
    Index("certificate_requests_token", "account_id", "region", "idempotency_token"),
)

# What a renewal took the place of, until the new certificate has been seen served.
SUPERSEDED_CERTIFICATES: Final = Table(
    "superseded_certificates",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("certificate_body", Text, nullable=False),
    Column("certificate_chain", Text),
    Column("fingerprint", Text, nullable=False),
    Column("not_before", Text, nullable=False),
    Column("not_after", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("listeners", Text, nullable=False),
)

# What validation over HTTP answers with; the listeners serve it, so its table is marked.
VALIDATION_TOKENS: Final = Table(
    "validation_tokens",
    METADATA,
    Column("token", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("unique_id", Text, nullable=False),
    Column("body", Text, nullable=False),
    info=CONFIGURES,
)

CERTIFICATE_REQUEST_COUNTS: Final = Table(
    "certificate_request_counts",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("requests", Integer, nullable=False),
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
