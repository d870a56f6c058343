"""iam:PassRole: which policies are asked, and what they are told of the role and the service."""

import json

import pytest
from tests.house_fixture import ACCOUNT, World, allow
from tests.pki import NOW

from sealstone.model.identity import User
from sealstone.operations import passing
from sealstone.operations.call import Call, Caller, Resource
from sealstone.operations.errors import AccessDenied
from sealstone.policy.document import Document, stored

ROLE = Resource(f"arn:aws:iam::{ACCOUNT}:role/x/Ops", {"team": "a"}, f"arn:aws:iam::{ACCOUNT}:role/Ops")
SERVICE = "ec2.amazonaws.com"
BOB = User(ACCOUNT, "AIDABOB", "bob", "/", NOW)


def document(action: str = "iam:PassRole", **more: object) -> Document:
    return stored(json.dumps(allow(action, ROLE.arn, **more)))


def check(world: World, caller: Caller, service: str = SERVICE) -> None:
    passing.check(Call(world.house, caller, "iam", "AddRoleToInstanceProfile", {}, "id", NOW), ROLE, service)


def user(*policies: Document, **more: tuple[Document, ...]) -> Caller:
    return Caller(ACCOUNT, "AKIA", BOB, policies, **more)  # type: ignore[arg-type]


def test_root_may_pass_every_role(world: World) -> None:
    check(world, Caller(ACCOUNT, "AKIA", None))


@pytest.mark.parametrize(
    "caller",
    [
        user(),
        user(document("iam:AddRoleToInstanceProfile")),
        user(document(), document(Effect="Deny")),
        user(document(), boundary=()),
        user(document(), session_policies=(document("iam:GetRole"),)),
    ],
)
def test_everything_that_bounds_the_caller_is_asked(world: World, caller: Caller) -> None:
    with pytest.raises(AccessDenied, match="is not authorized to perform: iam:PassRole") as refused:
        check(world, caller)
    assert ROLE.named in refused.value.message
    assert ROLE.arn not in refused.value.message, "its path is not told"


@pytest.mark.parametrize(
    ("condition", "service", "may"),
    [
        ({"StringEquals": {"iam:PassedToService": SERVICE}}, SERVICE, True),
        ({"StringEquals": {"iam:PassedToService": SERVICE}}, "rolesanywhere.amazonaws.com", False),
        ({"StringEquals": {"aws:ResourceTag/team": "a"}}, SERVICE, True),
        ({"StringEquals": {"iam:ResourceTag/team": "b"}}, SERVICE, False),
    ],
)
def test_what_conditions_see(world: World, condition: object, service: str, may: bool) -> None:
    caller = user(document(Condition=condition))
    if may:
        check(world, caller, service)
    else:
        with pytest.raises(AccessDenied):
            check(world, caller, service)
