"""AssumeRole through the door: who is trusted, what a session may carry, and what it then may do."""

import json
from typing import Any

import pytest
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, Key, World, allow
from tests.sessions import ASSUME, ROOT, assume_form, assumed, role, session_token, tags_form, trusting

from sealstone.model import arn
from sealstone.store import boundaries, users

BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/deployer"
MAY_ASSUME = allow("sts:AssumeRole", "*")
WHO = {"Action": "GetCallerIdentity"}
LIST = {"Action": "ListUsers"}


def code(world: World, key: Key, form: dict[str, str], service: str = "sts") -> str:
    return world.ask(service, form, key=key).code


def test_the_whole_of_it(world: World) -> None:
    trust = trusting(ROOT, ASSUME, "sts:SetSourceIdentity")
    role(world, "deployer", trust, allow("iam:ListUsers", "*"), path="/ci/")
    form = assume_form(f"arn:aws:iam::{ACCOUNT}:role/ci/deployer", SourceIdentity="alice", DurationSeconds="900")
    answer = world.done("sts", form)
    session_arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/night"
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": "AROADEPLOYERXXXXXXXXX:night", "Arn": session_arn}
    assert answer["SourceIdentity"] == "alice"
    assert "PackedPolicySize" not in answer, "only when policies or tags were passed (recorded)"
    given = answer["Credentials"]
    assert given["AccessKeyId"].startswith("ASIA")
    assert len(given["AccessKeyId"]) == 20
    assert len(given["SecretAccessKey"]) == 40
    assert (given["Expiration"] - world.clock.now.replace(microsecond=0)).total_seconds() == 900
    assert answer["SessionTokenSize"] == len(given["SessionToken"])
    session = Key(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert {name: world.done("sts", WHO, key=session)[name] for name in ("UserId", "Account", "Arn")} == {
        "UserId": "AROADEPLOYERXXXXXXXXX:night",
        "Account": ACCOUNT,
        "Arn": session_arn,
    }
    assert world.done("iam", LIST, key=session)["Users"]
    denied = world.ask("iam", {"Action": "ListRoles"}, key=session)
    assert denied.code == "AccessDenied"
    assert denied.message.startswith(f"User: {session_arn} is not authorized to perform: iam:ListRoles on resource: ")
    last = world.audited()[-1]
    assert (last.principal, last.access_key_id) == (session_arn, session.access_key_id)


BECAUSE_NOBODY = f"User: {BOB} is not authorized to perform: sts:AssumeRole on resource: {DEPLOYER}"


@pytest.mark.parametrize(
    ("trust", "policies", "expected"),
    [
        (trusting(ROOT), [MAY_ASSUME], ""),
        (trusting(ACCOUNT), [MAY_ASSUME], ""),
        (trusting(BOB), [], ""),
        (trusting("*"), [], ""),
        (trusting([BOB, ROOT]), [], ""),
        (trusting(ROOT), [], "AccessDenied"),
        (trusting(ROOT), [allow("sts:AssumeRole", "arn:aws:iam::*:role/other")], "AccessDenied"),
        (trusting(f"arn:aws:iam::{ACCOUNT}:user/administrator"), [MAY_ASSUME], "AccessDenied"),
        (trusting(OTHER_ACCOUNT), [MAY_ASSUME], "AccessDenied"),
        (trusting(BOB, "sts:TagSession"), [MAY_ASSUME], "AccessDenied"),
        (trusting(BOB), [allow("sts:*", DEPLOYER, Effect="Deny")], "AccessDenied"),
        (trusting(BOB, Condition={"StringEquals": {"sts:ExternalId": "x-1"}}), [], "AccessDenied"),
        (trusting(BOB, Condition={"StringEquals": {"sts:RoleSessionName": "night"}}), [], ""),
        (trusting(BOB, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), [MAY_ASSUME], "AccessDenied"),
    ],
)
def test_trust_and_policies_together(
    world: World, trust: dict[str, object], policies: list[dict[str, object]], expected: str
) -> None:
    bob = world.user("bob", *policies)
    role(world, "deployer", trust)
    answer = world.ask("sts", assume_form(DEPLOYER), key=bob)
    assert answer.code == expected
    assert not expected or answer.message.startswith(BECAUSE_NOBODY)


def bounded(world: World, entity_id: str, *statements: dict[str, object]) -> None:
    """Give a user or role, by id, a permissions boundary of these statements."""
    form = {"Action": "CreatePolicy", "PolicyName": f"limit-{entity_id}", "PolicyDocument": policy_form(*statements)}
    policy_id = world.done("iam", form)["Policy"]["PolicyId"]
    with world.store.writing() as tx:
        boundaries.put(tx, ACCOUNT, entity_id, policy_id)


def user_id(world: World, name: str) -> str:
    with world.store.reading() as tx:
        found = users.find(tx, ACCOUNT, name)
    assert found
    return found.unique_id


@pytest.mark.parametrize("by_name", [True, False])
def test_a_user_s_boundary_limits_its_own_policies_alone(world: World, *, by_name: bool) -> None:
    """What a trust policy grants to the user by name passes the boundary, but for its denies."""
    bob = world.user("bob", MAY_ASSUME)
    role(world, "deployer", trusting(BOB if by_name else ROOT))
    bounded(world, user_id(world, "bob"), allow("iam:*", "*"))
    assert code(world, bob, assume_form(DEPLOYER)) == ("" if by_name else "AccessDenied")
    ann = world.user("ann")
    role(world, "shut", trusting(f"arn:aws:iam::{ACCOUNT}:user/ann"))
    bounded(world, user_id(world, "ann"), allow("*", "*"), allow("sts:AssumeRole", "*", Effect="Deny"))
    denied = world.ask("sts", assume_form(f"arn:aws:iam::{ACCOUNT}:role/shut"), key=ann)
    assert denied.message.endswith("role/shut with an explicit deny in a permissions boundary")


@pytest.mark.parametrize(
    ("bound", "policies", "expected"),
    [
        ("iam:*", [], "AccessDenied"),
        ("iam:*", [MAY_ASSUME], "AccessDenied"),
        ("sts:*", [], ""),
        ("sts:*", [MAY_ASSUME], ""),
    ],
)
@pytest.mark.parametrize("principal", ["*", ["*", ROOT]])
def test_everybody_is_nobody_s_name(
    world: World, principal: str, bound: str, policies: list[dict[str, object]], expected: str
) -> None:
    """What a trust policy grants to everyone needs no policy of the user's own, and passes no boundary."""
    bob = world.user("bob", *policies)
    role(world, "deployer", trusting(principal))
    assert code(world, bob, assume_form(DEPLOYER)) == ""
    bounded(world, user_id(world, "bob"), allow(bound, "*"))
    assert code(world, bob, assume_form(DEPLOYER)) == expected
    role(world, "named", trusting(["*", BOB]))
    assert code(world, bob, assume_form(f"arn:aws:iam::{ACCOUNT}:role/named")) == ""


@pytest.mark.parametrize(("bound", "expected"), [("iam:*", "AccessDenied"), ("sts:*", "")])
def test_a_role_s_boundary_and_session_limit_what_a_trust_policy_grants_by_name(
    world: World, bound: str, expected: str
) -> None:
    first = role(world, "first", trusting(ROOT))
    last = role(world, "last", trusting(first))
    narrow = assumed(world, first, Policy=policy_form(allow(bound, "*")))
    assert code(world, narrow, assume_form(last)) == expected
    assert code(world, assumed(world, first), assume_form(last)) == ""
    bounded(world, "AROAFIRSTXXXXXXXXXXXX", allow(bound, "*"))
    assert code(world, assumed(world, first), assume_form(last)) == expected


def test_another_path_is_another_role(world: World) -> None:
    role(world, "deployer", trusting(ROOT), path="/ci/")
    assert code(world, world.administrator, assume_form(f"arn:aws:iam::{ACCOUNT}:role/ci/deployer")) == ""
    for path in ("", "ci/x/", "CI/"):
        sent = f"arn:aws:iam::{ACCOUNT}:role/{path}deployer"
        assert code(world, world.administrator, assume_form(sent)) == "AccessDenied"


def test_a_deny_in_the_trust_policy_wins(world: World) -> None:
    bob = world.user("bob", MAY_ASSUME)
    statements = [*_statements(trusting(BOB)), *_statements(trusting(BOB, Effect="Deny"))]
    role(world, "deployer", {"Version": "2012-10-17", "Statement": statements})
    assert code(world, bob, assume_form(DEPLOYER)) == "AccessDenied"


def _statements(document: dict[str, Any]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = document["Statement"]
    return found


def test_what_does_not_exist_is_told_like_what_does_not_trust(world: World) -> None:
    bob = world.user("bob", MAY_ASSUME)
    role(world, "deployer", trusting(OTHER_ACCOUNT), path="/ci/")
    texts = set()
    for sent in (f"arn:aws:iam::{ACCOUNT}:role/ci/deployer", DEPLOYER, f"arn:aws:iam::{OTHER_ACCOUNT}:role/deployer"):
        answer = world.ask("sts", assume_form(sent), key=bob)
        assert (answer.status, answer.code) == (403, "AccessDenied")
        texts.add(answer.message.replace(sent, "ROLE"))
    assert texts == {BECAUSE_NOBODY.replace(DEPLOYER, "ROLE")}


@pytest.mark.parametrize("sent", ["arn:aws:iam::123456789012:user/deployer", "deployer-deployer-deployer", "x"])
def test_a_malformed_arn(world: World, sent: str) -> None:
    answer = world.ask("sts", assume_form(sent))
    assert (answer.status, answer.code, answer.message) == (400, "ValidationError", f"{sent} is invalid")


def test_root_assumes_no_role(world: World) -> None:
    role(world, "deployer", trusting(ROOT))
    answer = world.ask("sts", assume_form(DEPLOYER), key=world.root)
    assert (answer.code, answer.message) == ("AccessDenied", "Roles may not be assumed by root accounts.")
    assert code(world, session_token(world, world.root), assume_form(DEPLOYER)) == "AccessDenied"


def test_the_external_id(world: World) -> None:
    bob = world.user("bob")
    role(world, "deployer", trusting(BOB, Condition={"StringEquals": {"sts:ExternalId": "x-1"}}))
    assert assumed(world, DEPLOYER, key=bob, ExternalId="x-1").token
    assert code(world, bob, assume_form(DEPLOYER, ExternalId="x-2")) == "AccessDenied"


def test_another_account_wants_both_to_allow(world: World) -> None:
    world.account(OTHER_ACCOUNT)
    eve_arn = arn.user(OTHER_ACCOUNT, "/", "eve")
    eve = world.user("eve", account_id=OTHER_ACCOUNT)
    ann = world.user("ann", MAY_ASSUME, account_id=OTHER_ACCOUNT)
    role(world, "deployer", trusting([eve_arn, OTHER_ACCOUNT]), allow("iam:ListUsers", "*"))
    assert code(world, eve, assume_form(DEPLOYER)) == "AccessDenied", "her own policies do not allow it"
    session = assumed(world, DEPLOYER, key=ann)
    assert world.done("sts", WHO, key=session)["Account"] == ACCOUNT
    names = {user["UserName"] for user in world.done("iam", LIST, key=session)["Users"]}
    assert names == {"administrator"}, "the session is in the role's account"


def test_who_takes_a_trusted_user_s_name_is_not_trusted(world: World) -> None:
    bob = world.user("bob")
    role(world, "deployer", trusting(BOB))
    assert assumed(world, DEPLOYER, key=bob).token
    world.done("iam", {"Action": "DeleteAccessKey", "UserName": "bob", "AccessKeyId": bob.access_key_id})
    world.done("iam", {"Action": "DeleteUser", "UserName": "bob"})
    world.done("iam", {"Action": "CreateUser", "UserName": "bob"})
    made = world.done("iam", {"Action": "CreateAccessKey", "UserName": "bob"})["AccessKey"]
    again = Key(made["AccessKeyId"], made["SecretAccessKey"])
    assert code(world, again, assume_form(DEPLOYER)) == "AccessDenied"


@pytest.mark.parametrize(
    ("longest", "asked", "chained", "text"),
    [
        (3600, 3600, False, ""),
        (7200, 7200, False, ""),
        (3600, 3601, False, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
        (
            7200,
            3601,
            True,
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ),
        (7200, 3600, True, ""),
    ],
)
def test_how_long_a_session_may_be(world: World, longest: int, asked: int, *, chained: bool, text: str) -> None:
    key = world.administrator
    role(world, "deployer", trusting(ROOT), max_session_duration=longest)
    if chained:
        key = assumed(world, role(world, "first", trusting(ROOT), MAY_ASSUME))
    answer = world.ask("sts", assume_form(DEPLOYER, DurationSeconds=str(asked)), key=key)
    assert answer.message == text
    assert answer.code == ("ValidationError" if text else "")


def test_chaining_trusts_the_role_and_its_sessions_by_name(world: World) -> None:
    first = role(world, "first", trusting(ROOT))
    session = assumed(world, first)
    named = f"arn:aws:sts::{ACCOUNT}:assumed-role/first/night"
    for number, principal in enumerate((first, named)):
        last = role(world, f"last-{number}", trusting(principal))
        assert code(world, session, assume_form(last)) == ""
        other = assumed(world, first, "day")
        assert code(world, other, assume_form(last)) == ("" if principal == first else "AccessDenied")


# --- session policies ---


def policy_form(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [_statements(each)[0] for each in statements]})


def test_a_session_policy_narrows_and_never_widens(world: World) -> None:
    role(world, "deployer", trusting(ROOT), allow(["iam:ListUsers", "iam:ListGroups"], "*"))
    policy = policy_form(allow(["iam:ListUsers", "iam:ListPolicies"], "*"))
    answer = world.done("sts", assume_form(DEPLOYER, Policy=policy))
    assert 1 <= answer["PackedPolicySize"] <= 100
    session = assumed(world, DEPLOYER, Policy=policy)
    assert code(world, session, LIST, "iam") == ""
    groups = world.ask("iam", {"Action": "ListGroups"}, key=session)
    assert groups.message.endswith("because no session policy allows the iam:ListGroups action")
    policies = world.ask("iam", {"Action": "ListPolicies"}, key=session)
    assert policies.message.endswith("because no identity-based policy allows the iam:ListPolicies action")
    denying = assumed(world, DEPLOYER, Policy=policy_form(allow("*", "*"), allow("iam:ListUsers", "*", Effect="Deny")))
    answer_ = world.ask("iam", LIST, key=denying)
    assert answer_.message.endswith("with an explicit deny in a session policy")


def test_managed_session_policies_are_those_of_the_moment(world: World) -> None:
    role(world, "deployer", trusting(ROOT), allow("*", "*"))
    made = {"PolicyName": "narrow", "PolicyDocument": policy_form(allow("iam:ListUsers", "*"))}
    narrow = world.done("iam", {"Action": "CreatePolicy", **made})["Policy"]["Arn"]
    both = {"PolicyArns.member.1.arn": narrow, "PolicyArns.member.2.arn": "arn:aws:iam::aws:policy/SecurityAudit"}
    session = assumed(world, DEPLOYER, **{"PolicyArns.member.1.arn": narrow})
    wider = assumed(world, DEPLOYER, **both)
    groups = {"Action": "ListGroups"}
    assert [code(world, session, form, "iam") for form in (LIST, groups)] == ["", "AccessDenied"]
    assert [code(world, wider, form, "iam") for form in (LIST, groups)] == ["", ""]
    version = {"PolicyDocument": policy_form(allow("iam:ListGroups", "*")), "SetAsDefault": "true"}
    world.done("iam", {"Action": "CreatePolicyVersion", "PolicyArn": narrow, **version})
    assert [code(world, session, form, "iam") for form in (LIST, groups)] == ["AccessDenied", ""]
    world.done("iam", {"Action": "DeletePolicyVersion", "PolicyArn": narrow, "VersionId": "v1"})
    world.done("iam", {"Action": "DeletePolicy", "PolicyArn": narrow})
    for key in (session, wider):
        assert code(world, key, groups, "iam") == "AccessDenied", "a policy that is gone could have been a deny"


@pytest.mark.parametrize(
    ("parameters", "expected", "text"),
    [
        ({"Policy": "{"}, "MalformedPolicyDocument", "Syntax errors in policy."),
        ({"Policy": "{}" + " " * 2048}, "ValidationError", "1 validation error detected: Value at 'policy' failed"),
        (
            {"PolicyArns.member.1.arn": "arn:aws:iam::123456789012:policy/none"},
            "ValidationError",
            "arn:aws:iam::123456789012:policy/none is invalid",
        ),
        (
            {f"PolicyArns.member.{n}.arn": f"arn:aws:iam::123456789012:policy/p{n}" for n in range(1, 12)},
            "ValidationError",
            "1 validation error detected: Value at 'policyArns' failed",
        ),
        (tags_form(("a", "1"), ("A", "2")), "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag"),
        (
            tags_form(("a", "1"), transitive=("b",)),
            "InvalidParameterValue",
            "The specified transitive tag key must be included in the requested tags.",
        ),
        (tags_form(("aws:a", "1")), "InvalidParameterValue", "Tag keys beginning with aws: are reserved"),
        ({"TokenCode": "123456"}, "AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code."),
        ({"DurationSeconds": "899"}, "ValidationError", "1 validation error detected: Value"),
    ],
)
def test_what_a_session_cannot_carry(world: World, parameters: dict[str, str], expected: str, text: str) -> None:
    role(world, "deployer", trusting(ROOT, ASSUME, "sts:TagSession"))
    answer = world.ask("sts", assume_form(DEPLOYER, **parameters))
    assert answer.code == expected
    assert answer.message.startswith(text)


def test_too_much_to_pack(world: World) -> None:
    role(world, "deployer", trusting(ROOT, ASSUME, "sts:TagSession"))
    noise = [(f"{n:03}", world.chance(96).hex()) for n in range(30)]
    answer = world.ask("sts", assume_form(DEPLOYER, **tags_form(*noise)))
    assert (answer.status, answer.code) == (400, "PackedPolicyTooLarge")
    assert answer.message.startswith("Packed size of session tags consumes ")
    assert answer.message.endswith("% of allotted space.")


def test_as_long_a_token_as_is_asked_for(world: World) -> None:
    role(world, "deployer", trusting(ROOT))
    for size in (0, 600, 4095, 4096):
        answer = world.done("sts", assume_form(DEPLOYER, MinimumSessionTokenSize=str(size)))
        assert size <= answer["SessionTokenSize"] <= 4096
        assert assumed(world, DEPLOYER, MinimumSessionTokenSize=str(size)).token
