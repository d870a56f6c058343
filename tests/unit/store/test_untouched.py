"""A look at a database that changes no byte, whatever state it was left in."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from sealstone.model.quota import SERVER_CERTIFICATES
from sealstone.store import migrate, quotas
from sealstone.store.engine import Store
from sealstone.store.faults import StoreFailed, StoreTooNew
from sealstone.store.untouched import untouched

ACCOUNT = "123456789012"
# Leaves as a kill does: the log is not copied into the database.
CRASH = """
import os, sys
from pathlib import Path
from sealstone.store import migrate
from sealstone.store.engine import Store
store = Store.open(Path(sys.argv[1]))
migrate.upgrade(store)
os._exit(0)
"""


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """Closed in good order: one file."""
    path = tmp_path / "a?b #%20.db"
    store = Store.open(path)
    migrate.upgrade(store)
    store.close()
    return path


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """With a log that holds everything."""
    path = tmp_path / "x.db"
    subprocess.run([sys.executable, "-c", CRASH, str(path)], check=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.db", "x.db-shm", "x.db-wal"]
    return path


def test_a_closed_database_is_read_as_it_is(closed: Path) -> None:
    before = files(closed.parent)
    with untouched(closed) as tx:
        assert migrate.known(tx) == migrate.HEAD
    assert files(closed.parent) == before


def test_what_lies_in_the_log_is_read_and_stays_there(crashed: Path) -> None:
    before = files(crashed.parent)
    with untouched(crashed) as tx:
        assert migrate.known(tx) == migrate.HEAD
    assert files(crashed.parent) == before


def test_a_log_without_its_index_gets_one_and_nothing_else(crashed: Path) -> None:
    (crashed.parent / "x.db-shm").unlink()
    before = files(crashed.parent)
    with untouched(crashed) as tx:
        assert migrate.known(tx) == migrate.HEAD
    after = files(crashed.parent)
    after.pop("x.db-shm", None)
    assert after == before


def test_a_database_in_use_is_read_to_its_last_commit(closed: Path) -> None:
    store = Store.open(closed)
    with store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 77)
    before = files(closed.parent)
    with store.writing(), untouched(closed) as tx:
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 77
    assert files(closed.parent).keys() == before.keys()
    store.close()


def test_a_rollback_journal_is_rolled_back(tmp_path: Path) -> None:
    """SQLite's first moment with a new file, before there is a log: a half-made change must not be read."""
    path = tmp_path / "x.db"
    script = (
        "import os, sqlite3, sys; raw = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "raw.execute('CREATE TABLE alembic_version (version_num TEXT)');"
        "raw.execute('PRAGMA cache_size = 1'); raw.execute('BEGIN');"
        "raw.executemany('INSERT INTO alembic_version VALUES (?)', [('9' * 3000,)] * 50); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    assert (tmp_path / "x.db-journal").stat().st_size
    with untouched(path) as tx:
        assert migrate.known(tx) is None


def test_nothing_is_written_through_it(closed: Path) -> None:
    with untouched(closed) as tx, pytest.raises(StoreFailed, match="readonly"):
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 77)


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with pytest.raises(StoreFailed, match="unable to open"), untouched(path):
        pass
    path.write_bytes(b"this is no database, but long enough to look at" * 100)
    with pytest.raises(StoreFailed, match="not a database") as failed, untouched(path):
        pass
    assert "\n" not in str(failed.value)
    assert sorted(files(tmp_path)) == ["x.db"]


def test_a_newer_schema_is_known_without_a_change(closed: Path) -> None:
    with sqlite3.connect(closed) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    before = files(closed.parent)
    with pytest.raises(StoreTooNew, match="nothing was changed"), untouched(closed) as tx:
        migrate.known(tx)
    assert files(closed.parent) == before


def test_what_fails_inside_is_a_store_fault(closed: Path) -> None:
    with pytest.raises(StoreFailed, match="no such table"), untouched(closed) as tx:
        tx.run(text("SELECT * FROM missing"))
    with pytest.raises(ZeroDivisionError), untouched(closed):
        raise ZeroDivisionError
