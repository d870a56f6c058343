"""The audit chain: whatever is done to it is found."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from tests.unit.store.conftest import ACCOUNT, NOW, record

from sealstone.model.secret import Secret
from sealstone.store import audit
from sealstone.store.audit import Chain
from sealstone.store.engine import Store

KEY = Secret(b"k" * 32)


def filled(store: Store, count: int = 6) -> None:
    with store.writing() as tx:
        audit.append(tx, [record(number) for number in range(count)], KEY)


def verdict(store: Store, key: Secret = KEY) -> Chain:
    with store.reading() as tx:
        (chain,) = audit.verify(tx, key)
    return chain


def test_a_chain_that_nobody_touched_is_whole(store: Store) -> None:
    filled(store)
    filled(store, 2)
    assert verdict(store) == Chain(ACCOUNT, 8)


def test_each_account_has_a_chain_of_its_own(store: Store) -> None:
    with store.writing() as tx:
        audit.append(tx, [record(1), record(2, account_id="-"), record(3)], KEY)
        assert audit.verify(tx, KEY) == (Chain("-", 1), Chain(ACCOUNT, 2))


@pytest.mark.parametrize(
    ("damage", "position"),
    [
        ("UPDATE audit SET record = replace(record, 'GetUser', 'GetUsed') WHERE position = 3", 3),
        ("UPDATE audit SET at = '2020-01-01T00:00:00.000000Z' WHERE position = 2", 2),
        ("UPDATE audit SET mac = 'x' WHERE position = 4", 4),
        ("DELETE FROM audit WHERE position = 3", 3),
        ("DELETE FROM audit WHERE position = 1", 1),
        ("DELETE FROM audit WHERE position > 4", 5),
        ("DELETE FROM audit", 1),
        ("DELETE FROM audit_heads", 7),
        ("UPDATE audit_heads SET head_mac = 'x'", 7),
        ("UPDATE audit_heads SET position = 5", 7),
        ("UPDATE audit SET position = 7 WHERE position = 6", 6),
        (
            (
                "UPDATE audit SET record = (SELECT record FROM audit WHERE position = 4),"
                " at = (SELECT at FROM audit WHERE position = 4) WHERE position = 5"
            ),
            5,
        ),
        ("INSERT INTO audit SELECT account_id, 7, at, record, mac FROM audit WHERE position = 6", 7),
    ],
)
def test_every_damage_is_found_where_it_is(store: Store, damage: str, position: int) -> None:
    filled(store)
    with store.writing() as tx:
        tx.run(text(damage))
    found = verdict(store)
    assert found.broken_at == position
    assert found.reason


def test_a_tail_cut_off_with_its_head_set_back_is_found(store: Store) -> None:
    """Whoever lacks the key cannot make a head for the shorter chain."""
    filled(store)
    with store.writing() as tx:
        tx.run(text("DELETE FROM audit WHERE position > 3"))
        tx.run(text("UPDATE audit_heads SET position = 3, mac = (SELECT mac FROM audit WHERE position = 3)"))
    assert verdict(store).reason == "the head was altered"


def test_a_chain_that_is_gone_with_its_head_is_found(store: Store) -> None:
    filled(store)
    with store.writing() as tx:
        tx.run(text("DELETE FROM audit"))
        tx.run(text("DELETE FROM audit_heads"))
    assert verdict(store).broken_at == 1


def test_another_key_finds_every_chain_broken(store: Store) -> None:
    filled(store)
    assert verdict(store, Secret(b"x" * 32)).broken_at == 1


def test_the_tail_is_the_newest_of_all_accounts(store: Store) -> None:
    with store.writing() as tx:
        audit.append(tx, [record(number, account_id="-" if number % 2 else ACCOUNT) for number in range(10)], KEY)
        assert [item.at.microsecond for item in audit.tail(tx, 3)] == [7, 8, 9]
        assert [item.at.microsecond for item in audit.tail(tx, 2, "-")] == [7, 9]
        assert audit.tail(tx, 5, "000000000000") == ()


def test_what_is_recorded_comes_back(store: Store) -> None:
    filled(store, 1)
    with store.reading() as tx:
        (found,) = audit.tail(tx, 1)
    expected = record(0)
    assert found == replace(expected, parameters={"Number": 0, "When": NOW.isoformat().replace("+00:00", "Z")})


def test_nothing_appended_changes_nothing(store: Store) -> None:
    with store.writing() as tx:
        audit.append(tx, (), KEY)
        assert audit.tail(tx, 5) == ()
