"""Tables of load balancers of both generations, their listeners, targets and trust, and what serves of them.

`document` is what only AWS's own calls read of a row, as JSON text. Ids are the last part of AWS's ARNs: 16 digits
of hex. Tables marked CONFIGURES are what the data plane is made from; states are the deploy worker's to write.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint

from sealstone.store.schema import CONFIGURES, METADATA

LOAD_BALANCERS: Final = Table(
    "load_balancers",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("region", Text, nullable=False),
    Column("generation", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("create_date", Text, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("account_id", "region", "generation", "name_folded", name="load_balancers_name"),
    # Of all accounts: an address and a port can be bound once on this machine.
    Index("load_balancers_address", "address"),
    info=CONFIGURES,
)

LISTENERS: Final = Table(
    "listeners",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("listener_id", Text, primary_key=True),
    Column("load_balancer_id", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("protocol", Text, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("load_balancer_id", "port", name="listeners_port"),
    info=CONFIGURES,
)

# A certificate may be both the default of a listener and in its list (DescribeListenerCertificates shows it twice).
CERTIFICATE_USES: Final = Table(
    "certificate_uses",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("listener_id", Text, primary_key=True),
    Column("certificate_id", Text, primary_key=True),
    Column("is_default", Integer, primary_key=True, autoincrement=False),
    Index("certificate_uses_certificate", "account_id", "certificate_id"),
    info=CONFIGURES,
)

INSTANCES: Final = Table(
    "instances",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("instance_id", Text, primary_key=True),
    Column("address", Text, nullable=False),
    info=CONFIGURES,
)

TARGET_GROUPS: Final = Table(
    "target_groups",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("region", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("create_date", Text, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("account_id", "region", "name_folded", name="target_groups_name"),
    info=CONFIGURES,
)

# The default rule is the listener's own; priorities are not unique here, so that they can be exchanged.
RULES: Final = Table(
    "rules",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("rule_id", Text, primary_key=True),
    Column("listener_id", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Index("rules_listener", "account_id", "listener_id"),
    info=CONFIGURES,
)

TRUST_STORES: Final = Table(
    "trust_stores",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("region", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("create_date", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("bundle", Text, nullable=False),
    UniqueConstraint("account_id", "region", "name_folded", name="trust_stores_name"),
    info=CONFIGURES,
)

# What a rotation has stored beside a certificate in use, until it has that one's name. A certificate's name proves
# nothing: whoever uploads may choose it.
ROTATIONS: Final = Table(
    "rotations",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("old_id", Text, nullable=False),
)

LISTENER_STATES: Final = Table(
    "listener_states",
    METADATA,
    Column("listener_id", Text, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("served_fingerprint", Text, nullable=False),
    Column("checked_at", Text, nullable=False),
)

# The pool is a target group, or the whole of a classic load balancer: it has one health check for all its listeners.
TARGET_STATES: Final = Table(
    "target_states",
    METADATA,
    Column("pool_id", Text, primary_key=True),
    Column("target_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("checked_at", Text, nullable=False),
)
