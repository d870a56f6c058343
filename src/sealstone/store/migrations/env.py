"""Alembic's environment: uses the connection and the transaction that `runner` was given."""

from alembic import context

from sealstone.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
