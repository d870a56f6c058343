"""Alembic's side of the schema: revisions under `versions`, run by `runner` in the caller's transaction."""
