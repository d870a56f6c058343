"""All tables together, for what must know every one of them: migrations, and the test that holds them to the schema."""

from typing import Final

from sqlalchemy import MetaData

from sealstone.store import schema, schema_certificates, schema_load_balancing, schema_roles, schema_roles_anywhere

_DECLARE: Final = (schema_roles, schema_roles_anywhere, schema_load_balancing, schema_certificates)
METADATA: Final[MetaData] = schema.METADATA
