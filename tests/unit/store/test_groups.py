"""Groups, who is in them, and the policies embedded in them."""

from dataclasses import replace

import pytest
from tests.unit.store.conftest import ACCOUNT, NOW

from sealstone.model.group import Group, GroupPolicy
from sealstone.model.identity import User
from sealstone.model.page import PageRequest
from sealstone.store import group_policies, groups, users
from sealstone.store.engine import Store
from sealstone.store.faults import NameTaken

DEVS = Group(ACCOUNT, "AGPADEVS", "Devs", "/dev/", NOW)
OPS = Group(ACCOUNT, "AGPAOPS", "ops", "/", NOW)
ELSEWHERE = replace(DEVS, account_id="210987654321")
BOB = User(ACCOUNT, "AIDABOB", "Bob", "/", NOW)
AL = User(ACCOUNT, "AIDAAL", "al", "/", NOW)


def test_a_group_is_found_by_any_case_moved_and_removed(store: Store) -> None:
    moved = DEVS.moved(name="Rest", path="/x/")
    assert moved.arn == f"arn:aws:iam::{ACCOUNT}:group/x/Rest"
    assert DEVS.moved(name=None, path=None) == DEVS
    with store.writing() as tx:
        groups.add(tx, DEVS)
        assert groups.find(tx, ACCOUNT, "dEVS") == DEVS
        assert groups.find(tx, "210987654321", "Devs") is None
        groups.save(tx, moved)
        assert groups.find(tx, ACCOUNT, "devs") is None
        assert groups.find(tx, ACCOUNT, "rest") == moved
        assert (groups.count(tx, ACCOUNT), groups.count(tx, "210987654321")) == (1, 0)
        groups.remove(tx, moved)
        assert groups.find(tx, ACCOUNT, "rest") is None


def test_names_are_unique_in_an_account_without_regard_to_case(store: Store) -> None:
    with store.writing() as tx:
        groups.add(tx, DEVS)
        groups.add(tx, ELSEWHERE)
    with pytest.raises(NameTaken), store.writing() as tx:
        groups.add(tx, replace(OPS, name="DEVS"))


def test_groups_are_listed_by_name_under_a_prefix(store: Store) -> None:
    with store.writing() as tx:
        for group in (OPS, DEVS, ELSEWHERE):
            groups.add(tx, group)
        first = groups.page(tx, ACCOUNT, "/", PageRequest(size=1))
        assert (first.items, first.last) == ((DEVS,), "devs")
        assert groups.page(tx, ACCOUNT, "/", PageRequest(size=1, after=first.last)).items == (OPS,)
        assert groups.page(tx, ACCOUNT, "/de", PageRequest()).items == (DEVS,)


def test_users_join_once_and_leave(store: Store) -> None:
    with store.writing() as tx:
        for user in (BOB, AL):
            users.add(tx, user)
        for group in (OPS, DEVS):
            groups.add(tx, group)
            groups.join(tx, group, BOB)
        groups.join(tx, DEVS, BOB)
        groups.join(tx, DEVS, AL)
        assert groups.of_user(tx, ACCOUNT, BOB.unique_id) == (DEVS, OPS)
        assert groups.of_user(tx, "210987654321", BOB.unique_id) == ()
        first = groups.members_page(tx, DEVS, PageRequest(size=1))
        assert (first.items, first.last) == ((AL,), "al")
        assert groups.members_page(tx, DEVS, PageRequest(size=1, after="al")).items == (BOB,)
        assert groups.members_page(tx, ELSEWHERE, PageRequest()).items == ()
        groups.leave(tx, DEVS, BOB)
        groups.leave(tx, DEVS, BOB)
        assert groups.of_user(tx, ACCOUNT, BOB.unique_id) == (OPS,)
        assert groups.members_page(tx, OPS, PageRequest()).items == (BOB,)


def test_policies_of_a_group_are_put_in_place_of_their_name(store: Store) -> None:
    with store.writing() as tx:
        for name, document in (("Own", "{1}"), ("other", "{2}"), ("OWN", "{3}")):
            group_policies.put(tx, GroupPolicy(ACCOUNT, DEVS.unique_id, name, document))
        own = group_policies.find(tx, ACCOUNT, DEVS.unique_id, "own")
        assert own == GroupPolicy(ACCOUNT, DEVS.unique_id, "OWN", "{3}")
        assert [item.name for item in group_policies.all_of(tx, ACCOUNT, DEVS.unique_id)] == ["other", "OWN"]
        first = group_policies.names_page(tx, ACCOUNT, DEVS.unique_id, PageRequest(size=1))
        assert (first.items, first.last) == (("other",), "other")
        group_policies.remove(tx, own)
        assert group_policies.find(tx, ACCOUNT, DEVS.unique_id, "own") is None
