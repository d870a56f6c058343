"""What the server records when its private authority renews itself."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from tests.databases import migrated
from tests.house_fixture import Clock, Collector
from tests.pki import NOW

from sealstone.model.identity import Account
from sealstone.model.secret import Secret
from sealstone.operations.call import House
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.server.issuing import keeper_of
from sealstone.server.settings import read
from sealstone.store import accounts, audit

ACCOUNTS = ("123456789012", "210987654321")


@pytest.mark.parametrize(("years", "root"), [(4, False), (16, True)])
def test_a_renewal_of_the_authority_is_in_the_audit_log_of_every_account(
    tmp_path: Path, years: int, root: bool
) -> None:
    """By the server, not by the operator; and only what was replaced."""
    store, clock = migrated(tmp_path / "sealstone.db"), Clock()
    keyring = Keyring(MasterKeys({"00" * 8: Secret(bytes(32))}, "00" * 8), os.urandom)
    house = House(store, keyring, keyring.derive("audit"), Collector(), clock, os.urandom)
    with store.writing() as tx:
        for name in ACCOUNTS:
            accounts.add(tx, Account(name, NOW))
    keeper = keeper_of(read({"data": str(tmp_path / "data")}, {}), house)
    authority_id = keeper.ensure()
    with store.reading() as tx:
        assert audit.tail(tx, 9) == ()
    clock.now += timedelta(days=365 * years)
    keeper.ensure()
    with store.reading() as tx:
        rows = audit.tail(tx, 9)
        assert all(chain.broken_at is None for chain in audit.verify(tx, house.audit_key))
    assert {one.account_id for one in rows} == set(ACCOUNTS)
    for one in rows:
        assert (one.operation, one.principal, one.outcome) == ("RotateAuthority", "server", "ok")
        assert one.parameters == {"AuthorityId": authority_id, "Root": root}
    store.close()
