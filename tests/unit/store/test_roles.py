"""Roles, their policies, instance profiles and boundaries in the store."""

from dataclasses import replace

import pytest
from tests.unit.store.conftest import ACCOUNT, NOW

from sealstone.model.identity import User
from sealstone.model.instance_profile import InstanceProfile
from sealstone.model.page import PageRequest
from sealstone.model.role import Role, RolePolicy
from sealstone.store import attachments, boundaries, instance_profiles, role_policies, roles, users
from sealstone.store.engine import Store
from sealstone.store.faults import NameTaken

OTHER = "210987654321"
OPS = Role(ACCOUNT, "AROAOPS", "Ops", "/team/", NOW, "{ }", "keeps", 7200, {"a": "\u00e9"}, {"arn": "AIDABOB"})
APP = Role(ACCOUNT, "AROAAPP", "app", "/", NOW, "{}")
ELSEWHERE = replace(OPS, account_id=OTHER)
BOB = User(ACCOUNT, "AIDABOB", "Bob", "/", NOW)
WEB = InstanceProfile(ACCOUNT, "AIPAWEB", "Web", "/x/", NOW, "AROAOPS", {"k": "v"})
DB = InstanceProfile(ACCOUNT, "AIPADB", "db", "/", NOW)


def test_a_role_is_found_by_name_in_any_case_and_by_id(store: Store) -> None:
    with store.writing() as tx:
        roles.add(tx, OPS)
        assert roles.find(tx, ACCOUNT, "oPS") == roles.by_id(tx, ACCOUNT, "AROAOPS") == OPS
        assert roles.find(tx, OTHER, "Ops") is roles.by_id(tx, OTHER, "AROAOPS") is None
        assert (roles.count(tx, ACCOUNT), roles.count(tx, OTHER)) == (1, 0)
        with pytest.raises(NameTaken):
            roles.add(tx, replace(OPS, unique_id="AROA2", name="OPS"))


def test_what_may_change_of_a_role_is_kept(store: Store) -> None:
    changed = replace(OPS.trusting("new", {}), description="", max_session_duration=3600, tags={})
    with store.writing() as tx:
        roles.add(tx, OPS)
        roles.add(tx, ELSEWHERE)
        roles.save(tx, changed)
        assert roles.by_id(tx, ACCOUNT, "AROAOPS") == changed
        roles.remove(tx, changed)
        assert roles.find(tx, ACCOUNT, "Ops") is None
        assert roles.find(tx, OTHER, "Ops") == ELSEWHERE


def test_roles_come_in_pages_by_name_and_path(store: Store) -> None:
    with store.writing() as tx:
        for role in (OPS, APP, ELSEWHERE):
            roles.add(tx, role)
        first = roles.page(tx, ACCOUNT, "/", PageRequest(1))
        assert (first.items, first.last) == ((APP,), "app")
        assert roles.page(tx, ACCOUNT, "/", PageRequest(1, first.last)).items == (OPS,)
        assert roles.page(tx, ACCOUNT, "/te", PageRequest()).items == (OPS,)


def test_policies_of_a_role_are_its_own(store: Store) -> None:
    policy, other = RolePolicy(ACCOUNT, "AROAOPS", "P", "1"), RolePolicy(ACCOUNT, "AROAOPS", "a", "2")
    with store.writing() as tx:
        role_policies.put(tx, policy)
        role_policies.put(tx, other)
        role_policies.put(tx, replace(policy, role_id="AROAAPP", document="3"))
        assert role_policies.find(tx, ACCOUNT, "AROAOPS", "p") == policy
        assert role_policies.all_of(tx, ACCOUNT, "AROAOPS") == (other, policy)
        assert role_policies.names_page(tx, ACCOUNT, "AROAOPS", PageRequest(1, "a")).items == ("P",)
        role_policies.put(tx, replace(policy, name="p", document="4"))
        role_policies.remove(tx, other)
        assert role_policies.all_of(tx, ACCOUNT, "AROAOPS") == (replace(policy, name="p", document="4"),)
        assert role_policies.find(tx, ACCOUNT, "AROAOPS", "a") is None


def test_an_instance_profile_is_found_changed_and_removed(store: Store) -> None:
    with store.writing() as tx:
        for profile in (WEB, DB, replace(WEB, account_id=OTHER)):
            instance_profiles.add(tx, profile)
        assert instance_profiles.find(tx, ACCOUNT, "wEB") == WEB
        assert instance_profiles.with_role(tx, ACCOUNT, "AROAOPS") == (WEB,)
        assert instance_profiles.page(tx, ACCOUNT, "/", PageRequest(1)).items == (DB,)
        assert instance_profiles.page(tx, ACCOUNT, "/x", PageRequest()).items == (WEB,)
        assert instance_profiles.count(tx, ACCOUNT) == 2
        changed = replace(WEB, tags={}).holding(None)
        instance_profiles.save(tx, changed)
        assert instance_profiles.find(tx, ACCOUNT, "web") == changed
        assert instance_profiles.with_role(tx, ACCOUNT, "AROAOPS") == ()
        instance_profiles.remove(tx, changed)
        assert instance_profiles.find(tx, ACCOUNT, "web") is None
        assert len(instance_profiles.with_role(tx, OTHER, "AROAOPS")) == 1
        with pytest.raises(NameTaken):
            instance_profiles.add(tx, replace(DB, unique_id="AIPA2", name="DB"))


def test_a_boundary_is_one_and_known_from_both_sides(store: Store) -> None:
    with store.writing() as tx:
        users.add(tx, BOB)
        roles.add(tx, OPS)
        roles.add(tx, APP)
        assert boundaries.of(tx, ACCOUNT, "AIDABOB") is None
        for entity in ("AIDABOB", "AROAOPS", "AROAAPP"):
            boundaries.put(tx, ACCOUNT, entity, "ANPA1")
        boundaries.put(tx, OTHER, "AIDABOB", "ANPA1")
        boundaries.put(tx, ACCOUNT, "AROAAPP", "ANPA2")
        assert boundaries.of(tx, ACCOUNT, "AROAAPP") == "ANPA2"
        assert boundaries.entities_with(tx, ACCOUNT, "ANPA1") == ((BOB,), (OPS,))
        assert boundaries.counts(tx, ACCOUNT) == {"ANPA1": 2, "ANPA2": 1}
        assert (boundaries.count(tx, ACCOUNT, "ANPA1"), boundaries.count(tx, ACCOUNT, "ANPA3")) == (2, 0)
        assert boundaries.remove(tx, ACCOUNT, "AROAAPP")
        assert not boundaries.remove(tx, ACCOUNT, "AROAAPP")
        assert boundaries.of(tx, OTHER, "AIDABOB") == "ANPA1"


def test_attached_roles_are_known_by_the_policy(store: Store) -> None:
    with store.writing() as tx:
        for role in (OPS, APP, ELSEWHERE):
            roles.add(tx, role)
            attachments.add(tx, role.account_id, role.unique_id, "ANPA1")
        assert attachments.roles_with(tx, ACCOUNT, "ANPA1") == (APP, OPS)
        assert attachments.users_with(tx, ACCOUNT, "ANPA1") == ()
