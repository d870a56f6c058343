"""Runs Alembic over a connection that is already in a transaction, so that a migration is whole or not at all."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def run(connection: Connection) -> None:
    """Upgrade to the newest revision."""
    if not connection.in_transaction():
        # Alembic commits what it begins, and joins what it finds begun. The unit of work began long ago, past
        # SQLAlchemy; this tells SQLAlchemy of it, which sends nothing, and nobody ends it but the unit of work.
        connection.begin()
    configuration = Config()
    # A per cent sign would begin an interpolation.
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
