"""Tables of Roles Anywhere: trust anchors, profiles, revocation lists, subjects.

None holds identities: they are read anew whenever a session is asked for. As at AWS, a resource is of one Region.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from sealstone.store.schema import METADATA

TRUST_ANCHORS: Final = Table(
    "trust_anchors",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("certificates", Text, nullable=False),
    Column("enabled", Integer, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("notifications", Text, nullable=False),
    Column("tags", Text, nullable=False),
)

PROFILES: Final = Table(
    "profiles",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role_arns", Text, nullable=False),
    Column("enabled", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("duration_seconds", Integer, nullable=False),
    Column("session_policy", Text, nullable=False),
    Column("managed_policy_arns", Text, nullable=False),
    Column("require_instance_properties", Integer, nullable=False),
    Column("accept_role_session_name", Integer, nullable=False),
    Column("mappings", Text, nullable=False),
    Column("tags", Text, nullable=False),
)

REVOCATION_LISTS: Final = Table(
    "revocation_lists",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("trust_anchor_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("enabled", Integer, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Index("revocation_lists_anchor", "account_id", "region", "trust_anchor_id"),
)

SUBJECTS: Final = Table(
    "subjects",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("x509_subject", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("last_seen_at", Text, nullable=False),
    Column("credentials", Text, nullable=False),
    Column("instance_properties", Text, nullable=False),
)
