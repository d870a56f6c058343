"""Units of work: snapshots, one writer, nothing lost, and faults in this room's words."""

import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.unit.store.conftest import ACCOUNT

from sealstone.model.quota import SERVER_CERTIFICATES
from sealstone.store import accounts, engine, migrate, quotas
from sealstone.store.engine import Store
from sealstone.store.faults import DiskFailed, NameTaken, StoreBusy, StoreFailed, StoreFault, StoreTooNew


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_reads_the_database(store: Store, tmp_path: Path) -> None:
    with store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 30)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["sealstone.db", "sealstone.db-shm", "sealstone.db-wal"]
    assert {mode(file) for file in files} == {0o600}


def test_commits_are_durable_before_they_are_answered(store: Store) -> None:
    with store.reading() as tx:
        pragmas = [tx.run(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert pragmas == ["wal", 2, 1]


def test_a_unit_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.writing() as tx:
            quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 30)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.reading() as tx:
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 20


def test_a_reading_unit_is_one_snapshot(store: Store) -> None:
    def write() -> None:
        with store.writing() as tx:
            quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 30)

    with store.reading() as tx:
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 20
        in_a_thread(write)
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 20
    with store.reading() as tx:
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 30


def in_a_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_no_update_is_lost(store: Store) -> None:
    """Read, add, write by several threads: with deferred transactions most of these would vanish without an error."""

    def add() -> None:
        for _ in range(40):
            while True:
                try:
                    with store.writing() as tx:
                        number = quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES)
                        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, number + 1)
                    break
                except StoreBusy:
                    continue

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as tx:
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 20 + 160


def test_the_version_changes_with_every_write_by_whomever(store: Store, tmp_path: Path) -> None:
    first = store.version()
    assert store.version() == first
    with store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 1)
    second = store.version()
    assert second != first
    other = Store.open(tmp_path / "sealstone.db")
    with other.writing() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 2)
    other.close()
    assert store.version() != second


def test_a_locked_database_is_busy_and_then_free(store: Store, tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "sealstone.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusy, match="busy"), store.writing():
        pass
    with store.reading() as tx:
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 20
    holder.execute("ROLLBACK")
    holder.close()
    with store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 21)


def test_units_do_not_nest(store: Store) -> None:
    with store.reading(), pytest.raises(RuntimeError, match="nest"), store.writing():
        pass


def test_a_name_that_is_there_is_taken(store: Store) -> None:
    with store.reading() as tx:
        account = accounts.find(tx, ACCOUNT)
    assert account is not None
    with pytest.raises(NameTaken), store.writing() as tx:
        accounts.add(tx, account)


def test_a_file_that_is_no_database_fails_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"this is no database, but long enough to look at" * 100)
    opened = Store.open(path)
    with pytest.raises(StoreFailed, match="not a database") as failed:
        migrate.upgrade(opened)
    assert "\n" not in str(failed.value)
    opened.close()


@pytest.mark.parametrize("statement", ["DELETE FROM missing", "INSERT INTO missing VALUES (1)"])
def test_the_driver_never_shows_through(store: Store, statement: str) -> None:
    with pytest.raises(StoreFailed, match="no such table"), store.writing() as tx:
        tx.run(text(statement))
    with pytest.raises(StoreFailed, match="no such table"), store.reading() as tx:
        tx.rows(text(statement), {})
    with pytest.raises(StoreFailed, match="no such table"), store.writing() as tx:
        tx.change(text(statement), {})


class Refusing:
    """A connection whose statements of one kind fail."""

    def __init__(self, driver: sqlite3.Connection, refused: tuple[str, ...]) -> None:
        self._driver = driver
        self._refused = refused

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement.startswith(self._refused):
            raise with_code(sqlite3.SQLITE_IOERR)
        return self._driver.execute(statement, *values)


def test_after_a_failed_commit_the_connection_is_thrown_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store._connected
    before = store._held.connection

    def refusing() -> object:
        connection, driver = real()
        return connection, Refusing(driver, ("COMMIT",))

    monkeypatch.setattr(store, "_connected", refusing)
    with pytest.raises(StoreFailed, match="the disk failed"), store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 99)
    monkeypatch.undo()
    assert store._held.connection is not before
    with store.reading() as tx:
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 20


def test_a_connection_that_cannot_roll_back_is_thrown_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store._connected
    before = store._held.connection

    def refusing() -> object:
        connection, driver = real()
        return connection, Refusing(driver, ("ROLLBACK",))

    monkeypatch.setattr(store, "_connected", refusing)
    with pytest.raises(ZeroDivisionError), store.writing():
        raise ZeroDivisionError
    monkeypatch.undo()
    assert store._held.connection is not before
    with store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 5)


def test_a_version_that_cannot_be_asked_is_a_fault(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store._connected

    def refusing() -> object:
        connection, driver = real()
        return connection, Refusing(driver, ("PRAGMA",))

    monkeypatch.setattr(store, "_connected", refusing)
    with pytest.raises(StoreFault):
        store.version()


def test_a_directory_that_is_gone_is_a_fault(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    opened = Store.open(folder / "x.db")
    (folder / "x.db").unlink()
    folder.rmdir()
    with pytest.raises(StoreFailed), opened.reading():
        pass


def test_a_newer_schema_is_left_alone(store: Store) -> None:
    with store.writing() as tx:
        tx.run(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNew, match="nothing was changed"):
        migrate.upgrade(store)


def test_damage_is_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.quick_check(store)
    monkeypatch.setattr(migrate, "_CHECK", text("SELECT 'row 7 missing from index'"))
    with pytest.raises(StoreFailed, match="row 7 missing"):
        migrate.quick_check(store)


def test_faults_are_sorted_by_the_drivers_code() -> None:
    assert isinstance(engine.translated(None), StoreFailed)
    assert isinstance(engine.translated(with_code(sqlite3.SQLITE_CONSTRAINT_UNIQUE)), NameTaken)
    assert isinstance(engine.translated(with_code(sqlite3.SQLITE_BUSY_SNAPSHOT)), StoreBusy)
    assert isinstance(engine.translated(with_code(sqlite3.SQLITE_IOERR_FSYNC)), DiskFailed)
    assert isinstance(engine.translated(with_code(sqlite3.SQLITE_FULL)), StoreFailed)


def with_code(code: int) -> sqlite3.OperationalError:
    fault = sqlite3.OperationalError("made up")
    fault.sqlite_errorcode = code
    return fault
