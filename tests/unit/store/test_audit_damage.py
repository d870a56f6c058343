"""Damage to the audit chain that recording goes on over: it is never mended, never hides and never stops anything."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from tests.unit.store.conftest import ACCOUNT, record
from tests.unit.store.test_audit import KEY, filled, verdict

from sealstone.store import audit
from sealstone.store.audit import Chain
from sealstone.store.engine import Store, Tx
from sealstone.store.faults import DiskFailed, StoreFailed


def damage(store: Store, *statements: str) -> None:
    with store.writing() as tx:
        for statement in statements:
            tx.run(text(statement))


@pytest.mark.parametrize(
    ("statements", "position"),
    [
        # A tail cut off, and the head set back to a true MAC of the chain: only its own MAC cannot be made.
        (
            (
                "DELETE FROM audit WHERE position > 3",
                "UPDATE audit_heads SET position = 3, mac = (SELECT mac FROM audit WHERE position = 3)",
            ),
            4,
        ),
        (("DELETE FROM audit WHERE position > 3",), 4),
        (("DELETE FROM audit_heads",), 7),
        (("DELETE FROM audit WHERE position > 3", "DELETE FROM audit_heads"), 4),
        (("DELETE FROM audit",), 1),
        (("UPDATE audit_heads SET head_mac = 'é'",), 7),
        (("UPDATE audit_heads SET mac = 'x'",), 7),
        (("INSERT INTO audit SELECT account_id, 9, at, record, mac FROM audit WHERE position = 6",), 7),
    ],
)
def test_a_damaged_end_stays_damaged_whatever_follows(store: Store, statements: tuple[str, ...], position: int) -> None:
    filled(store)
    damage(store, *statements)
    assert verdict(store).broken_at is not None
    filled(store, 2)
    filled(store, 1)
    found = verdict(store)
    assert (found.broken_at, found.length) == (position, position - 1)


@pytest.mark.parametrize("value", ["'é'", "7", "x'00ff'", "''"])
@pytest.mark.parametrize("column", ["mac", "record", "at"])
def test_no_value_of_a_column_stops_the_verdict(store: Store, column: str, value: str) -> None:
    filled(store)
    damage(store, f"UPDATE audit SET {column} = {value} WHERE position = 3")  # noqa: S608 - our own
    assert verdict(store).broken_at == 3


def test_a_record_that_is_no_text_any_more_is_named(store: Store) -> None:
    """Bytes flipped on the disk are rarely UTF-8."""
    filled(store)
    damage(store, "UPDATE audit SET record = CAST(x'fffe7b' AS TEXT) WHERE position = 4")
    assert verdict(store) == Chain(ACCOUNT, 3, 4, "this record cannot be read")


def test_a_failing_disk_is_no_verdict(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(store)
    real = Tx.rows

    def failing(tx: Tx, query: object, values: dict[str, object]) -> object:
        if "first" in values:
            raise DiskFailed("the disk failed")
        return real(tx, query, values)  # type: ignore[arg-type]

    monkeypatch.setattr(Tx, "rows", failing)
    with pytest.raises(DiskFailed):
        verdict(store)


@pytest.mark.parametrize("position", [-(2**63), -1, 0])
def test_a_record_put_before_the_first_is_found(store: Store, position: int) -> None:
    filled(store, 2)
    damage(
        store,
        "INSERT INTO audit SELECT account_id, 99, at, record, mac FROM audit WHERE position = 1",
        f"UPDATE audit SET position = {position} WHERE position = 99",  # noqa: S608 - our own
    )
    assert verdict(store).broken_at == 1


def test_chains_longer_than_a_batch_are_walked_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_BATCH", 3)
    filled(store, 8)
    assert verdict(store) == Chain(ACCOUNT, 8)
    damage(store, "UPDATE audit SET mac = 'x' WHERE position = 8")
    assert verdict(store).broken_at == 8


@pytest.mark.parametrize(
    ("parameters", "kept"),
    [
        ({"Half": "a\ud800b"}, {"Half": "a?b"}),
        ({"Large": 2**80}, {"Large": 2**80}),
        ({"Names": "\x00\u2028\U0001f512"}, {"Names": "\x00\u2028\U0001f512"}),
    ],
)
def test_every_record_can_be_kept(store: Store, parameters: dict[str, object], kept: dict[str, object]) -> None:
    """One record that could not be would hold up all that wait behind it."""
    with store.writing() as tx:
        audit.append(tx, [replace(record(), parameters=parameters, user_agent="\udfff")], KEY)
        (found,) = audit.tail(tx, 1)
    assert found.parameters == kept
    assert found.user_agent == "?"
    assert verdict(store) == Chain(ACCOUNT, 1)


@pytest.mark.parametrize("content", ["no JSON", "{}", "[]", '{"at": 1, "resources": []}'])
def test_a_damaged_record_is_not_shown(store: Store, content: str) -> None:
    filled(store)
    damage(store, f"UPDATE audit SET record = '{content}' WHERE position = 6")  # noqa: S608 - our own
    with store.reading() as tx, pytest.raises(StoreFailed, match="sealstone audit verify"):
        audit.tail(tx, 2)
