"""Groups and managed policies through the door: what the wire vectors do not show."""

import json

import pytest
from tests.house_fixture import ACCOUNT, World, allow

from sealstone.model.managed_policy import PolicyVersion
from sealstone.store import attachments, managed_policies

ARN = f"arn:aws:iam::{ACCOUNT}:policy"
LISTING = {"Action": "ListGroups"}
ALLOW = json.dumps(allow("iam:ListGroups", "*"))
DENY = json.dumps(allow("iam:ListGroups", "*", Effect="Deny"))


def asked(action: str, **parameters: str) -> dict[str, str]:
    return {"Action": action} | parameters


def test_a_deny_wins_from_wherever_it_comes_and_only_while_it_is_there(world: World) -> None:
    eve = world.user("eve", allow("iam:ListGroups", "*"))
    world.done("iam", asked("CreatePolicy", PolicyName="deny", PolicyDocument=DENY))
    world.done("iam", asked("CreateGroup", GroupName="devs"))
    world.done("iam", asked("AddUserToGroup", GroupName="devs", UserName="eve"))
    policy = {"PolicyArn": f"{ARN}/deny"}
    ways = (
        (
            asked("AttachUserPolicy", UserName="eve", **policy),
            asked("DetachUserPolicy", UserName="eve", **policy),
        ),
        (
            asked("AttachGroupPolicy", GroupName="devs", **policy),
            asked("DetachGroupPolicy", GroupName="devs", **policy),
        ),
        (
            asked("PutGroupPolicy", GroupName="devs", PolicyName="p", PolicyDocument=DENY),
            asked("DeleteGroupPolicy", GroupName="devs", PolicyName="p"),
        ),
    )
    for there, gone in ways:
        assert world.ask("iam", LISTING, key=eve).code == ""
        world.done("iam", there)
        assert world.ask("iam", LISTING, key=eve).code == "AccessDenied"
        world.done("iam", gone)
    assert world.ask("iam", LISTING, key=eve).code == ""


def test_who_leaves_the_group_loses_what_it_allowed_at_once(world: World) -> None:
    eve = world.user("eve")
    world.done("iam", asked("CreateGroup", GroupName="devs"))
    world.done("iam", asked("PutGroupPolicy", GroupName="devs", PolicyName="p", PolicyDocument=ALLOW))
    world.done("iam", asked("AddUserToGroup", GroupName="devs", UserName="eve"))
    assert world.ask("iam", LISTING, key=eve).code == ""
    world.done("iam", asked("RemoveUserFromGroup", GroupName="devs", UserName="eve"))
    assert world.ask("iam", LISTING, key=eve).code == "AccessDenied"


@pytest.mark.parametrize("operation", ["ListGroups", "ListAttachedUserPolicies"])
def test_a_lost_policy_lets_nobody_in(world: World, operation: str) -> None:
    """Neither its user, who could be the one it denies, nor a listing that would pass over it."""
    eve = world.user("eve", allow("*", "*"))
    user_id = world.done("iam", asked("GetUser", UserName="eve"))["User"]["UserId"]
    with world.store.writing() as tx:
        attachments.add(tx, ACCOUNT, user_id, "ANPALOST")
    form = asked(operation) if operation == "ListGroups" else asked(operation, UserName="eve")
    key = eve if operation == "ListGroups" else world.administrator
    assert world.ask("iam", form, key=key).code == "InternalFailure"


def test_policies_and_groups_come_in_pages(world: World) -> None:
    for number in range(25):
        world.done("iam", asked("CreatePolicy", PolicyName=f"p{number:02}", PolicyDocument=ALLOW))
        world.done("iam", asked("CreateGroup", GroupName=f"g{number:02}"))
    for operation, members, name in (("ListPolicies", "Policies", "PolicyName"), ("ListGroups", "Groups", "GroupName")):
        found: list[str] = []
        marker: dict[str, str] = {}
        for _ in range(20):
            page = world.done("iam", asked(operation, MaxItems="2", **marker))
            found += [item[name] for item in page[members]]
            if not page["IsTruncated"]:
                break
            marker = {"Marker": page["Marker"]}
        assert found == sorted(found, key=str.lower)
        assert len(set(found)) == len(found) == (33 if operation == "ListPolicies" else 25)


def test_a_new_version_is_dated_and_the_policy_with_it(world: World) -> None:
    made = world.done("iam", asked("CreatePolicy", PolicyName="p", PolicyDocument=ALLOW))["Policy"]
    world.clock.advance(60)
    version = asked("CreatePolicyVersion", PolicyArn=made["Arn"], PolicyDocument=DENY)
    created = world.done("iam", version)["PolicyVersion"]
    policy = world.done("iam", asked("GetPolicy", PolicyArn=made["Arn"]))["Policy"]
    assert policy["UpdateDate"] == created["CreateDate"] > policy["CreateDate"] == made["CreateDate"]
    with world.store.reading() as tx:
        kept = managed_policies.find(tx, ACCOUNT, "p")
        assert kept is not None
        assert managed_policies.versions(tx, kept)[1] == PolicyVersion(
            ACCOUNT, kept.unique_id, 1, ALLOW, kept.create_date
        )
