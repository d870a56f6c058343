"""Condition keys: each one that a request here can have, and no other."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.house_fixture import ACCOUNT, World, allow

from sealstone.model.identity import User
from sealstone.model.role import Role
from sealstone.model.session import Session, SessionKind
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


@pytest.mark.parametrize(("service", "has_it"), [("elasticloadbalancing", True), ("iam", False)])
def test_load_balancing_has_a_name_of_its_own_for_tags(world: World, service: str, has_it: bool) -> None:
    asked = replace(call(world, BOB), service=service)
    found = RequestContext(asked, Resource("*", {"Owner": "ops"}))
    assert found.get("elasticloadbalancing:resourcetag/owner") == (("ops",) if has_it else None)
    assert found["aws:resourcetag/owner"] == ("ops",)


def test_what_a_request_does_not_have_is_missing(world: World) -> None:
    context = RequestContext(call(world, None), Resource("*"))
    missing = {"aws:username", "aws:tagkeys", "aws:referer", "aws:principaltag/team", "aws:tokenissuetime"}
    assert missing.isdisjoint(context)
    assert context["aws:principaltype"] == ("Account",)
    assert len(context) == len(list(context))


def test_tags_that_are_handed_on_are_sent(world: World) -> None:
    calling = replace(SESSION, tags={"team": "web", "own": "x"}, transitive_tag_keys=("team",))
    asked = replace(call(world, None, Tags=[{"Key": "Stage", "Value": "test"}], TransitiveTagKeys=["Stage"]))
    asked.caller, asked.service = replace(asked.caller, role=DEPLOYER, session=calling), "sts"
    assert RequestContext(asked, Resource("*")).get("aws:requesttag/team") is None
    asked.operation = "AssumeRole"
    context = RequestContext(asked, Resource("*"))
    assert context["aws:requesttag/team"] == ("web",)
    assert context["aws:tagkeys"] == ("team", "Stage")
    assert context["sts:transitivetagkeys"] == ("team", "Stage")
    assert context.get("aws:requesttag/own") is None


def test_what_a_header_says_is_cut(world: World) -> None:
    asked = call(world, BOB)
    asked.user_agent = asked.referer = "a" * 30_000
    context = RequestContext(asked, Resource("*"))
    assert {len(context[key][0]) for key in ("aws:useragent", "aws:referer")} == {2048}


def test_keys_to_untag_are_tag_keys(world: World) -> None:
    assert RequestContext(call(world, BOB, TagKeys=["a", "b"]), Resource("*"))["aws:tagkeys"] == ("a", "b")


DEPLOYER = Role(ACCOUNT, "AROA", "deployer", "/ci/", NOW, "{}", tags={"Team": "ops", "Stage": "test"})
SESSION = Session(
    *(ACCOUNT, "ASIA", SessionKind.ASSUMED_ROLE, "AROA", "night", NOW, NOW),
    source_identity="alice",
    tags={"team": "web"},
)
OF_SESSION = {
    "aws:userid": ("AROA:night",),
    "aws:principalarn": (f"arn:aws:iam::{ACCOUNT}:role/ci/deployer",),
    "aws:principaltype": ("AssumedRole",),
    "aws:principaltag/team": ("web",),
    "aws:principaltag/stage": ("test",),
    "aws:tokenissuetime": ("2026-11-21T12:30:05Z",),
    "aws:multifactorauthpresent": ("false",),
    "aws:sourceidentity": ("alice",),
}


@pytest.mark.parametrize("key", OF_SESSION)
def test_a_key_of_temporary_credentials(world: World, key: str) -> None:
    asked = call(world, None)
    asked.caller = replace(asked.caller, role=DEPLOYER, session=SESSION)
    context = RequestContext(asked, Resource("*"))
    assert context[key] == OF_SESSION[key]
    assert "aws:username" not in context


def test_keys_of_temporary_credentials_only(world: World) -> None:
    context = RequestContext(call(world, BOB), Resource("*"))
    assert {"aws:tokenissuetime", "aws:multifactorauthpresent", "aws:sourceidentity"}.isdisjoint(context)
    asked = call(world, BOB)
    asked.caller = replace(asked.caller, session=replace(SESSION, mfa=True, source_identity=""))
    assert RequestContext(asked, Resource("*"))["aws:multifactorauthpresent"] == ("true",)
    assert "aws:sourceidentity" not in RequestContext(asked, Resource("*"))


def test_keys_of_assuming_a_role(world: World) -> None:
    sent = {"ExternalId": "x", "RoleSessionName": "night", "SourceIdentity": "alice", "TransitiveTagKeys": ["a", "b"]}
    asked = call(world, BOB, **sent)
    assert "sts:externalid" not in RequestContext(asked, Resource("*"))
    asked.service = "sts"
    context = RequestContext(asked, Resource("arn:aws:iam::210987654321:role/x"))
    assert context["sts:externalid"] == ("x",)
    assert context["sts:rolesessionname"] == ("night",)
    assert context["sts:sourceidentity"] == ("alice",)
    assert context["sts:transitivetagkeys"] == ("a", "b")
    assert context["aws:resourceaccount"] == ("210987654321",)


@pytest.mark.parametrize("arn", ["*", "arn:aws:iam::aws:policy/SecurityAudit", "arn:aws:iam"])
def test_what_is_of_no_account_is_of_the_caller_s(world: World, arn: str) -> None:
    assert RequestContext(call(world, BOB), Resource(arn))["aws:resourceaccount"] == (ACCOUNT,)


@pytest.mark.parametrize(("service", "region"), [("iam", "us-east-1"), ("sts", "us-east-1"), ("acm", "eu-west-1")])
def test_the_region_of_a_service(world: World, service: str, region: str) -> None:
    asked = call(world, BOB)
    asked.service, asked.region = service, "eu-west-1"
    assert RequestContext(asked, Resource("*"))["aws:requestedregion"] == (region,)


@pytest.mark.parametrize("operation", ["AttachUserPolicy", "DetachGroupPolicy"])
def test_the_policy_that_is_attached_is_a_key(world: World, operation: str) -> None:
    asked = call(world, BOB, PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
    assert "iam:policyarn" not in RequestContext(asked, Resource("*"))
    asked.operation = operation
    with world.store.reading() as tx:
        asked.enter(tx)
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
