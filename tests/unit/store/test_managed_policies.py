"""Managed policies, their versions and what they are attached to."""

from dataclasses import replace

import pytest
from tests.unit.store.conftest import ACCOUNT, NOW

from sealstone.model.group import Group
from sealstone.model.identity import User
from sealstone.model.managed_policy import ManagedPolicy, PolicyVersion
from sealstone.store import attachments, groups, managed_policies, users
from sealstone.store.engine import Store
from sealstone.store.faults import NameTaken

OTHER = "210987654321"
POLICY = ManagedPolicy(ACCOUNT, "ANPA1", "Own", "/x/", "for tests", NOW, NOW, 1, 1, {"k": "ü"})
FIRST = PolicyVersion(ACCOUNT, "ANPA1", 1, "{1}", NOW)
SECOND = PolicyVersion(ACCOUNT, "ANPA1", 2, "{2}", NOW)
BOB = User(ACCOUNT, "AIDABOB", "Bob", "/", NOW)
DEVS = Group(ACCOUNT, "AGPADEVS", "Devs", "/", NOW)


def test_a_policy_is_found_changed_and_removed_with_its_versions(store: Store) -> None:
    with store.writing() as tx:
        managed_policies.add(tx, POLICY)
        assert managed_policies.find(tx, ACCOUNT, "oWN") == POLICY
        assert managed_policies.find(tx, OTHER, "Own") is None
        assert managed_policies.find_by_id(tx, ACCOUNT, "ANPA1") == POLICY
        assert managed_policies.find_by_id(tx, OTHER, "ANPA1") is None
        changed = replace(POLICY, default_version=2, newest_version=3).untagged(frozenset({"k"})).tagged({"K": "v"})
        managed_policies.save(tx, changed)
        assert managed_policies.all_of(tx, ACCOUNT) == (changed,)
        assert (managed_policies.count(tx, ACCOUNT), managed_policies.count(tx, OTHER)) == (1, 0)
        managed_policies.add_version(tx, FIRST)
        managed_policies.add_version(tx, replace(FIRST, account_id=OTHER))
        managed_policies.remove(tx, changed)
        assert managed_policies.all_of(tx, ACCOUNT) == ()
        assert (managed_policies.count_versions(tx, ACCOUNT), managed_policies.count_versions(tx, OTHER)) == (0, 1)


def test_names_are_unique_in_an_account_without_regard_to_case(store: Store) -> None:
    with store.writing() as tx:
        managed_policies.add(tx, POLICY)
        managed_policies.add(tx, replace(POLICY, account_id=OTHER))
    with pytest.raises(NameTaken), store.writing() as tx:
        managed_policies.add(tx, replace(POLICY, unique_id="ANPA2", name="OWN", path="/"))


def test_versions_are_listed_the_newest_first(store: Store) -> None:
    with store.writing() as tx:
        managed_policies.add_version(tx, FIRST)
        managed_policies.add_version(tx, SECOND)
        assert managed_policies.versions(tx, POLICY) == (SECOND, FIRST)
        assert managed_policies.versions(tx, replace(POLICY, account_id=OTHER)) == ()
        assert managed_policies.count_versions(tx, ACCOUNT) == 2
        managed_policies.remove_version(tx, FIRST)
        assert managed_policies.versions(tx, POLICY) == (SECOND,)
    with pytest.raises(NameTaken), store.writing() as tx:
        managed_policies.add_version(tx, SECOND)


def test_attachments_are_told_from_either_side(store: Store) -> None:
    with store.writing() as tx:
        users.add(tx, BOB)
        groups.add(tx, DEVS)
        for entity in (BOB, DEVS):
            attachments.add(tx, ACCOUNT, entity.unique_id, "ANPA1")
        attachments.add(tx, ACCOUNT, BOB.unique_id, "ANPA0")
        assert attachments.of_entity(tx, ACCOUNT, BOB.unique_id) == ("ANPA0", "ANPA1")
        assert attachments.of_entity(tx, OTHER, BOB.unique_id) == ()
        assert attachments.counts(tx, ACCOUNT) == {"ANPA0": 1, "ANPA1": 2}
        assert (attachments.count(tx, ACCOUNT, "ANPA1"), attachments.count(tx, OTHER, "ANPA1")) == (2, 0)
        assert attachments.users_with(tx, ACCOUNT, "ANPA1") == (BOB,)
        assert attachments.groups_with(tx, ACCOUNT, "ANPA1") == (DEVS,)
        assert attachments.groups_with(tx, ACCOUNT, "ANPA0") == ()
        assert attachments.remove(tx, ACCOUNT, BOB.unique_id, "ANPA1")
        assert not attachments.remove(tx, ACCOUNT, BOB.unique_id, "ANPA1")
        assert attachments.of_entity(tx, ACCOUNT, BOB.unique_id) == ("ANPA0",)
