"""Migrations: what they make is what the code expects, whole or not at all."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from sealstone.store import migrate
from sealstone.store.engine import Store
from sealstone.store.migrations import runner
from sealstone.store.tables import METADATA


def test_migrations_make_the_schema_of_the_code(store: Store) -> None:
    with store.reading() as tx:
        assert compare_metadata(MigrationContext.configure(tx.connection), METADATA) == []
        assert migrate.current(tx) == migrate.HEAD


def test_every_schema_that_was_is_known() -> None:
    """Else a store of the version before could not be opened any more."""
    files = (Path(runner.__file__).parent / "versions").glob("*.py")
    assert sorted(filter(None, migrate._KNOWN)) == sorted(file.name[:4] for file in files)
    assert migrate._KNOWN[-1] == migrate.HEAD


def test_a_second_upgrade_does_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_connection: object) -> None:
        raise AssertionError("there is nothing to migrate")

    monkeypatch.setattr(runner, "run", never)
    migrate.upgrade(store)


def test_two_first_starts_migrate_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Store.open(tmp_path / "x.db")
    answers = iter([None, migrate.HEAD])
    monkeypatch.setattr(migrate, "current", lambda _tx: next(answers))
    migrate.upgrade(opened)
    opened.close()
    with sqlite3.connect(tmp_path / "x.db") as raw:
        assert raw.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    raw.close()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Store.open(tmp_path / "x.db")
    real = runner.run

    def failing(connection: object) -> None:
        real(connection)  # type: ignore[arg-type]
        raise ZeroDivisionError

    monkeypatch.setattr(runner, "run", failing)
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(opened)
    with opened.reading() as tx:
        assert migrate.current(tx) is None
    monkeypatch.undo()
    migrate.upgrade(opened)
    with opened.reading() as tx:
        assert migrate.current(tx) == migrate.HEAD
    opened.close()


_REQUEST_OF_0014 = """
    INSERT INTO certificate_requests (account_id, region, unique_id, requested_at, lane, due_at, fence, request)
    VALUES ('1', 'r', 'a', 't', 'keep', 'd', 7, '{}')
"""


def test_requests_of_before_method_updates_have_no_look_to_wait_for(store: Store) -> None:
    with store.writing() as tx:
        tx.run(text("DROP INDEX certificate_requests_looks"))
        tx.run(text("DROP INDEX certificate_requests_errands"))
        tx.run(text("CREATE INDEX certificate_requests_due ON certificate_requests (due_at)"))
        tx.run(text("ALTER TABLE certificate_requests DROP COLUMN look_at"))
        tx.run(text("DROP TABLE rotations"))
        tx.run(text("UPDATE alembic_version SET version_num = '0014'"))
        tx.run(text(_REQUEST_OF_0014))
    migrate.upgrade(store)
    with store.reading() as tx:
        assert migrate.current(tx) == migrate.HEAD
        row = tx.row(text("SELECT due_at, look_at, fence FROM certificate_requests"), {})
    assert row is not None
    assert tuple(row) == ("d", None, 7)


def test_an_empty_version_table_is_no_revision(store: Store) -> None:
    with store.writing() as tx:
        tx.run(text("DELETE FROM alembic_version"))
    with store.reading() as tx:
        assert migrate.current(tx) is None


_REQUEST_OF_0016 = """
    INSERT INTO certificate_requests (account_id, region, unique_id, requested_at, lane, due_at, fence, request)
    VALUES ('1', 'r', :id, 't', 'keep', 'd', 7, :request)
"""
_SUPERSEDED = """
    INSERT INTO superseded_certificates (account_id, region, unique_id, version, certificate_body, fingerprint,
        not_before, not_after, document, sealed_private_key, generation, listeners)
    VALUES ('1', 'r', :id, 1, '', '', '', '', '{}', x'', 1, '')
"""
_AWAITED = '"renewal":{"status":"PENDING_AUTO_RENEWAL"'


@pytest.mark.parametrize(
    ("request_text", "is_kept", "delivered"),
    [
        (f'{{"é":1,{_AWAITED}}}}}', True, 1),
        (f"{{{_AWAITED}}}}}", False, None),
        (f'{{{_AWAITED},"delivered":false}}}}', True, 0),
        ('{"renewal":{"status":"PENDING_VALIDATION"}}', True, None),
        ('{"renewal":null}', True, None),
    ],
)
def test_renewals_of_before_that_gave_their_certificate_are_marked(
    store: Store, request_text: str, is_kept: bool, delivered: int | None
) -> None:
    with store.writing() as tx:
        tx.run(text("UPDATE alembic_version SET version_num = '0016'"))
        tx.change(text(_REQUEST_OF_0016), {"id": "a", "request": request_text})
        tx.change(text(_SUPERSEDED), {"id": "a" if is_kept else "b"})
    migrate.upgrade(store)
    found = text("SELECT json_extract(request, '$.renewal.delivered'), json_extract(request, '$.é') IS NOT NULL")
    with store.reading() as tx:
        assert tx.row(text(f"{found} FROM certificate_requests"), {}) == (delivered, "é" in request_text)
