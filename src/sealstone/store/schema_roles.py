"""Tables of roles, instance profiles and permissions boundaries."""

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint

from sealstone.store.schema import IDENTITY, METADATA

ROLES: Final = Table(
    "roles",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("create_date", Text, nullable=False),
    Column("assume_role_policy_document", Text, nullable=False),
    # JSON text: each user and role that the document names, as written there, and its unique id.
    Column("principal_ids", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("max_session_duration", Integer, nullable=False),
    Column("tags", Text, nullable=False),
    UniqueConstraint("account_id", "name_folded", name="roles_name"),
    info=IDENTITY,
)

ROLE_POLICIES: Final = Table(
    "role_policies",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("role_id", Text, primary_key=True),
    Column("name_folded", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("document", Text, nullable=False),
    info=IDENTITY,
)

INSTANCE_PROFILES: Final = Table(
    "instance_profiles",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("create_date", Text, nullable=False),
    Column("role_id", Text),
    Column("tags", Text, nullable=False),
    UniqueConstraint("account_id", "name_folded", name="instance_profiles_name"),
    Index("instance_profiles_role", "account_id", "role_id"),
    info=IDENTITY,
)

# The entity is a user or a role; the policy is one of the account's or one of AWS's, which have no row.
BOUNDARIES: Final = Table(
    "boundaries",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("entity_id", Text, primary_key=True),
    Column("policy_id", Text, nullable=False),
    Index("boundaries_policy", "account_id", "policy_id"),
    info=IDENTITY,
)
