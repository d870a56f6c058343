"""Faults of disk and file, brought about with SQLite itself where it can be; and what a version must never say."""

import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.unit.store.conftest import ACCOUNT, certificate

from sealstone.model.quota import SERVER_CERTIFICATES
from sealstone.model.secret import Sealed
from sealstone.store import migrate, quotas, server_certificates
from sealstone.store.engine import Store
from sealstone.store.faults import DiskFailed, NameTaken, StoreFailed
from sealstone.store.migrations import runner


def test_a_full_disk_refuses_writes_and_goes_on_reading(store: Store) -> None:
    """SQLite's own limit on pages ends in the same code as a full disk."""
    with store.writing() as tx:
        server_certificates.add(tx, certificate(1), Sealed(b"sealed"))
    before = store._held.connection
    with store.reading() as tx:
        pages = tx.run(text("PRAGMA page_count")).scalar()
        tx.run(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(StoreFailed, match="full") as failed, store.writing() as tx:
        server_certificates.add(tx, certificate(2), Sealed(b"x" * 100_000))
    assert not isinstance(failed.value, DiskFailed)
    assert store._held.connection is before
    with store.reading() as tx:
        assert server_certificates.count(tx, ACCOUNT) == 1
        assert [item.name for item in server_certificates.every(tx)] == ["name-00001"]
        tx.run(text("PRAGMA max_page_count = 100000"))
    with store.writing() as tx:
        server_certificates.add(tx, certificate(2), Sealed(b"x" * 100_000))
        assert server_certificates.count(tx, ACCOUNT) == 2


def test_after_an_input_error_a_reader_gets_another_connection(store: Store) -> None:
    before = store.version()
    held = store._held.connection
    with pytest.raises(DiskFailed), store.reading():
        raise DiskFailed("the disk failed")
    assert store.version() != before
    assert store._held.connection is not held


def test_no_version_comes_twice(store: Store, tmp_path: Path) -> None:
    """A new connection counts others' commits from the start: its count alone may equal an older one's."""
    seen = {store.version()}
    for number in range(5):
        store._discard()
        other = Store.open(tmp_path / "sealstone.db")
        with other.writing() as tx:
            quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, number)
        other.close()
        seen.add(store.version())
    store.close()
    seen.add(store.version())
    assert len(seen) == 7


def test_what_a_reading_unit_writes_is_not_kept(store: Store) -> None:
    with store.reading() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 30)
    with store.reading() as tx:
        assert quotas.value(tx, ACCOUNT, SERVER_CERTIFICATES) == 20


def test_a_refused_unit_leaves_no_connection_in_a_transaction(store: Store) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), store.reading():
            raise ZeroDivisionError
        with pytest.raises(ZeroDivisionError), store.writing():
            raise ZeroDivisionError


@pytest.mark.parametrize("name", ["a?b=c.db", "a%20b.db", "a#b.db", "ü ' \".db", ":memory:"])
def test_any_path_is_a_path(tmp_path: Path, name: str) -> None:
    opened = Store.open(tmp_path / name)
    migrate.upgrade(opened)
    opened.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_path_that_cannot_be_opened_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="No such file"):
        Store.open(tmp_path / "none" / "x.db")


def test_only_what_is_there_already_is_taken(store: Store) -> None:
    with pytest.raises(StoreFailed, match="NOT NULL"), store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, None)  # type: ignore[arg-type]
    with store.writing() as tx:
        server_certificates.add(tx, certificate(1), Sealed(b"sealed"))
        with pytest.raises(NameTaken):
            server_certificates.add(tx, certificate(1, name="other"), Sealed(b"sealed"))


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE users (name TEXT)")
    raw.close()
    opened = Store.open(path)
    with pytest.raises(StoreFailed, match="users already exists"):
        migrate.upgrade(opened)
    with opened.reading() as tx:
        tables = tx.run(text("SELECT name FROM sqlite_master")).scalars().all()
    opened.close()
    assert tables == ["users"]


def test_migrations_run_from_a_directory_with_a_per_cent_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "100%"
    folder.symlink_to(Path(runner.__file__).parent)
    monkeypatch.setattr(runner, "__file__", str(folder / "runner.py"))
    opened = Store.open(tmp_path / "x.db")
    migrate.upgrade(opened)
    opened.close()
