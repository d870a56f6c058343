"""What the door keeps of identities is kept until one changes: the count of changes must miss none."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Table
from sqlalchemy.sql import visitors
from tests.unit.store.conftest import ACCOUNT, NOW, certificate, record, signing

from sealstone.model.group import Group, GroupPolicy
from sealstone.model.identity import AccessKey, Account, InlinePolicy, LastUse, Status, User
from sealstone.model.managed_policy import ManagedPolicy, PolicyVersion
from sealstone.model.quota import SERVER_CERTIFICATES
from sealstone.model.role import Role, RolePolicy
from sealstone.model.secret import Sealed, Secret
from sealstone.store import (
    access_keys,
    accounts,
    attachments,
    audit,
    boundaries,
    effective_policies,
    group_policies,
    groups,
    managed_policies,
    migrate,
    quotas,
    role_policies,
    roles,
    server_certificates,
    signing_certificates,
    user_policies,
    users,
)
from sealstone.store.engine import Store, Tx

BOB = User(ACCOUNT, "AIDA1", "Bob", "/", NOW, {})
KEY = AccessKey(ACCOUNT, "AKIA1", "AIDA1", Status.ACTIVE, NOW)
POLICY = InlinePolicy(ACCOUNT, "AIDA1", "p", "{}")
DEVS = Group(ACCOUNT, "AGPA1", "devs", "/", NOW)
MANAGED = ManagedPolicy(ACCOUNT, "ANPA1", "m", "/", "", NOW, NOW, 1, 1)
ROLE = Role(ACCOUNT, "AROA1", "r", "/", NOW, "{}")
VERSION = PolicyVersion(ACCOUNT, "ANPA1", 1, "{}", NOW)
Change = Callable[[Tx], object]

CHANGES: dict[str, Change] = {
    "a user": lambda tx: users.add(tx, User(ACCOUNT, "AIDA2", "Eve", "/", NOW, {})),
    "a renamed user": lambda tx: users.save(tx, User(ACCOUNT, "AIDA1", "Rob", "/x/", NOW, {})),
    "a user gone": lambda tx: users.remove(tx, BOB),
    "a key": lambda tx: access_keys.add(tx, AccessKey(ACCOUNT, "AKIA2", None, Status.ACTIVE, NOW), Sealed(b"s")),
    "a key switched off": lambda tx: access_keys.set_status(tx, "AKIA1", Status.INACTIVE),
    "a key gone": lambda tx: access_keys.remove(tx, "AKIA1"),
    "a signing certificate": lambda tx: signing_certificates.add(tx, signing(2)),
    "a signing certificate switched off": lambda tx: signing_certificates.set_status(
        tx, signing().certificate_id, Status.INACTIVE
    ),
    "a signing certificate gone": lambda tx: signing_certificates.remove(tx, signing().certificate_id),
    "a policy": lambda tx: user_policies.put(tx, InlinePolicy(ACCOUNT, "AIDA1", "q", "{}")),
    "a policy gone": lambda tx: user_policies.remove(tx, POLICY),
    "a group": lambda tx: groups.add(tx, Group(ACCOUNT, "AGPA2", "ops", "/", NOW)),
    "a renamed group": lambda tx: groups.save(tx, DEVS.moved(name="x", path=None)),
    "a group gone": lambda tx: groups.remove(tx, DEVS),
    "a member": lambda tx: groups.join(tx, Group(ACCOUNT, "AGPA2", "ops", "/", NOW), BOB),
    "a member gone": lambda tx: groups.leave(tx, DEVS, BOB),
    "a group's policy": lambda tx: group_policies.put(tx, GroupPolicy(ACCOUNT, "AGPA1", "q", "{}")),
    "a group's policy gone": lambda tx: group_policies.remove(tx, GroupPolicy(ACCOUNT, "AGPA1", "p", "{}")),
    "a managed policy": lambda tx: managed_policies.add(tx, replace(MANAGED, unique_id="ANPA2", name="n")),
    "another default version": lambda tx: managed_policies.save(tx, replace(MANAGED, default_version=2)),
    "a managed policy gone": lambda tx: managed_policies.remove(tx, MANAGED),
    "a version": lambda tx: managed_policies.add_version(tx, replace(VERSION, number=2)),
    "a version gone": lambda tx: managed_policies.remove_version(tx, VERSION),
    "an attachment": lambda tx: attachments.add(tx, ACCOUNT, "AGPA1", "ANPA1"),
    "an attachment gone": lambda tx: attachments.remove(tx, ACCOUNT, "AIDA1", "ANPA1"),
    "a role": lambda tx: roles.add(tx, replace(ROLE, unique_id="AROA2", name="s")),
    "a changed role": lambda tx: roles.save(tx, ROLE.trusting("{}", {})),
    "a role gone": lambda tx: roles.remove(tx, ROLE),
    "a role's policy": lambda tx: role_policies.put(tx, RolePolicy(ACCOUNT, "AROA1", "q", "{}")),
    "a role's policy gone": lambda tx: role_policies.remove(tx, RolePolicy(ACCOUNT, "AROA1", "p", "{}")),
    "a boundary": lambda tx: boundaries.put(tx, ACCOUNT, "AROA1", "ANPA1"),
    "a boundary gone": lambda tx: boundaries.remove(tx, ACCOUNT, "AIDA1"),
}
OTHERS: dict[str, Change] = {
    "a certificate": lambda tx: server_certificates.add(tx, certificate(), Sealed(b"k")),
    "a quota": lambda tx: quotas.set_value(tx, ACCOUNT, SERVER_CERTIFICATES, 5),
    "an audit row": lambda tx: audit.append(tx, (record(),), Secret(b"k" * 32)),
    "a last use": lambda tx: access_keys.record_uses(tx, (LastUse("AKIA1", NOW, "iam", "us-east-1"),)),
}


@pytest.fixture
def bob(store: Store) -> Store:
    with store.writing() as tx:
        users.add(tx, BOB)
        access_keys.add(tx, KEY, Sealed(b"s"))
        signing_certificates.add(tx, signing())
        user_policies.put(tx, POLICY)
        groups.add(tx, DEVS)
        groups.join(tx, DEVS, BOB)
        group_policies.put(tx, GroupPolicy(ACCOUNT, "AGPA1", "p", "{}"))
        managed_policies.add(tx, MANAGED)
        managed_policies.add_version(tx, VERSION)
        attachments.add(tx, ACCOUNT, "AIDA1", "ANPA1")
        roles.add(tx, ROLE)
        role_policies.put(tx, RolePolicy(ACCOUNT, "AROA1", "p", "{}"))
        boundaries.put(tx, ACCOUNT, "AIDA1", "ANPA1")
    return store


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("by_another", [False, True])
def test_a_changed_identity_is_a_new_version(bob: Store, tmp_path: Path, what: str, by_another: bool) -> None:
    before = bob.identity_version()
    assert bob.identity_version() == before
    writer = Store.open(tmp_path / "sealstone.db") if by_another else bob
    with writer.writing() as tx:
        CHANGES[what](tx)
    if by_another:
        writer.close()
    assert bob.identity_version() > before


@pytest.mark.parametrize("what", OTHERS)
def test_nothing_else_is_a_new_version(bob: Store, what: str) -> None:
    before = bob.identity_version()
    with bob.writing() as tx:
        OTHERS[what](tx)
    assert bob.identity_version() == before


def test_a_change_that_was_rolled_back_is_none(bob: Store) -> None:
    before = bob.identity_version()

    def fail(tx: Tx) -> None:
        access_keys.set_status(tx, "AKIA1", Status.INACTIVE)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), bob.writing() as tx:
        fail(tx)
    assert bob.identity_version() == before


def test_every_table_that_authentication_reads_counts() -> None:
    """Also those that later versions will join."""
    queries = (
        access_keys._CREDENTIALS,
        signing_certificates._SIGNER,
        effective_policies.QUERY,
        effective_policies.ROLE_QUERY,
        roles._FIND_BY_ID,
    )
    read = {table for query in queries for table in visitors.iterate(query) if isinstance(table, Table)}
    assert len(read) >= 12
    for table in read:
        assert "identity" in table.info, f"a change of {table.name} would go unseen"


@pytest.mark.parametrize("old", ["0001", "0002", "0003"])
def test_a_database_of_an_older_schema_is_brought_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str) -> None:
    opened = Store.open(tmp_path / "old.db")
    real = command.upgrade

    def to_the_old_one(configuration: Config, _revision: str) -> None:
        real(configuration, old)

    monkeypatch.setattr(command, "upgrade", to_the_old_one)
    migrate.upgrade(opened)
    monkeypatch.undo()
    with opened.writing() as tx:
        assert migrate.known(tx) == old
        accounts.add(tx, Account(ACCOUNT, NOW))
        if old != "0001":
            users.add(tx, BOB)
    before = opened.identity_version() if old != "0001" else 0
    migrate.upgrade(opened)
    with opened.writing() as tx:
        signing_certificates.add(tx, signing())
        assert accounts.find(tx, ACCOUNT) is not None
        assert users.find(tx, ACCOUNT, "Bob") == (BOB if old != "0001" else None)
    assert opened.identity_version() == before + 1
    opened.close()


def test_many_rows_at_once_are_all_there_and_a_fault_is_the_store_s(store: Store, tmp_path: Path) -> None:
    for count in (1, 63, 64, 65, 200):
        account = f"{count:012d}"
        with store.writing() as tx:
            audit.append(tx, [record(number, account_id=account) for number in range(count)], Secret(b"k" * 32))
        with closing(sqlite3.connect(tmp_path / "sealstone.db")) as raw:
            found = raw.execute("SELECT position FROM audit WHERE account_id = ? ORDER BY 1", (account,)).fetchall()
        assert found == [(number + 1,) for number in range(count)]


def test_a_reading_unit_inside_another_is_the_same_snapshot(bob: Store, tmp_path: Path) -> None:
    with bob.reading() as outer:
        assert access_keys.find(outer, "AKIA1") == KEY
        other = Store.open(tmp_path / "sealstone.db")
        with other.writing() as tx:
            access_keys.remove(tx, "AKIA1")
        other.close()
        with bob.reading() as inner:
            assert inner is outer
            assert access_keys.find(inner, "AKIA1") == KEY
        assert access_keys.find(outer, "AKIA1") == KEY
    with bob.reading() as tx:
        assert access_keys.find(tx, "AKIA1") is None
