"""All tables together, for what must know every one of them: migrations, and the test that holds them to the schema."""

from typing import Final

from sqlalchemy import MetaData

from sealstone.store import (
    schema,
    schema_approvals,
    schema_authorities,
    schema_certificates,
    schema_events,
    schema_load_balancing,
    schema_roles,
    schema_roles_anywhere,
)

_DECLARE: Final = (
    schema_roles,
    schema_roles_anywhere,
    schema_load_balancing,
    schema_certificates,
    schema_authorities,
    schema_events,
    schema_approvals,
)
METADATA: Final[MetaData] = schema.METADATA
