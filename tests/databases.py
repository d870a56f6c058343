"""Migrated databases for tests, without the migrating: it takes longer than most tests, so it is done once a process.

    store = migrated(tmp_path / "sealstone.db")

The migrations themselves are tested in `tests/unit/store/test_migrations.py`, and by every server that starts.
"""

import sqlite3
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, event

from sealstone.store import migrate
from sealstone.store.engine import Store, Texts

_MODE: Final = 0o600


def migrated(path: Path, *, busy_timeout: float = 5.0, durable: bool = False) -> Store:
    """A database file without rows, and an open store that does not wait for the disk unless it is to be `durable`.

    That a write is durable is tested in `tests/unit/store`, and where servers are killed (`tests/faults`). What Core
    has compiled once is not compiled again for the next store: all have one dialect.
    """
    path.touch(_MODE)
    path.write_bytes(_empty())
    store = Store.open(path, busy_timeout=busy_timeout)
    store._texts = _texts()

    if not durable:
        event.listen(store._engine, "connect", _hurry)
    return store


def _hurry(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF").close()


@cache
def _texts() -> Texts:
    return Texts(create_engine("sqlite://").dialect)


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "empty.db"
        store = Store.open(path)
        migrate.upgrade(store)
        store.close()
        return path.read_bytes()
