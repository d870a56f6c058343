"""Connections that are believed, and those that are not any more; and locks that must not be lost unawares."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import bindparam, update
from tests.unit.store.conftest import ACCOUNT
from tests.unit.store.test_engine import Refusing, with_code

from sealstone.model.quota import SERVER_CERTIFICATES
from sealstone.store import engine, quotas
from sealstone.store.engine import Store
from sealstone.store.faults import DiskFailed, StoreBusy, StoreFailed
from sealstone.store.schema import QUOTAS


def refuse(store: Store, monkeypatch: pytest.MonkeyPatch, *statements: str) -> None:
    """From now on every statement that begins so fails, on every connection of the store."""
    real = store._connected

    def refusing() -> object:
        connection, driver = real()
        return connection, Refusing(driver, statements)

    monkeypatch.setattr(store, "_connected", refusing)


def test_a_reader_that_cannot_roll_back_gets_another_connection(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be in a transaction for ever: every later unit of this thread would fail."""
    before = store._held.connection
    refuse(store, monkeypatch, "ROLLBACK")
    with store.reading() as tx:
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 20
    monkeypatch.undo()
    assert store._held.connection is not before
    with store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 5)


@pytest.mark.parametrize("statement", ["BEGIN", "PRAGMA data_version"])
def test_a_disk_that_fails_outside_a_unit_is_not_asked_again_over_the_same_connection(
    store: Store, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    version = store.version()
    before = store._held.connection
    refuse(store, monkeypatch, statement)
    asked = {"BEGIN": lambda: store.reading().__enter__(), "PRAGMA data_version": store.version}
    with pytest.raises(DiskFailed):
        asked[statement]()
    monkeypatch.undo()
    assert store.version() != version
    assert store._held.connection is not before


def test_a_busy_database_is_no_reason_for_distrust(store: Store, tmp_path: Path) -> None:
    before = store._held.connection
    holder = sqlite3.connect(tmp_path / "sealstone.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy), store.writing():
        pass
    holder.close()
    assert store._held.connection is before


def test_a_connection_that_cannot_be_prepared_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_PRAGMAS", ("synchronous = FULL", "no no"))
    made: list[sqlite3.Connection] = []
    real = sqlite3.connect

    def noting(*given: object, **named: object) -> sqlite3.Connection:
        made.append(real(*given, **named))  # type: ignore[call-overload]
        return made[-1]

    opened = Store.open(tmp_path / "x.db")
    monkeypatch.setattr(opened._engine.dialect.loaded_dbapi, "connect", noting)
    with pytest.raises(StoreFailed, match="syntax error"), opened.reading():
        pass
    monkeypatch.undo()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        made[0].execute("SELECT 1")
    opened.close()


def test_a_store_closed_under_a_unit_ends_it_with_a_fault(store: Store) -> None:
    with store.reading() as tx:
        store.close()
        with pytest.raises(StoreFailed, match="closed"):
            quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES)
    with store.reading() as tx:
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 20


def test_another_opening_does_not_give_up_the_locks_of_the_first(store: Store, tmp_path: Path) -> None:
    """To close any descriptor of a file drops all locks that the process has on it (fcntl); SQLite knows its own."""
    script = (
        "import sqlite3, sys; raw = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None);"
        "raw.execute('PRAGMA journal_mode = DELETE')"
    )
    with store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 5)
        Store.open(tmp_path / "sealstone.db").close()
        command = [sys.executable, "-c", script, str(tmp_path / "sealstone.db")]
        other = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "database is locked" in other.stderr


def test_constants_of_a_statement_go_with_every_row(store: Store) -> None:
    raised = update(QUOTAS).where(QUOTAS.c.account_id == bindparam("account")).values(value=QUOTAS.c.value + 7)
    with store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 1)
        assert tx.change(raised, {"account": ACCOUNT}, {"account": ACCOUNT}) == 2
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 15


def test_a_thread_without_a_connection_has_none_to_throw_away(store: Store) -> None:
    store.close()
    store._discard()
    with store.reading() as tx:
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 20


def test_a_code_that_is_none_is_a_fault_all_the_same() -> None:
    assert type(engine.translated(with_code(sqlite3.SQLITE_CORRUPT))) is StoreFailed
    assert type(engine.translated(with_code(sqlite3.SQLITE_LOCKED_SHAREDCACHE))) is StoreBusy


def test_another_threads_commit_changes_the_version_and_a_rolled_back_one_need_not(store: Store) -> None:
    def write(value: int) -> None:
        with store.writing() as tx:
            quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, value)
            if value == 6:
                raise ZeroDivisionError

    first = store.version()
    thread = threading.Thread(target=write, args=(5,))
    thread.start()
    thread.join()
    second = store.version()
    assert second != first
    with pytest.raises(ZeroDivisionError):
        write(6)
    assert store.version() == second
