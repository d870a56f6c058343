"""Whom a session stands for: its owner as it is now, with every policy that binds it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.house_fixture import ACCOUNT, Key, World, allow
from tests.pki import NOW, self_signed
from tests.protocol.by_certificate import change, upload
from tests.rest_json import SIGNING
from tests.sessions import ROOT, role, trusting

from sealstone.endpoint import principals
from sealstone.model.identity import InlinePolicy, Status
from sealstone.model.managed_policy import EffectivePolicy
from sealstone.model.session import Session, SessionKind
from sealstone.operations.call import Caller
from sealstone.store import access_keys, roles, signing_certificates, user_policies, users

NARROW = json.dumps(allow("iam:ListUsers", "*"))
AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"
BASE = Session(ACCOUNT, "ASIA", SessionKind.SESSION_TOKEN, "", "", NOW, NOW + timedelta(hours=1))


def caller(world: World, session: Session) -> Caller | None:
    with world.store.reading() as tx:
        return principals.of_session(tx, session)


def found(world: World, session: Session) -> Caller:
    who = caller(world, session)
    assert who is not None
    return who


@pytest.fixture
def bob(world: World) -> str:
    world.user("bob", allow("iam:*", "*"))
    with world.store.reading() as tx:
        user = users.find(tx, ACCOUNT, "bob")
    assert user
    return user.unique_id


@pytest.fixture
def deployer(world: World) -> str:
    role(world, "deployer", trusting(ROOT), allow("iam:*", "*"))
    with world.store.reading() as tx:
        kept = roles.find(tx, ACCOUNT, "deployer")
    assert kept
    return kept.unique_id


def test_a_role(world: World, deployer: str) -> None:
    who = found(world, replace(BASE, kind=SessionKind.ASSUMED_ROLE, owner_id=deployer, name="n"))
    assert (who.role.name if who.role else "", who.user, who.is_root) == ("deployer", None, False)
    assert (len(who.policies), who.boundary, who.session_policies) == (1, None, None)


def test_who_signs_with_a_key_is_read_anew(world: World, bob: str) -> None:
    key = Key.made_up("bob")
    first = world.endpoint._authenticator._identity(key.access_key_id)
    assert first
    who = first.caller
    assert who.again
    with world.store.writing() as tx:
        assert who.again(tx) == who
        user_policies.remove(tx, InlinePolicy(ACCOUNT, bob, "policy-1", ""))
        again = who.again(tx)
        assert again
        assert (len(who.policies), again.policies, again.user) == (1, (), who.user)
        access_keys.set_status(tx, key.access_key_id, Status.INACTIVE)
        assert again.again
        assert again.again(tx) is None


@pytest.mark.parametrize("of_root", [True, False])
def test_who_signs_with_a_certificate_is_read_anew(world: World, bob: str, *, of_root: bool) -> None:
    certificate = upload(world, self_signed("bob", extensions=(SIGNING,)), None if of_root else "bob", world.root)
    with world.store.writing() as tx:
        user = None if of_root else users.find_by_id(tx, ACCOUNT, bob)
        who = principals.of_user(ACCOUNT, certificate, user, ())
        assert who.again
        again = who.again(tx)
        assert again
        assert (again.is_root, again.user, len(again.policies)) == (of_root, user, 0 if of_root else 1)
        signing_certificates.set_status(tx, certificate, Status.INACTIVE)
        assert who.again(tx) is None
        signing_certificates.remove(tx, certificate)
        assert who.again(tx) is None


def test_a_session_is_read_anew(world: World, deployer: str) -> None:
    who = found(world, replace(BASE, kind=SessionKind.ASSUMED_ROLE, owner_id=deployer, name="n"))
    assert who.again
    with world.store.writing() as tx:
        assert who.again(tx) == who
        kept = roles.find(tx, ACCOUNT, "deployer")
        assert kept
        roles.remove(tx, kept)
        assert who.again(tx) is None


def test_a_federated_user_has_a_user_who_vouches(world: World, bob: str) -> None:
    who = found(world, replace(BASE, kind=SessionKind.FEDERATED, owner_id=bob, name="guest"))
    assert (who.user, who.vouched_by.unique_id if who.vouched_by else "") == (None, bob)
    assert found(world, replace(BASE, kind=SessionKind.FEDERATED, name="guest")).vouched_by is None


def test_a_user_and_root(world: World, bob: str) -> None:
    who = found(world, replace(BASE, owner_id=bob))
    assert (who.user.name if who.user else "", who.is_root, len(who.policies)) == ("bob", False, 1)
    assert found(world, BASE).is_root


def test_somebody_whom_a_user_vouches_for(world: World, bob: str) -> None:
    session = replace(BASE, kind=SessionKind.FEDERATED, owner_id=bob, name="guest")
    who = found(world, session)
    assert (who.user, who.is_root, len(who.policies), who.session_policies) == (None, False, 1, ())
    limited = found(world, replace(session, policies=(NARROW,), policy_arns=(AUDIT,)))
    assert limited.session_policies is not None
    assert len(limited.session_policies) == 2


def test_somebody_whom_root_vouches_for_is_not_root(world: World) -> None:
    who = found(world, replace(BASE, kind=SessionKind.FEDERATED, name="guest", policies=(NARROW,)))
    assert (who.is_root, who.user, len(who.policies)) == (False, None, 1)
    assert who.session_policies is not None
    assert len(who.session_policies) == 1


@pytest.mark.parametrize("kind", SessionKind)
def test_nobody_when_the_owner_is_gone(world: World, kind: SessionKind, bob: str, deployer: str) -> None:
    """Least of all root; and ids of users and roles are not taken for one another."""
    assert caller(world, replace(BASE, kind=kind, owner_id="AIDAGONE")) is None
    other = bob if kind is SessionKind.ASSUMED_ROLE else deployer
    assert caller(world, replace(BASE, kind=kind, owner_id=other)) is None
    assert caller(world, replace(BASE, kind=kind, owner_id=bob, account_id="210987654321")) is None


def test_a_signing_certificate_that_was_exchanged(world: World, bob: str) -> None:
    """Nobody any more from when it is not Active; nor with another's certificate, or with none."""
    leaf = self_signed("bob", is_authority=False, extensions=[SIGNING])
    session = replace(BASE, owner_id=bob, name="0a", certificate_id=upload(world, leaf))
    assert found(world, session).user
    world.user("eve")
    with world.store.reading() as tx:
        eve = users.find(tx, ACCOUNT, "eve")
    assert eve
    assert caller(world, replace(session, owner_id=eve.unique_id)) is None
    assert caller(world, replace(session, certificate_id="")) is None
    change(world, "Update", session.certificate_id, Status="Inactive")
    assert caller(world, session) is None
    change(world, "Update", session.certificate_id, Status="Active")
    assert caller(world, session)
    change(world, "Delete", session.certificate_id)
    assert caller(world, session) is None


def test_a_role_s_session_without_an_owner_is_nobody(world: World) -> None:
    assert caller(world, replace(BASE, kind=SessionKind.ASSUMED_ROLE)) is None


def test_a_session_policy_that_is_gone_leaves_nothing(world: World, deployer: str) -> None:
    gone = f"arn:aws:iam::{ACCOUNT}:policy/gone"
    session = replace(BASE, kind=SessionKind.ASSUMED_ROLE, owner_id=deployer, policies=(NARROW,), policy_arns=(gone,))
    assert found(world, session).session_policies == ()


def test_a_boundary_grants_nothing() -> None:
    own, boundary = EffectivePolicy("own", NARROW), EffectivePolicy("limit", NARROW, managed=True, boundary=True)
    who = principals.of_user(ACCOUNT, "AKIA", None, (own, boundary))
    assert len(who.policies) == 1
    assert who.boundary is not None
    assert len(who.boundary) == 1
    assert principals.of_user(ACCOUNT, "AKIA", None, (own,)).boundary is None
