"""Tables of events: what happened, who has yet to be told, and which warnings were given."""

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text

from sealstone.store.schema import METADATA

EVENTS: Final = Table(
    "events",
    METADATA,
    # Counted up by the store itself, so that readers follow in the order of writing.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("event_id", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("events_at", "at"),
)

# Up to which event each target's deliveries have been made. A target is named by a digest of its URL.
EVENT_TARGETS: Final = Table(
    "event_targets",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("number", Integer, nullable=False),
)

# What is still to be delivered; a delivery that was made or given up leaves nothing.
EVENT_DELIVERIES: Final = Table(
    "event_deliveries",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("target", Text, primary_key=True),
    Column("queued_at", Text, nullable=False),
    Column("due_at", Text, nullable=False),
    # Counted up by whoever takes it: a late one is told by its number.
    Column("tries", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Index("event_deliveries_due", "target", "due_at"),
)

EXPIRY_NOTICES: Final = Table(
    "expiry_notices",
    METADATA,
    Column("resource", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("days", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
)
