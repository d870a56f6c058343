"""The tables. SQL that every engine of the PostgreSQL family runs too: text ids of our own, no sequences, no triggers.

Every key leads with account_id. `name_folded` is the form by which names are unique. Times are ISO 8601 texts in UTC.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

METADATA: Final = MetaData()

INSTALLATION: Final = Table(
    "installation",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("check_value", Text, nullable=False),
    Column("create_date", Text, nullable=False),
)

ACCOUNTS: Final = Table(
    "accounts",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("create_date", Text, nullable=False),
    # Counted here, in the row that a writing unit holds anyway: a quota check costs the same at any size.
    Column("users", Integer, nullable=False, server_default="0"),
    Column("server_certificates", Integer, nullable=False, server_default="0"),
)

QUOTAS: Final = Table(
    "quotas",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
)

# Counts the changes to who there is and what they may, so that what was read of it is kept until it changes.
IDENTITY_VERSION: Final = Table(
    "identity_version",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)

# A table so marked holds identities: whichever unit changes it counts IDENTITY_VERSION up (engine.Tx).
IDENTITY: Final = {"identity": True}

# Counts the changes to what the data plane is made from, so that whoever deploys it sees what is not deployed yet.
CONFIGURATION: Final = Table(
    "configuration",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("generation", Integer, nullable=False),
)

# A table so marked holds what listeners serve: whichever unit changes it counts CONFIGURATION up (engine.Tx).
CONFIGURES: Final = {"configures": True}

USERS: Final = Table(
    "users",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("create_date", Text, nullable=False),
    Column("tags", Text, nullable=False),
    UniqueConstraint("account_id", "name_folded", name="users_name"),
    info=IDENTITY,
)

USER_POLICIES: Final = Table(
    "user_policies",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("name_folded", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("document", Text, nullable=False),
    info=IDENTITY,
)

ACCESS_KEYS: Final = Table(
    "access_keys",
    METADATA,
    Column("access_key_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("user_id", Text),
    Column("status", Text, nullable=False),
    Column("create_date", Text, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Index("access_keys_owner", "account_id", "user_id"),
    info=IDENTITY,
)

ACCESS_KEY_USES: Final = Table(
    "access_key_uses",
    METADATA,
    Column("access_key_id", Text, primary_key=True),
    Column("used_at", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("region", Text, nullable=False),
)

SIGNING_CERTIFICATES: Final = Table(
    "signing_certificates",
    METADATA,
    Column("certificate_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("user_id", Text),
    Column("certificate_body", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("serial_number", Text, nullable=False),
    Column("not_before", Text, nullable=False),
    Column("not_after", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("upload_date", Text, nullable=False),
    # In the whole installation: a certificate names exactly one user, whoever asks.
    UniqueConstraint("fingerprint", name="signing_certificates_fingerprint"),
    Index("signing_certificates_owner", "account_id", "user_id"),
    info=IDENTITY,
)

GROUPS: Final = Table(
    "groups",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("create_date", Text, nullable=False),
    UniqueConstraint("account_id", "name_folded", name="groups_name"),
    info=IDENTITY,
)

GROUP_MEMBERS: Final = Table(
    "group_members",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("group_id", Text, primary_key=True),
    Index("group_members_group", "account_id", "group_id"),
    info=IDENTITY,
)

GROUP_POLICIES: Final = Table(
    "group_policies",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("group_id", Text, primary_key=True),
    Column("name_folded", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("document", Text, nullable=False),
    info=IDENTITY,
)

MANAGED_POLICIES: Final = Table(
    "managed_policies",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("create_date", Text, nullable=False),
    Column("update_date", Text, nullable=False),
    Column("default_version", Integer, nullable=False),
    Column("newest_version", Integer, nullable=False),
    Column("tags", Text, nullable=False),
    UniqueConstraint("account_id", "name_folded", name="managed_policies_name"),
    info=IDENTITY,
)

POLICY_VERSIONS: Final = Table(
    "policy_versions",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("policy_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("create_date", Text, nullable=False),
    info=IDENTITY,
)

# The policy is one of the account's or one of AWS's, which have no row; the entity is a user or a group.
ATTACHMENTS: Final = Table(
    "attachments",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("entity_id", Text, primary_key=True),
    Column("policy_id", Text, primary_key=True),
    Index("attachments_policy", "account_id", "policy_id"),
    info=IDENTITY,
)

SERVER_CERTIFICATES: Final = Table(
    "server_certificates",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("certificate_body", Text, nullable=False),
    Column("certificate_chain", Text),
    Column("fingerprint", Text, nullable=False),
    Column("not_after", Text, nullable=False),
    Column("upload_date", Text, nullable=False),
    Column("tags", Text, nullable=False),
    UniqueConstraint("account_id", "name_folded", name="server_certificates_name"),
    # A listing reads this index alone.
    Index(
        "server_certificates_listing",
        *("account_id", "name_folded", "path", "name", "unique_id", "not_after", "upload_date"),
    ),
)

# Apart from the certificate, so that no reading of a certificate touches a key, sealed as it is.
SERVER_CERTIFICATE_KEYS: Final = Table(
    "server_certificate_keys",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("sealed_private_key", LargeBinary, nullable=False),
)

LOGIN_PROFILES: Final = Table(
    "login_profiles",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("create_date", Text, nullable=False),
    Column("password_date", Text, nullable=False),
    Column("password_reset_required", Integer, nullable=False),
)

ACCOUNT_ALIASES: Final = Table(
    "account_aliases",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("alias", Text, nullable=False),
    # In the whole installation: an alias stands for one account.
    UniqueConstraint("alias", name="account_aliases_alias"),
)

PASSWORD_POLICIES: Final = Table(
    "password_policies",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("minimum_password_length", Integer, nullable=False),
    Column("require_symbols", Integer, nullable=False),
    Column("require_numbers", Integer, nullable=False),
    Column("require_uppercase_characters", Integer, nullable=False),
    Column("require_lowercase_characters", Integer, nullable=False),
    Column("allow_users_to_change_password", Integer, nullable=False),
    Column("max_password_age", Integer),
    Column("password_reuse_prevention", Integer),
    Column("hard_expiry", Integer),
)

CREDENTIAL_REPORTS: Final = Table(
    "credential_reports",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("generated_time", Text, nullable=False),
    Column("content", Text, nullable=False),
)

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("mac", Text, nullable=False),
)

AUDIT_HEADS: Final = Table(
    "audit_heads",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("mac", Text, nullable=False),
    Column("head_mac", Text, nullable=False),
)
