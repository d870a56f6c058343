"""Bringing a database to this version's schema: in one transaction, and never backwards.

Alembic does the work; it is imported only when there is work to do, so that a normal start does not pay for it.
"""

import importlib
from typing import Final

from sqlalchemy import exc, text

from sealstone.store.engine import Store, Tx, translated
from sealstone.store.faults import StoreFailed, StoreTooNew

HEAD: Final = "0017"
_KNOWN: Final = (
    *(None, "0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008"),
    *("0010", "0011", "0012", "0013", "0014", "0015", "0016", HEAD),
)
_TABLES: Final = text("SELECT name FROM sqlite_master WHERE name = 'alembic_version'")
_REVISION: Final = text("SELECT version_num FROM alembic_version")
_CHECK: Final = text("PRAGMA quick_check(1)")


def upgrade(store: Store) -> None:
    """Create or migrate the schema. Raises StoreTooNew for a database of a newer version, changing nothing.

    Raises StoreFault too when the migration fails; then the database is as it was.
    """
    with store.reading() as tx:
        if known(tx) == HEAD:
            return
    runner = importlib.import_module("sealstone.store.migrations.runner")
    with store.writing() as tx:
        # Asked again inside the transaction: two first starts may race.
        if current(tx) != HEAD:
            try:
                runner.run(tx.connection)
            except exc.DBAPIError as fault:
                raise translated(fault.orig) from fault


def current(tx: Tx) -> str | None:
    """The revision of the database; None for an empty one."""
    if tx.row(_TABLES, {}) is None:
        return None
    row = tx.row(_REVISION, {})
    return row[0] if row else None


def known(tx: Tx) -> str | None:
    """As `current`. Raises StoreTooNew for a revision that this version does not know."""
    revision = current(tx)
    if revision not in _KNOWN:
        raise StoreTooNew(
            f"the database has schema {revision}, this version knows schemas up to {HEAD}: nothing was changed; "
            "start the version that wrote it"
        )
    return revision


def quick_check(store: Store) -> None:
    """SQLite's own check of pages and indexes. Raises StoreFailed with its first finding."""
    with store.reading() as tx:
        row = tx.row(_CHECK, {})
    if row is None or row[0] != "ok":
        raise StoreFailed(f"the database is damaged: {row[0] if row else 'no answer'}; restore it from a backup")
