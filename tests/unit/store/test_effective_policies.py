"""What is in force for a user: all four kinds, and nothing of anybody else's."""

from dataclasses import replace

import pytest
from sqlalchemy import CompoundSelect
from tests.unit.store.conftest import ACCOUNT, NOW

from sealstone.model import aws_policies
from sealstone.model.group import Group, GroupPolicy
from sealstone.model.identity import InlinePolicy, User
from sealstone.model.managed_policy import EffectivePolicy, ManagedPolicy, PolicyVersion
from sealstone.model.role import RolePolicy
from sealstone.store import (
    attachments,
    boundaries,
    effective_policies,
    group_policies,
    groups,
    managed_policies,
    role_policies,
    user_policies,
)
from sealstone.store.effective_policies import PolicyLost
from sealstone.store.engine import Store, Tx

OTHER = "210987654321"
BOB = User(ACCOUNT, "AIDABOB", "Bob", "/", NOW)
A_GROUP = Group(ACCOUNT, "AGPAA", "a", "/", NOW)
B_GROUP = Group(ACCOUNT, "AGPAB", "b", "/", NOW)
NOT_IN = Group(ACCOUNT, "AGPAC", "c", "/", NOW)
POLICY = ManagedPolicy(ACCOUNT, "ANPA1", "Own", "/", "", NOW, NOW, 2, 2)
AUDIT = next(policy for policy in aws_policies.ALL if policy.name == "SecurityAudit")


def of_bob(tx: Tx) -> tuple[EffectivePolicy, ...]:
    return effective_policies.of_user(tx, ACCOUNT, BOB.unique_id)


@pytest.fixture
def filled(store: Store) -> Store:
    with store.writing() as tx:
        for account in (ACCOUNT, OTHER):
            managed_policies.add(tx, replace(POLICY, account_id=account))
            for number in (1, 2):
                version = PolicyVersion(account, "ANPA1", number, f"{account} v{number}", NOW)
                managed_policies.add_version(tx, version)
        for group in (B_GROUP, A_GROUP, NOT_IN, replace(A_GROUP, account_id=OTHER)):
            groups.add(tx, group)
            group_policies.put(tx, GroupPolicy(group.account_id, group.unique_id, "in", f"in {group.name}"))
            attachments.add(tx, group.account_id, group.unique_id, "ANPA1")
        for group in (B_GROUP, A_GROUP, replace(A_GROUP, account_id=OTHER)):
            groups.join(tx, group, BOB)
        groups.join(tx, NOT_IN, replace(BOB, unique_id="AIDAEVE"))
        for owner in (BOB, replace(BOB, unique_id="AIDAEVE"), replace(BOB, account_id=OTHER)):
            user_policies.put(tx, InlinePolicy(owner.account_id, owner.unique_id, "z", f"of {owner.unique_id}"))
            attachments.add(tx, owner.account_id, owner.unique_id, "ANPA1")
    return store


def test_a_user_has_its_own_then_its_groups_policies(filled: Store) -> None:
    document = f"{ACCOUNT} v2"
    with filled.reading() as tx:
        assert of_bob(tx) == (
            EffectivePolicy("z", "of AIDABOB"),
            EffectivePolicy("Own", document, managed=True),
            EffectivePolicy("in", "in a", group="a"),
            EffectivePolicy("in", "in b", group="b"),
            EffectivePolicy("Own", document, managed=True, group="a"),
            EffectivePolicy("Own", document, managed=True, group="b"),
        )


def test_the_default_version_is_the_one_in_force(filled: Store) -> None:
    with filled.writing() as tx:
        managed_policies.save(tx, replace(POLICY, default_version=1))
        assert {policy.document for policy in of_bob(tx) if policy.managed} == {f"{ACCOUNT} v1"}


def test_who_leaves_a_group_leaves_its_policies(filled: Store) -> None:
    with filled.writing() as tx:
        groups.leave(tx, A_GROUP, BOB)
        assert {policy.group for policy in of_bob(tx)} == {"", "b"}


def test_a_policy_of_aws_needs_no_row(store: Store) -> None:
    with store.writing() as tx:
        assert of_bob(tx) == ()
        attachments.add(tx, ACCOUNT, BOB.unique_id, AUDIT.unique_id)
        document = aws_policies.version(AUDIT).document
        assert of_bob(tx) == (EffectivePolicy("SecurityAudit", document, managed=True),)


@pytest.mark.parametrize("what", ["a policy", "a version"])
def test_a_policy_that_is_lost_is_never_passed_over(filled: Store, what: str) -> None:
    """It could be the one that denies."""
    with filled.writing() as tx:
        if what == "a policy":
            managed_policies.remove(tx, POLICY)
        else:
            managed_policies.remove_version(tx, PolicyVersion(ACCOUNT, "ANPA1", 2, "", NOW))
        with pytest.raises(PolicyLost):
            of_bob(tx)


def test_the_boundary_comes_last_and_is_marked(filled: Store) -> None:
    with filled.writing() as tx:
        before = of_bob(tx)
        boundaries.put(tx, ACCOUNT, BOB.unique_id, "ANPA1")
        assert of_bob(tx) == (*before, EffectivePolicy("Own", f"{ACCOUNT} v2", managed=True, boundary=True))
        boundaries.put(tx, ACCOUNT, BOB.unique_id, AUDIT.unique_id)
        assert of_bob(tx)[-1].name == "SecurityAudit"
        assert of_bob(tx)[-1].boundary
        boundaries.put(tx, ACCOUNT, BOB.unique_id, "ANPAGONE")
        with pytest.raises(PolicyLost):
            of_bob(tx)


def test_a_role_has_its_own_policies_alone(filled: Store) -> None:
    with filled.writing() as tx:
        for account, role_id in ((ACCOUNT, "AROAOPS"), (ACCOUNT, "AROAELSE"), (OTHER, "AROAOPS")):
            role_policies.put(tx, RolePolicy(account, role_id, "z", f"of {account} {role_id}"))
            role_policies.put(tx, RolePolicy(account, role_id, "a", "first by name"))
            attachments.add(tx, account, role_id, "ANPA1")
            boundaries.put(tx, account, role_id, "ANPA1")
        assert effective_policies.of_role(tx, ACCOUNT, "AROAOPS") == (
            EffectivePolicy("a", "first by name"),
            EffectivePolicy("z", f"of {ACCOUNT} AROAOPS"),
            EffectivePolicy("Own", f"{ACCOUNT} v2", managed=True),
            EffectivePolicy("Own", f"{ACCOUNT} v2", managed=True, boundary=True),
        )
        assert effective_policies.of_role(tx, ACCOUNT, "AROANEW") == ()
        assert effective_policies.of_role(tx, ACCOUNT, BOB.unique_id)[0].managed


@pytest.mark.parametrize(("query", "steps_of_it"), [(effective_policies.QUERY, 15), (effective_policies.ROLE_QUERY, 7)])
def test_no_table_is_read_whole(store: Store, query: CompoundSelect[tuple[object, ...]], steps_of_it: int) -> None:
    """However many users, groups, roles and policies there are."""
    text, names, constants, _ = store._texts.of(query)
    values = {"account": ACCOUNT, "entity": BOB.unique_id, **constants}
    with store.reading() as tx:
        plan = tx._driver.execute(f"EXPLAIN QUERY PLAN {text}", [values[name] for name in names]).fetchall()
    steps = [row[3] for row in plan if row[3].startswith(("SEARCH", "SCAN"))]
    assert len(steps) == steps_of_it
    assert all("(account_id=? AND " in step for step in steps), steps
