"""Roles, boundaries and instance profiles through the door: what the wire vectors do not show."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import pytest
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, World, allow

from sealstone.store import boundaries, login_profiles, roles

AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"


def asked(action: str, **parameters: str) -> dict[str, str]:
    return {"Action": action} | parameters


def trusting(principal: object) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def made(world: World, principal: object, name: str = "ops", **more: str) -> Mapping[str, Any]:
    parameters = {"RoleName": name, "AssumeRolePolicyDocument": trusting(principal), **more}
    role: Mapping[str, Any] = world.done("iam", asked("CreateRole", **parameters))["Role"]
    return role


def trusted(world: World, name: str = "ops") -> object:
    text = world.done("iam", asked("GetRole", RoleName=name))["Role"]["AssumeRolePolicyDocument"]
    return json.loads(unquote(text))["Statement"][0]["Principal"]["AWS"]


def test_a_user_of_the_name_of_a_deleted_one_is_not_trusted(world: World) -> None:
    world.done("iam", asked("CreateUser", UserName="bob"))
    made(world, {"AWS": BOB})
    assert trusted(world) == BOB
    first = world.done("iam", asked("GetUser", UserName="bob"))["User"]["UserId"]
    world.done("iam", asked("DeleteUser", UserName="bob"))
    world.done("iam", asked("CreateUser", UserName="bob"))
    assert trusted(world) == first
    # What was shown may be handed in again for the same role, as often as one likes; for another nobody has the id.
    back = asked("UpdateAssumeRolePolicy", RoleName="ops", PolicyDocument=trusting({"AWS": [first, ACCOUNT]}))
    for _ in range(2):
        world.done("iam", back)
        assert trusted(world) == [first, ACCOUNT]
    made(world, {"AWS": ACCOUNT}, name="other")
    again = world.ask("iam", back | {"RoleName": "other"})
    assert (again.status, again.code) == (400, "MalformedPolicyDocument")
    assert again.message.startswith(f'Invalid principal in policy: "AWS":"{first}"')


def test_whom_a_role_trusts_follows_the_user_through_a_rename(world: World) -> None:
    world.done("iam", asked("CreateUser", UserName="bob"))
    made(world, {"AWS": [BOB, ACCOUNT]})
    world.done("iam", asked("UpdateUser", UserName="bob", NewUserName="rob", NewPath="/x/"))
    assert trusted(world) == [f"arn:aws:iam::{ACCOUNT}:user/x/rob", ACCOUNT]


def test_roles_trust_roles_and_ids_are_taken_as_names(world: World) -> None:
    first = made(world, {"AWS": ACCOUNT}, "first", Path="/a/")
    made(world, {"AWS": f"{ROLE}/a/first"}, "second")
    made(world, {"AWS": first["RoleId"]}, "third")
    assert trusted(world, "second") == trusted(world, "third") == f"{ROLE}/a/first"
    world.done("iam", asked("DeleteRole", RoleName="first"))
    assert trusted(world, "second") == trusted(world, "third") == first["RoleId"]


@pytest.mark.parametrize("name", [f"{ROLE}/first", f"{ROLE}/A/first", f"arn:aws:iam::{ACCOUNT}:user/a/first"])
def test_a_name_must_be_written_as_it_is(world: World, name: str) -> None:
    made(world, {"AWS": ACCOUNT}, "first", Path="/a/")
    parameters = {"RoleName": "second", "AssumeRolePolicyDocument": trusting({"AWS": name})}
    assert world.ask("iam", asked("CreateRole", **parameters)).code == "MalformedPolicyDocument"


def test_users_of_other_accounts_are_found_there(world: World) -> None:
    world.account(OTHER_ACCOUNT)
    world.user("al", account_id=OTHER_ACCOUNT)
    other = f"arn:aws:iam::{OTHER_ACCOUNT}:user/al"
    made(world, {"AWS": other})
    assert trusted(world) == other
    with world.store.reading() as tx:
        role = roles.find(tx, ACCOUNT, "ops")
    assert role is not None
    assert list(role.principal_ids) == [other]


def test_a_boundary_is_gone_with_whom_it_bounded(world: World) -> None:
    user = world.done("iam", asked("CreateUser", UserName="bob", PermissionsBoundary=AUDIT))["User"]
    role = made(world, {"AWS": ACCOUNT}, PermissionsBoundary=AUDIT)
    world.done("iam", asked("DeleteUser", UserName="bob"))
    world.done("iam", asked("DeleteRole", RoleName="ops"))
    with world.store.reading() as tx:
        assert boundaries.of(tx, ACCOUNT, user["UserId"]) is boundaries.of(tx, ACCOUNT, role["RoleId"]) is None
        assert boundaries.counts(tx, ACCOUNT) == {}


def test_a_boundary_takes_away_and_gives_nothing(world: World) -> None:
    eve = world.user("eve", allow("iam:*", "*"))
    al = world.user("al")
    for name in ("eve", "al"):
        world.done("iam", asked("PutUserPermissionsBoundary", UserName=name, PermissionsBoundary=AUDIT))
    assert world.ask("iam", asked("ListUsers"), key=eve).code == ""
    assert world.ask("iam", asked("CreateGroup", GroupName="g"), key=eve).code == "AccessDenied"
    assert world.ask("iam", asked("ListUsers"), key=al).code == "AccessDenied"
    world.done("iam", asked("DeleteUserPermissionsBoundary", UserName="eve"))
    assert world.ask("iam", asked("CreateGroup", GroupName="g"), key=eve).code == ""


BOUNDED = {"StringEquals": {"iam:PermissionsBoundary": AUDIT}}


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("AttachUserPolicy", {"UserName": "bob", "PolicyArn": ADMIN}),
        ("PutUserPolicy", {"UserName": "bob", "PolicyName": "p", "PolicyDocument": json.dumps(allow("*", "*"))}),
        ("DeleteUserPermissionsBoundary", {"UserName": "bob"}),
        ("AttachRolePolicy", {"RoleName": "ops", "PolicyArn": ADMIN}),
        ("PutRolePolicy", {"RoleName": "ops", "PolicyName": "p", "PolicyDocument": json.dumps(allow("*", "*"))}),
        ("DeleteRolePermissionsBoundary", {"RoleName": "ops"}),
    ],
)
def test_who_may_change_the_bounded_alone_changes_nobody_else(
    world: World, action: str, parameters: Mapping[str, str]
) -> None:
    eve = world.user("eve", allow("iam:*", "*", Condition=BOUNDED))
    world.done("iam", asked("CreateUser", UserName="bob"))
    made(world, {"AWS": ACCOUNT})
    kind, name = ("User", "bob") if "UserName" in parameters else ("Role", "ops")
    put = f"Put{kind}PermissionsBoundary"
    assert world.ask("iam", asked(action, **parameters), key=eve).code == "AccessDenied"
    own = asked("CreatePolicy", PolicyName="own", PolicyDocument=json.dumps(allow("*", "*")))
    world.done("iam", own)
    wrong = f"arn:aws:iam::{ACCOUNT}:policy/own"
    world.done("iam", asked(put, **{f"{kind}Name": name, "PermissionsBoundary": wrong}))
    assert world.ask("iam", asked(action, **parameters), key=eve).code == "AccessDenied"
    world.done("iam", asked(put, **{f"{kind}Name": name, "PermissionsBoundary": AUDIT}))
    assert world.ask("iam", asked(action, **parameters), key=eve).code == ""


def test_a_user_is_created_with_the_boundary_that_a_policy_asks_for(world: World) -> None:
    eve = world.user("eve", allow("iam:CreateUser", "*", Condition=BOUNDED))
    user = asked("CreateUser", UserName="bob")
    assert world.ask("iam", user, key=eve).code == "AccessDenied"
    assert world.ask("iam", user | {"PermissionsBoundary": ADMIN}, key=eve).code == "AccessDenied"
    assert world.ask("iam", user | {"PermissionsBoundary": AUDIT}, key=eve).code == ""


def filled(world: World) -> None:
    document = json.dumps(allow("iam:GetUser", "*"))
    for name in ("a", "b", "c"):
        world.done("iam", asked("CreateUser", UserName=name))
        world.done("iam", asked("CreateGroup", GroupName=name))
        made(world, {"AWS": ACCOUNT}, name)
        world.done("iam", asked("CreatePolicy", PolicyName=name, PolicyDocument=document))
    world.done("iam", asked("AttachUserPolicy", UserName="a", PolicyArn=AUDIT))
    world.done("iam", asked("PutRolePermissionsBoundary", RoleName="a", PermissionsBoundary=ADMIN))


LISTS = {"UserDetailList": "UserName", "GroupDetailList": "GroupName", "RoleDetailList": "RoleName"}


def details(world: World, **parameters: str) -> tuple[list[tuple[str, str]], str]:
    found = world.done("iam", asked("GetAccountAuthorizationDetails", **parameters))
    names = [(kind, one[key]) for kind, key in (LISTS | {"Policies": "PolicyName"}).items() for one in found[kind]]
    return names, str(found.get("Marker", ""))


@pytest.mark.parametrize("size", ["1", "2", "3", "5"])
@pytest.mark.parametrize("filters", [(), ("Group", "LocalManagedPolicy"), ("Role",), ("User", "AWSManagedPolicy")])
def test_the_details_come_whole_whatever_the_size_of_a_page(world: World, size: str, filters: tuple[str, ...]) -> None:
    filled(world)
    chosen = {f"Filter.member.{number}": kind for number, kind in enumerate(filters, start=1)}
    whole, last = details(world, **chosen)
    assert (len(whole), last) == ({0: 15, 1: 3, 2: 6}[len(filters)], "")
    collected, marker = details(world, MaxItems=size, **chosen)
    assert len(collected) == min(int(size), len(whole))
    while marker:
        page, marker = details(world, MaxItems=size, Marker=marker, **chosen)
        assert 0 < len(page) <= int(size)
        collected += page
    assert collected == whole


def test_a_marker_of_another_listing_ends_nothing_badly(world: World) -> None:
    filled(world)
    marker = world.done("iam", asked("ListUsers", MaxItems="1"))["Marker"]
    found, _ = details(world, Marker=marker)
    assert found == []


def sign_in(world: World, *, minimum: str = "8", **policy: str) -> None:
    world.done("iam", asked("UpdateAccountPasswordPolicy", MinimumPasswordLength=minimum, **policy))
    world.done("iam", asked("CreateLoginProfile", UserName="eve", Password="first-one", PasswordResetRequired="true"))


def change(old: str, new: str) -> dict[str, str]:
    return asked("ChangePassword", OldPassword=old, NewPassword=new)


def test_a_changed_password_is_the_old_one_from_then_on(world: World) -> None:
    eve = world.user("eve", allow("iam:ChangePassword", "*"))
    sign_in(world)
    assert world.ask("iam", change("second-one", "third-one"), key=eve).code == "AccessDenied"
    assert world.ask("iam", change("first-one", "second-one"), key=eve).code == ""
    profile = world.done("iam", asked("GetLoginProfile", UserName="eve"))["LoginProfile"]
    assert profile["PasswordResetRequired"] is False
    assert world.ask("iam", change("first-one", "third-one"), key=eve).code == "AccessDenied"
    assert world.ask("iam", change("second-one", "third-one"), key=eve).code == ""
    with world.store.reading() as tx:
        user_id = world.done("iam", asked("GetUser", UserName="eve"))["User"]["UserId"]
        assert login_profiles.password_hash_of(tx, ACCOUNT, "nobody") is None
        kept = login_profiles.password_hash_of(tx, ACCOUNT, user_id) or ""
    assert kept.startswith("$argon2id$")
    assert not [record for record in world.audited() if "third-one" in str(record) or "second-one" in str(record)]


def test_the_same_password_again_is_refused_where_reuse_is(world: World) -> None:
    eve = world.user("eve", allow("iam:ChangePassword", "*"))
    sign_in(world, PasswordReusePrevention="1")
    answer = world.ask("iam", change("first-one", "first-one"), key=eve)
    assert (answer.code, answer.message) == (
        "PasswordPolicyViolation",
        "Policy constraint violation with password reuse",
    )
    world.done("iam", asked("UpdateAccountPasswordPolicy", MinimumPasswordLength="8"))
    assert world.ask("iam", change("first-one", "first-one"), key=eve).code == ""


def test_nobody_without_permission_changes_a_password(world: World) -> None:
    eve = world.user("eve")
    sign_in(world)
    assert world.ask("iam", change("first-one", "second-one"), key=eve).code == "AccessDenied"


@pytest.mark.parametrize(
    ("action", "owner", "quota"),
    [
        ("TagRole", {"RoleName": "ops"}, "TagsPerRole"),
        ("TagInstanceProfile", {"InstanceProfileName": "web"}, "TagsPerInstanceProfile"),
    ],
)
def test_nothing_has_more_than_fifty_tags(world: World, action: str, owner: dict[str, str], quota: str) -> None:
    made(world, {"AWS": ACCOUNT})
    world.done("iam", asked("CreateInstanceProfile", InstanceProfileName="web"))
    tags = {f"Tags.member.{n}.{field}": f"t{n}" for n in range(1, 51) for field in ("Key", "Value")}
    world.done("iam", asked(action, **owner, **tags))
    more = {"Tags.member.1.Key": "T1", "Tags.member.1.Value": ""}
    world.done("iam", asked(action, **owner, **more))
    answer = world.ask("iam", asked(action, **owner, **(more | {"Tags.member.1.Key": "new"})))
    assert (answer.code, answer.message) == ("LimitExceeded", f"Cannot exceed quota for {quota}: 50")


def test_a_role_of_no_profile_is_not_taken_out_of_it(world: World) -> None:
    for name in ("ops", "app"):
        made(world, {"AWS": ACCOUNT}, name)
    world.done("iam", asked("CreateInstanceProfile", InstanceProfileName="web"))
    world.done("iam", asked("AddRoleToInstanceProfile", InstanceProfileName="web", RoleName="ops"))
    out = asked("RemoveRoleFromInstanceProfile", InstanceProfileName="web")
    assert world.ask("iam", out | {"RoleName": "app"}).code == "NoSuchEntity"
    assert world.ask("iam", out | {"RoleName": "ops"}).code == ""


def test_who_is_trusted_by_name_assumes_the_role_and_a_successor_does_not(world: World) -> None:
    bob = world.user("bob")
    made(world, {"AWS": BOB})
    call = asked("AssumeRole", RoleArn=f"{ROLE}/ops", RoleSessionName="s1")
    assert world.ask("sts", call, key=bob).code == ""
    world.done("iam", asked("UpdateUser", UserName="bob", NewUserName="rob"))
    assert world.ask("sts", call, key=bob).code == ""
    made_again = world.done("iam", asked("CreateUser", UserName="bob"))["User"]
    successor = world.key(ACCOUNT, made_again["UserId"], "the new bob")
    assert world.ask("sts", call, key=successor).code == "AccessDenied"
    world.done("iam", asked("UpdateAssumeRolePolicy", RoleName="ops", PolicyDocument=trusting({"AWS": BOB})))
    assert world.ask("sts", call, key=successor).code == ""
    assert world.ask("sts", call, key=bob).code == "AccessDenied"


def test_who_fills_an_instance_profile_must_be_allowed_to_pass_the_role(world: World) -> None:
    """API reference, AddRoleToInstanceProfile; what there is of the role is told to nobody else."""
    tag = {"Tags.member.1.Key": "team", "Tags.member.1.Value": "a"}
    arn = made(world, {"AWS": ACCOUNT}, **tag)["Arn"]
    world.done("iam", asked("CreateInstanceProfile", InstanceProfileName="web"))
    filling = allow("iam:AddRoleToInstanceProfile", "*")
    ann = world.user("ann", filling)
    for name in ("ops", "gone"):
        answer = world.ask("iam", asked("AddRoleToInstanceProfile", InstanceProfileName="web", RoleName=name), key=ann)
        assert (answer.status, answer.code) == (403, "AccessDenied"), name
        assert f"iam:PassRole on resource: {ROLE}/{name} " in answer.message
    passed = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com", "aws:ResourceTag/team": "a"}}
    bob = world.user("bob", filling, allow("iam:PassRole", arn, Condition=passed))
    world.done("iam", asked("AddRoleToInstanceProfile", InstanceProfileName="web", RoleName="ops"), key=bob)
