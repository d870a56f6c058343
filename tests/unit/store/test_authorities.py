"""Rows of the private authority: found, retired, with their keys and their lists."""

from datetime import timedelta

import pytest
from tests.pki import NOW

from sealstone.model.authority import AuthorityCertificate, Role, State
from sealstone.model.secret import Sealed
from sealstone.store import authorities
from sealstone.store.authorities import ListTimes
from sealstone.store.engine import Store
from sealstone.store.faults import NameTaken

ROOT = AuthorityCertificate("r", "a-1", Role.ROOT, State.ACTIVE, None, b"root", NOW, NOW + timedelta(days=9))
BELOW = AuthorityCertificate("i", "a-1", Role.INTERMEDIATE, State.ACTIVE, "r", b"below", NOW, NOW + timedelta(days=3))
CROSS = AuthorityCertificate("x", "a-1", Role.CROSS, State.ACTIVE, "r", b"cross", NOW, NOW + timedelta(days=3))


@pytest.fixture
def filled(store: Store) -> Store:
    with store.writing() as tx:
        authorities.add(tx, ROOT, Sealed(b"sealed root"))
        authorities.add(tx, BELOW, Sealed(b"sealed below"))
        authorities.add(tx, CROSS, None)
    return store


def test_there_is_none_at_first(store: Store) -> None:
    with store.reading() as tx:
        assert authorities.find_id(tx) is None
        assert authorities.active_id(tx) is None
        assert authorities.every(tx) == ()
        assert authorities.find(tx, "r") is None
        assert authorities.sealed_key(tx, "r") is None
        assert authorities.list_times(tx, "r") is None
        assert authorities.revocation_list(tx, "r") is None


def test_what_is_stored_is_found(filled: Store) -> None:
    with filled.reading() as tx:
        assert authorities.find_id(tx) == "a-1"
        assert authorities.active_id(tx) == "i"
        assert set(authorities.ids(tx)) == {"r", "i", "x"}
        assert set(authorities.every(tx)) == {ROOT, BELOW, CROSS}
        assert authorities.find(tx, "i") == BELOW
        sealed = authorities.sealed_key(tx, "i")
        assert sealed is not None
        assert sealed.reveal() == b"sealed below"
        assert authorities.sealed_key(tx, "x") is None


def test_no_id_twice(filled: Store) -> None:
    with pytest.raises(NameTaken), filled.writing() as tx:
        authorities.add(tx, ROOT, None)


def test_a_retired_one_issues_no_more(filled: Store) -> None:
    with filled.writing() as tx:
        authorities.retire(tx, "i")
        assert authorities.active_id(tx) is None
        retired = authorities.find(tx, "i")
    assert retired is not None
    assert retired.state is State.RETIRED


def test_a_list_takes_the_place_of_the_one_before(filled: Store) -> None:
    first, second = (ListTimes(number, NOW, NOW + timedelta(days=number)) for number in (1, 2))
    with filled.writing() as tx:
        assert authorities.list_times(tx, "r") is None
        assert authorities.revocation_list(tx, "r") is None
        authorities.save_revocation_list(tx, "r", b"one", first)
        authorities.save_revocation_list(tx, "r", b"two", second)
        assert authorities.list_times(tx, "r") == second
        assert authorities.revocation_list(tx, "r") == (b"two", second)
        assert authorities.list_times(tx, "i") is None
