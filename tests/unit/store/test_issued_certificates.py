"""What was issued: kept, revoked by serial number and by holder, listed, forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.pki import NOW

from sealstone.model.authority import NOBODY, Holder, IssuedCertificate, Revocation, RevocationReason
from sealstone.store import issued_certificates as stored
from sealstone.store.engine import Store, Tx
from sealstone.store.faults import NameTaken

HOLDER = Holder("1", "us-east-1", "x")
END = NOW + timedelta(days=30)
ONE = IssuedCertificate("01", "i", "order-1", HOLDER, NOW, END)
AGAIN = replace(ONE, serial_number="02")
RENEWED = replace(ONE, serial_number="03", order_id="order-2", issued_at=NOW + timedelta(days=1))
OTHER = replace(ONE, serial_number="04", holder=replace(HOLDER, unique_id="y"))
EXPIRED = replace(ONE, serial_number="05", not_after=NOW - timedelta(seconds=1))
ELSEWHERE = replace(ONE, serial_number="06", issuer_id="j", order_id="order-3")
REASON = RevocationReason.KEY_COMPROMISE


@pytest.fixture
def filled(store: Store) -> Store:
    with store.writing() as tx:
        for one in (ONE, AGAIN, RENEWED, OTHER, EXPIRED, ELSEWHERE):
            stored.add(tx, one)
    return store


def revoked(tx: Tx, *serials: str) -> list[str]:
    found = [stored.find(tx, serial) for serial in serials or ("01", "02", "03", "04", "05", "06")]
    return [one.serial_number for one in found if one and one.revocation]


def test_what_is_stored_is_found(filled: Store) -> None:
    with filled.reading() as tx:
        assert stored.find(tx, "01") == ONE
        assert stored.find(tx, "99") is None
        assert stored.of(tx, OTHER.holder) == (OTHER,)
        assert [one.serial_number for one in stored.of(tx, HOLDER)] == ["01", "02", "05", "06", "03"]


def test_no_serial_number_twice(filled: Store) -> None:
    with pytest.raises(NameTaken), filled.writing() as tx:
        stored.add(tx, ONE)


def test_whatever_an_order_led_to_is_revoked_together(filled: Store) -> None:
    """The same order is the same key: a copy that nobody was given is as bad as the one that was."""
    with filled.writing() as tx:
        assert stored.revoke(tx, "01", NOW, REASON)
        assert revoked(tx) == ["01", "02"]
        found = stored.find(tx, "02")
        assert found is not None
        assert found.revocation == Revocation(NOW, REASON)


def test_another_holders_order_of_the_same_name_is_left_alone(filled: Store) -> None:
    with filled.writing() as tx:
        assert stored.revoke(tx, "04", NOW, REASON)
        assert revoked(tx) == ["04"]


def test_what_was_not_issued_here_cannot_be_revoked(filled: Store) -> None:
    with filled.writing() as tx:
        assert not stored.revoke(tx, "99", NOW, REASON)
        assert revoked(tx) == []


def test_a_revocation_stays_as_it_was(filled: Store) -> None:
    with filled.writing() as tx:
        stored.revoke(tx, "01", NOW, REASON)
        assert stored.revoke(tx, "01", NOW + timedelta(days=1), RevocationReason.SUPERSEDED)
        found = stored.find(tx, "01")
        assert found is not None
        assert found.revocation == Revocation(NOW, REASON)


def test_what_expired_is_not_revoked(filled: Store) -> None:
    with filled.writing() as tx:
        assert stored.revoke(tx, "05", NOW, REASON)
        assert revoked(tx, "05") == []


def test_all_of_a_holder_are_revoked(filled: Store) -> None:
    with filled.writing() as tx:
        assert stored.revoke_all(tx, HOLDER, NOW, REASON) == 4
        assert revoked(tx) == ["01", "02", "03", "06"]
        assert stored.revoke_all(tx, HOLDER, NOW, REASON) == 0


def test_a_revocation_waits_for_a_list_of_its_issuer(filled: Store) -> None:
    with filled.writing() as tx:
        assert not stored.waits(tx, "i")
        stored.revoke(tx, "01", NOW, REASON)
        assert stored.waits(tx, "i")
        assert not stored.waits(tx, "j")
        stored.listed(tx, "i", 1)
        assert not stored.waits(tx, "i")
        stored.revoke(tx, "03", NOW, REASON)
        assert stored.waits(tx, "i")


def test_a_list_has_the_revoked_of_its_issuer_until_some_time_after_their_end(filled: Store) -> None:
    with filled.writing() as tx:
        stored.revoke_all(tx, HOLDER, NOW, REASON)
        assert [one.serial_number for one in stored.revoked(tx, "i", ended_after=NOW)] == ["01", "02", "03"]
        assert [one.serial_number for one in stored.revoked(tx, "j", ended_after=END)] == ["06"]
        assert stored.revoked(tx, "i", ended_after=END + timedelta(seconds=1)) == ()


def test_all_of_an_issuer_is_forgotten(filled: Store) -> None:
    with filled.writing() as tx:
        assert stored.forget(tx, "i") == 5
        assert stored.find(tx, "01") is None
        assert stored.find(tx, "06") == ELSEWHERE


def test_what_counts_still_is_counted(filled: Store) -> None:
    with filled.writing() as tx:
        stored.add(tx, replace(ONE, serial_number="07", holder=NOBODY))
        stored.revoke(tx, "03", NOW, REASON)
        assert stored.count(tx, "i", NOW) == (5, 1)
        assert stored.count(tx, "nobody", NOW) == (0, 0)
