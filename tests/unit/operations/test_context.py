"""Condition keys: each one that a request here can have, and no other."""

from datetime import UTC, datetime

import pytest
from tests.house_fixture import ACCOUNT, World, allow

from sealstone.model.identity import User
from sealstone.operations.call import Call, Caller, Resource
from sealstone.operations.context import RequestContext

NOW = datetime(2026, 11, 21, 12, 30, 5, 999, tzinfo=UTC)
BOB = User(ACCOUNT, "AIDABOB", "Bob", "/dev/", NOW, {"Team": "web"})
EXPECTED = {
    "aws:userid": ("AIDABOB",),
    "aws:username": ("Bob",),
    "aws:principalarn": (f"arn:aws:iam::{ACCOUNT}:user/dev/Bob",),
    "aws:principalaccount": (ACCOUNT,),
    "aws:principaltype": ("User",),
    "aws:principaltag/team": ("web",),
    "aws:requesttag/stage": ("test",),
    "aws:tagkeys": ("Stage",),
    "aws:resourcetag/owner": ("ops",),
    "iam:resourcetag/owner": ("ops",),
    "aws:sourceip": ("192.0.2.7",),
    "aws:securetransport": ("true",),
    "aws:useragent": ("aws-cli",),
    "aws:currenttime": ("2026-11-21T12:30:05Z",),
    "aws:epochtime": ("1795264205",),
    "aws:requestedregion": ("us-east-1",),
}


def call(world: World, user: User | None, **parameters: object) -> Call:
    return Call(
        house=world.house,
        caller=Caller(ACCOUNT, "AKIA", user),
        service="iam",
        operation="TagUser",
        parameters=parameters,
        request_id="id",
        now=NOW,
        source_ip="192.0.2.7",
        secure_transport=True,
        user_agent="aws-cli",
    )


@pytest.mark.parametrize("key", EXPECTED)
def test_a_key_has_its_value(world: World, key: str) -> None:
    asked = call(world, BOB, Tags=[{"Key": "Stage", "Value": "test"}])
    assert RequestContext(asked, Resource("*", {"Owner": "ops"})).get(key) == EXPECTED[key]


def test_what_a_request_does_not_have_is_missing(world: World) -> None:
    context = RequestContext(call(world, None), Resource("*"))
    missing = {"aws:username", "aws:tagkeys", "aws:referer", "aws:principaltag/team", "aws:tokenissuetime"}
    assert missing.isdisjoint(context)
    assert context["aws:principaltype"] == ("Account",)
    assert len(context) == len(list(context))


def test_keys_to_untag_are_tag_keys(world: World) -> None:
    assert RequestContext(call(world, BOB, TagKeys=["a", "b"]), Resource("*"))["aws:tagkeys"] == ("a", "b")


@pytest.mark.parametrize("operation", ["AttachUserPolicy", "DetachGroupPolicy"])
def test_the_policy_that_is_attached_is_a_key(world: World, operation: str) -> None:
    asked = call(world, BOB, PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
    assert "iam:policyarn" not in RequestContext(asked, Resource("*"))
    asked.operation = operation
    assert RequestContext(asked, Resource("*"))["iam:policyarn"] == ("arn:aws:iam::aws:policy/SecurityAudit",)
    asked.parameters = {}
    assert "iam:policyarn" not in RequestContext(asked, Resource("*"))


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, ""),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, "AccessDenied"),
        ({"Bool": {"aws:SecureTransport": "true"}}, "AccessDenied"),
        ({"StringEquals": {"aws:username": "bob"}}, ""),
        ({"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, "AccessDenied"),
        ({"StringLike": {"aws:UserAgent": "nobody*"}}, "AccessDenied"),
        ({"Null": {"aws:TokenIssueTime": "true"}}, ""),
        ({"StringEqualsIfExists": {"aws:PrincipalTag/team": "web"}}, ""),
        ({"StringEquals": {"aws:PrincipalTag/team": "web"}}, "AccessDenied"),
    ],
)
def test_conditions_are_enforced_on_real_calls(world: World, condition: dict[str, object], code: str) -> None:
    bob = world.user("bob", allow("iam:ListUsers", "*", Condition=condition))
    assert world.ask("iam", {"Action": "ListUsers"}, key=bob).code == code
