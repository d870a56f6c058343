"""Sealed values in their rows: a swap is found out, and rows that are not there are nobody's."""

import os

import pytest
from sqlalchemy import text
from tests.unit.store.conftest import ACCOUNT, NOW, certificate

from sealstone.model.identity import AccessKey, LastUse, Status
from sealstone.model.secret import Sealed, Secret
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.seal.faults import SealBroken
from sealstone.store import access_keys, server_certificates
from sealstone.store.engine import Store

ID = "0011223344556677"
PUT = text("UPDATE server_certificate_keys SET sealed_private_key = :key WHERE unique_id = :id")


def test_two_sealed_keys_that_changed_places_do_not_open(store: Store) -> None:
    ring = Keyring(MasterKeys({ID: Secret(os.urandom(32))}, ID), os.urandom)
    both = certificate(1), certificate(2)
    with store.writing() as tx:
        for item in both:
            server_certificates.add(tx, item, ring.seal(Secret(item.name.encode()), bound_to=item.bound_to))
    assert [opened(store, ring, item.unique_id, item.bound_to) for item in both] == [b"name-00001", b"name-00002"]
    with store.writing() as tx:
        lying = [server_certificates.sealed_key(tx, ACCOUNT, item.unique_id) for item in both]
        for item, key in zip(both, reversed(lying), strict=True):
            assert key is not None
            tx.run(PUT.bindparams(key=key.reveal(), id=item.unique_id))
    for item in both:
        with pytest.raises(SealBroken, match="another row"):
            opened(store, ring, item.unique_id, item.bound_to)
    # It was a swap: in the other's place each would open.
    assert opened(store, ring, both[0].unique_id, both[1].bound_to) == b"name-00002"


def opened(store: Store, ring: Keyring, unique_id: str, place: str) -> bytes:
    with store.reading() as tx:
        sealed = server_certificates.sealed_key(tx, ACCOUNT, unique_id)
    assert sealed is not None
    return ring.unseal(sealed, bound_to=place).reveal()


def test_a_key_whose_user_is_gone_is_not_roots(store: Store) -> None:
    """Without a user a caller counts as root: a row that lost its user must not come back at all."""
    with store.writing() as tx:
        access_keys.add(tx, AccessKey(ACCOUNT, "AKIAX", "AIDAGONE", Status.ACTIVE, NOW), Sealed(b"sealed"))
        assert access_keys.find(tx, "AKIAX") is not None
        assert access_keys.credentials(tx, "AKIAX") is None


def test_two_uses_of_a_key_in_a_batch_are_one(store: Store) -> None:
    first, second = (LastUse("AKIAX", NOW, service, "us-east-1") for service in ("iam", "sts"))
    with store.writing() as tx:
        access_keys.record_uses(tx, (first, second))
        assert access_keys.last_use(tx, "AKIAX") == second


def test_what_is_removed_twice_is_counted_off_once(store: Store) -> None:
    with store.writing() as tx:
        server_certificates.add(tx, certificate(1), Sealed(b"sealed"))
        server_certificates.add(tx, certificate(2), Sealed(b"sealed"))
        for _ in range(2):
            server_certificates.remove(tx, certificate(1))
        assert server_certificates.count(tx, ACCOUNT) == 1


def test_every_certificate_comes_once_however_many_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_certificates, "_BATCH", 3)
    kept = [
        certificate(number, account_id=account) for account in ("000000000001", ACCOUNT) for number in (1, 2, 3, 4, 5)
    ]
    with store.writing() as tx:
        for item in reversed(kept):
            server_certificates.add(tx, item, Sealed(b"sealed"))
        assert list(server_certificates.every(tx)) == kept
