"""What a first start puts into the store: an account, its root key, and an administrator who may do everything."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sealstone.model import ids
from sealstone.model.identity import Status
from sealstone.model.secret import Secret
from sealstone.policy.document import read
from sealstone.policy.evaluate import Request, evaluate
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.server import first_start
from sealstone.server.credentials import NewKey
from sealstone.store import access_keys, accounts, migrate, user_policies, users
from sealstone.store.engine import Store, Tx

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ID = "0011223344556677"


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Tx]:
    store = Store.open(tmp_path / "sealstone.db")
    migrate.upgrade(store)
    with store.writing() as unit:
        yield unit
    store.close()


@pytest.fixture
def ring() -> Keyring:
    return Keyring(MasterKeys({ID: Secret(os.urandom(32))}, ID), os.urandom)


def opens(tx: Tx, ring: Keyring, key: NewKey) -> access_keys.Credentials:
    """The stored secret is the one that was shown, and its key is active."""
    found = access_keys.credentials(tx, key.access_key_id)
    assert found is not None
    assert found.key.status is Status.ACTIVE
    assert found.key.create_date == NOW
    assert ids.account_of(key.access_key_id) == key.account_id == found.key.account_id
    assert ring.unseal(found.sealed_secret, bound_to=found.key.bound_to).reveal() == key.secret.reveal()
    return found


def test_an_account_has_a_root_key_and_nobody_else(tx: Tx, ring: Keyring) -> None:
    key = first_start.new_account(tx, ring, NOW, os.urandom)
    assert [account.account_id for account in accounts.every(tx)] == [key.account_id]
    found = opens(tx, ring, key)
    assert (found.user, found.policies) == (None, ())
    assert users.count(tx, key.account_id) == 0
    assert key.secret.reveal().decode() not in repr(key)


def test_the_administrator_may_do_everything(tx: Tx, ring: Keyring) -> None:
    account_id = first_start.new_account(tx, ring, NOW, os.urandom).account_id
    key = first_start.new_administrator(tx, ring, account_id, NOW, os.urandom)
    found = opens(tx, ring, key)
    assert found.user is not None
    assert found.user.arn == f"arn:aws:iam::{account_id}:user/administrator"
    assert users.count(tx, account_id) == 1
    (policy,) = user_policies.all_of(tx, account_id, found.user.unique_id)
    assert policy.name == "AdministratorAccess"
    documents = (read(policy.document),)
    for action in ("iam:DeleteServerCertificate", "acm:ExportCertificate"):
        assert evaluate(documents, Request(action=action, resource="arn:aws:iam::1:x/y", context={})).allowed


def test_two_accounts_share_nothing(tx: Tx, ring: Keyring) -> None:
    one, other = (first_start.new_account(tx, ring, NOW, os.urandom) for _ in range(2))
    assert one.account_id != other.account_id
    assert one.secret.reveal() != other.secret.reveal()
