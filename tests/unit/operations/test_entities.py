"""Identities by ARN, all of them over several pages, policies that are lost, what an identity gives to conditions."""

import json

import pytest
from tests.house_fixture import ACCOUNT, World, allow

from sealstone.operations import entities
from sealstone.operations.entities import Entity, Kind
from sealstone.operations.stale_names import exact_resources
from sealstone.store import attachments, managed_policies
from sealstone.store.effective_policies import PolicyLost

GROUP = f"arn:aws:iam::{ACCOUNT}:group/devs"


@pytest.mark.parametrize(
    ("arn", "named"),
    [
        (f"arn:aws:iam::{ACCOUNT}:root", (Kind.ROOT, "root")),
        (f"arn:aws:iam::{ACCOUNT}:user/bob", (Kind.USER, "bob")),
        (f"arn:aws:iam::{ACCOUNT}:user/a/b/bob", (Kind.USER, "bob")),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/build", (Kind.ROLE, "ci")),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role//build", None),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/bob", None),
        (f"arn:aws:iam::{ACCOUNT}:user", None),
        (f"arn:aws:iam::{ACCOUNT}:user/", None),
        (f"arn:aws:iam:us-east-1:{ACCOUNT}:user/bob", None),
        (f"arn:aws:s3::{ACCOUNT}:user/bob", None),
        ("user/bob", None),
    ],
)
def test_what_an_arn_names(arn: str, named: tuple[Kind, str] | None) -> None:
    assert entities.kind_of(arn) == named


def test_an_identity_is_found_to_the_letter_and_in_its_account(world: World) -> None:
    world.user("Bob", path="/a/")
    with world.store.reading() as tx:
        assert entities.find(tx, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/a/Bob") is not None
        for arn in ("user/Bob", "user/a/bob", "role/Bob", "group/Bob"):
            assert entities.find(tx, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:{arn}") is None
        assert entities.find(tx, "210987654321", f"arn:aws:iam::{ACCOUNT}:user/a/Bob") is None
    assert entities.account_of("nothing") == ""


def test_all_are_walked_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "_BATCH", 2)
    for name in ("a", "b", "c", "d"):
        world.user(name)
    with world.store.reading() as tx:
        names = [entity.name for entity in entities.every(tx, ACCOUNT)]
    assert names == ["root", "a", "administrator", "b", "c", "d"]


def test_a_policy_that_is_lost_is_never_passed_over(world: World) -> None:
    world.done("iam", {"Action": "CreateGroup", "GroupName": "devs"})
    with world.store.writing() as tx:
        group = entities.find(tx, ACCOUNT, GROUP)
        assert group is not None
        attachments.add(tx, ACCOUNT, group.unique_id, "ANPALOST")
    with world.store.reading() as tx, pytest.raises(PolicyLost):
        entities.find(tx, ACCOUNT, GROUP)


def test_a_policy_without_its_version_is_lost_too(world: World) -> None:
    text = json.dumps(allow("*", "*"))
    made = world.done("iam", {"Action": "CreatePolicy", "PolicyName": "p", "PolicyDocument": text})["Policy"]
    world.done("iam", {"Action": "CreateGroup", "GroupName": "devs"})
    world.done("iam", {"Action": "AttachGroupPolicy", "GroupName": "devs", "PolicyArn": made["Arn"]})
    with world.store.writing() as tx:
        policy = managed_policies.find(tx, ACCOUNT, "p")
        assert policy is not None
        for version in managed_policies.versions(tx, policy):
            managed_policies.remove_version(tx, version)
    with world.store.reading() as tx, pytest.raises(PolicyLost):
        entities.find(tx, ACCOUNT, GROUP)


def test_what_an_identity_gives_to_conditions() -> None:
    user = Entity(Kind.USER, ACCOUNT, "AIDA", "bob", f"arn:aws:iam::{ACCOUNT}:user/bob", {"Team": "a", "team": "b"})
    found = entities.context_of(user)
    assert found["aws:username"] == ("bob",)
    assert found["aws:principaltag/team"] == ("a", "b")
    role = entities.context_of(Entity(Kind.ROLE, ACCOUNT, "AROA", "ci", f"arn:aws:iam::{ACCOUNT}:role/ci"))
    assert (role["aws:principaltype"], "aws:userid" in role, "aws:username" in role) == (("AssumedRole",), False, False)
    assert entities.context_of(Entity(Kind.GROUP, ACCOUNT, "AGPA", "g", GROUP)) == {}


def test_what_is_no_policy_names_nothing() -> None:
    assert exact_resources("{") == frozenset()
