"""Temporary credentials through the door: whose they are, what they cannot call, when they end, and forgeries."""

import base64
import json
from collections.abc import Callable

import pytest
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, Key, World, allow, signed
from tests.sessions import ROOT, assume_form, assumed, federated, role, session_token, tags_form, trusting

from sealstone.endpoint.request import Request
from sealstone.model.secret import Secret
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.seal.session_token import issued, opened

WHO = {"Action": "GetCallerIdentity"}
LIST = {"Action": "ListUsers"}
INVALID = "The security token included in the request is invalid"
READING = json.dumps(allow("iam:List*", "*"))


@pytest.fixture
def deployer(world: World) -> str:
    return role(world, "deployer", trusting(ROOT), allow("iam:ListUsers", "*"))


@pytest.fixture
def session(world: World, deployer: str) -> Key:
    return assumed(world, deployer)


def who(world: World, key: Key) -> tuple[str, str]:
    found = world.done("sts", WHO, key=key)
    return found["UserId"], found["Arn"]


# --- GetSessionToken ---


def test_a_user_s_session_is_the_user(world: World) -> None:
    bob = world.user("bob", allow("sts:AssumeRole", "*"))
    session = session_token(world, bob)
    assert session.access_key_id.startswith("ASIA")
    assert who(world, session) == who(world, bob)
    role(world, "deployer", trusting(f"arn:aws:iam::{ACCOUNT}:user/bob"))
    assert assumed(world, f"arn:aws:iam::{ACCOUNT}:role/deployer", key=session).token


@pytest.mark.parametrize("by_root", [True, False])
def test_what_it_cannot_call(world: World, *, by_root: bool) -> None:
    session = session_token(world, world.root if by_root else None)
    answer = world.ask("iam", LIST, key=session)
    assert (answer.status, answer.code, answer.message) == (403, "InvalidClientTokenId", INVALID)
    info = world.ask("sts", {"Action": "GetAccessKeyInfo", "AccessKeyId": session.access_key_id}, key=session)
    assert (info.status, info.code, info.message) == (403, "InvalidClientTokenId", f"{INVALID}.")
    for action in ("GetSessionToken", "GetFederationToken"):
        more = {"Name": "guest"} if action == "GetFederationToken" else {}
        refused = world.ask("sts", {"Action": action, **more}, key=session)
        assert (refused.status, refused.code) == (403, "AccessDenied")
        assert refused.message == f"Cannot call {action} with session credentials"


@pytest.mark.parametrize("by_root", [True, False])
def test_how_long_it_lasts(world: World, *, by_root: bool) -> None:
    key = world.root if by_root else world.administrator
    for asked, seconds in (({}, 43_200), ({"DurationSeconds": "900"}, 900), ({"DurationSeconds": "129600"}, 129_600)):
        answer = world.done("sts", {"Action": "GetSessionToken", **asked}, key=key)
        lasts = (answer["Credentials"]["Expiration"] - world.clock.now.replace(microsecond=0)).total_seconds()
        assert lasts == (min(seconds, 3600) if by_root else seconds)


def test_nobody_has_a_device(world: World) -> None:
    form = {"Action": "GetSessionToken", "SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/bob", "TokenCode": "123456"}
    answer = world.ask("sts", form)
    assert answer.code == "AccessDenied"
    assert answer.message.startswith("MultiFactorAuthentication failed, unable to validate MFA code.")


# --- GetFederationToken ---


def test_a_federated_user(world: World) -> None:
    bob = world.user("bob", allow(["sts:GetFederationToken", "iam:*"], "*"))
    answer = world.done("sts", {"Action": "GetFederationToken", "Name": "guest"}, key=bob)
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    assert answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:guest", "Arn": arn}
    assert answer["PackedPolicySize"] == 0
    session = federated(world, key=bob, Policy=READING)
    assert who(world, session) == (f"{ACCOUNT}:guest", arn)
    for service, form in (("iam", LIST), ("sts", assume_form(f"arn:aws:iam::{ACCOUNT}:role/deployer"))):
        assert world.ask(service, form, key=session).code == "InvalidClientTokenId"


def test_federation_is_a_permission(world: World) -> None:
    bob = world.user("bob", allow("sts:GetFederationToken", f"arn:aws:sts::{ACCOUNT}:federated-user/guest"))
    assert federated(world, "guest", key=bob).token
    answer = world.ask("sts", {"Action": "GetFederationToken", "Name": "root"}, key=bob)
    assert answer.code == "AccessDenied"
    assert f"sts:GetFederationToken on resource: arn:aws:sts::{ACCOUNT}:federated-user/root" in answer.message


def test_tags_of_a_federated_user_are_a_permission_too(world: World) -> None:
    form = {"Action": "GetFederationToken", "Name": "guest", **tags_form(("team", "web"))}
    bob = world.user("bob", allow("sts:GetFederationToken", "*"))
    assert "to perform: sts:TagSession on resource: " in world.ask("sts", form, key=bob).message
    ann = world.user("ann", allow(["sts:GetFederationToken", "sts:TagSession"], "*"))
    assert world.done("sts", form, key=ann)["PackedPolicySize"] > 0


def test_a_deny_on_a_user_s_tag_reaches_whom_it_names(world: World) -> None:
    on_tag = {"StringEquals": {"aws:PrincipalTag/contractor": "yes"}}
    deny = allow("elasticloadbalancing:*", "*", Effect="Deny", Condition=on_tag)
    bob = world.user("bob", allow("*", "*"), deny, tags={"contractor": "yes"})
    form, everything = {"Action": "DescribeLoadBalancers"}, json.dumps(allow("*", "*"))
    assert world.ask("elb", form, key=federated(world, key=bob, Policy=everything)).code == "AccessDenied"
    # Who may tag sessions says what the tag is; the key has no case.
    tagged = federated(world, key=bob, Policy=everything, **tags_form(("Contractor", "no")))
    assert world.ask("elb", form, key=tagged).code == ""


def test_what_issues_credentials_is_recorded_before_it_is_answered(world: World, deployer: str) -> None:
    world.recorder.records.clear()
    session_token(world)
    federated(world)
    assumed(world, deployer)
    assert world.recorder.records == []
    issued = [record.operation for record in world.audited() if record.service == "sts"]
    assert issued == ["GetSessionToken", "GetFederationToken", "AssumeRole"]


# --- what role sessions are not ---


def test_a_role_has_no_user(world: World, session: Key) -> None:
    role(world, "admin", trusting(ROOT), allow("*", "*"))
    admin = assumed(world, f"arn:aws:iam::{ACCOUNT}:role/admin")
    for action in ("GetUser", "ListAccessKeys", "CreateAccessKey", "ListSigningCertificates"):
        answer = world.ask("iam", {"Action": action}, key=admin)
        assert (answer.code, answer.message) == (
            "ValidationError",
            "Must specify userName when calling with non-User credentials",
        ), "root's own, never"
    assert world.ask("sts", {"Action": "GetSessionToken"}, key=session).code == "AccessDenied"


def test_temporary_keys_are_nowhere_listed(world: World, session: Key) -> None:
    token = session_token(world)
    keys = world.done("iam", {"Action": "ListAccessKeys", "UserName": "administrator"})["AccessKeyMetadata"]
    assert {key["AccessKeyId"] for key in keys} == {world.administrator.access_key_id}
    for key in (token, session):
        form = {"Action": "GetAccessKeyLastUsed", "AccessKeyId": key.access_key_id}
        assert world.ask("iam", form).code == "AccessDenied"


# --- the end ---


def test_it_ends_to_the_second(world: World, deployer: str) -> None:
    session = assumed(world, deployer, DurationSeconds="900")
    world.clock.advance(899)
    assert world.ask("iam", LIST, key=session).code == ""
    world.clock.advance(1)
    for service, form in (("iam", LIST), ("sts", WHO)):
        answer = world.ask(service, form, key=session)
        assert (answer.status, answer.code) == (403, "ExpiredToken")
        assert answer.message == "The security token included in the request is expired"
    stranger = Key(session.access_key_id, "w" * 40, session.token)
    assert world.ask("iam", LIST, key=stranger).code == "SignatureDoesNotMatch", "told to its holder alone"


def _delete_role(world: World) -> None:
    world.done("iam", {"Action": "DeleteRolePolicy", "RoleName": "deployer", "PolicyName": "policy-1"})
    world.done("iam", {"Action": "DeleteRole", "RoleName": "deployer"})


def test_it_ends_with_its_role(world: World, session: Key) -> None:
    assert world.ask("iam", LIST, key=session).code == ""
    _delete_role(world)
    assert world.ask("iam", LIST, key=session).code == "InvalidClientTokenId"
    role(world, "deployer2", trusting(ROOT), allow("*", "*"))
    assert world.ask("iam", LIST, key=session).code == "InvalidClientTokenId"


@pytest.mark.parametrize("kind", [session_token, federated])
def test_it_ends_with_its_user(world: World, kind: Callable[..., Key]) -> None:
    bob = world.user("bob", allow("sts:*", "*"))
    session = kind(world, key=bob)
    assert world.ask("sts", WHO, key=session).code == ""
    bare = {"UserName": "bob"}
    world.done("iam", {"Action": "DeleteAccessKey", **bare, "AccessKeyId": bob.access_key_id})
    assert world.ask("sts", WHO, key=session).code == "", "as on AWS, a session outlives the key that asked for it"
    world.done("iam", {"Action": "DeleteUserPolicy", **bare, "PolicyName": "policy-1"})
    world.done("iam", {"Action": "DeleteUser", **bare})
    assert world.ask("sts", WHO, key=session).code == "InvalidClientTokenId"


def test_sessions_older_than_a_moment_can_be_revoked(world: World, deployer: str, session: Key) -> None:
    """IAM user guide, "Revoke IAM role temporary security credentials"."""
    world.clock.advance(60)
    moment = world.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    older = allow("*", "*", Effect="Deny", Condition={"DateLessThan": {"aws:TokenIssueTime": moment}})
    form = {"RoleName": "deployer", "PolicyName": "revoke", "PolicyDocument": json.dumps(older)}
    world.done("iam", {"Action": "PutRolePolicy", **form})
    assert world.ask("iam", LIST, key=session).message.endswith("with an explicit deny in an identity-based policy")
    assert world.ask("iam", LIST, key=assumed(world, deployer)).code == ""


# --- tokens that are none ---


@pytest.mark.parametrize("service", ["iam", "sts"])
def test_one_answer_for_every_wrong_token(world: World, session: Key, deployer: str, service: str) -> None:
    assert session.token
    other = assumed(world, deployer)
    middle = len(session.token) // 2
    flipped = session.token[:middle] + ("A" if session.token[middle] != "A" else "B") + session.token[middle + 1 :]
    tokens = [None, "token", "", session.token[:-4], session.token + "AAAA", flipped, other.token, "é" * 40, "A" * 9000]
    tokens += [session.token.replace("SealstoneST1", "SealstoneST2"), "SealstoneST1" + "é" * 300, "SealstoneST1"]
    for warm in (False, True):
        if warm:
            assert world.ask("sts", WHO, key=session).code == ""
        for token in tokens:
            key = Key(session.access_key_id, session.secret, token)
            answer = world.ask(service, WHO if service == "sts" else LIST, key=key)
            stop = "" if service == "iam" else "."
            assert (answer.status, answer.code, answer.message) == (403, "InvalidClientTokenId", f"{INVALID}{stop}")
    assert world.ask("sts", WHO, key=session).code == ""


def test_credentials_are_not_mixed(world: World, session: Key, deployer: str) -> None:
    """A token opens for its own access key alone, and signs with its own secret alone."""
    other = assumed(world, deployer, "other")
    administrator = world.administrator
    mixed = {
        Key(administrator.access_key_id, administrator.secret, session.token): "InvalidClientTokenId",
        Key(other.access_key_id, other.secret, session.token): "InvalidClientTokenId",
        Key(session.access_key_id, administrator.secret, session.token): "SignatureDoesNotMatch",
        Key(session.access_key_id, other.secret, session.token): "SignatureDoesNotMatch",
    }
    for key, code in mixed.items():
        assert world.ask("sts", WHO, key=key).code == code


def test_a_token_of_another_installation(world: World, session: Key) -> None:
    """The same access key id, sealed under another master key, or under one of the same name."""
    found = opened(world.keyring, session.access_key_id, session.token or "")
    assert found
    for name in ("00" * 8, "11" * 8):
        keys = MasterKeys({name: Secret(b"\1" * 32)}, name)
        foreign = issued(Keyring(keys, world.chance), *found)
        key = Key(session.access_key_id, session.secret, foreign)
        assert world.ask("sts", WHO, key=key).code == "InvalidClientTokenId"


def _with(request: Request, headers: list[tuple[str, str]]) -> Request:
    return Request(request.method, request.path, request.query, tuple(headers), request.body, request.source_ip)


def test_the_token_must_be_signed(world: World, session: Key) -> None:
    bare = signed("sts", WHO, Key(session.access_key_id, session.secret))
    added = _with(bare, [*bare.headers, ("x-amz-security-token", session.token or "")])
    answer = world.endpoint.handle(added)
    assert answer.status == 403
    assert b"SignatureDoesNotMatch" in answer.body


def test_two_tokens_are_none(world: World, session: Key) -> None:
    request = signed("sts", WHO, session)
    answer = world.endpoint.handle(_with(request, [*request.headers, ("x-amz-security-token", session.token or "")]))
    assert answer.status == 400
    assert b"IncompleteSignature" in answer.body


def test_presigned(world: World, session: Key) -> None:
    answer = world.ask("sts", WHO, key=session, method="GET", presigned=60)
    assert answer.parsed["Arn"].endswith(":assumed-role/deployer/night")
    bare = world.ask("sts", WHO, key=Key(session.access_key_id, session.secret), method="GET", presigned=60)
    assert bare.code == "InvalidClientTokenId"


def test_nothing_of_a_token_is_in_an_audit_row(world: World, session: Key) -> None:
    world.ask("iam", LIST, key=session)
    assert session.token
    body = session.token[12:]
    assert base64.b64decode(body)
    rows = repr(world.audited())
    assert session.access_key_id in rows
    assert body[:40] not in rows
    assert session.secret not in rows


# --- GetAccessKeyInfo, DecodeAuthorizationMessage ---


def test_whose_account_a_key_is_of(world: World, session: Key) -> None:
    world.account(OTHER_ACCOUNT)
    made = world.done("iam", {"Action": "CreateAccessKey", "UserName": "administrator"})["AccessKey"]["AccessKeyId"]
    for key_id in (made, session.access_key_id, world.administrator.access_key_id):
        found = world.done("sts", {"Action": "GetAccessKeyInfo", "AccessKeyId": key_id})
        assert found["Account"] == ACCOUNT
    for key_id in ("no-key-at-all-at-all", "ASIA0000000000000000", "ASIAZZZZZZZZ"):
        answer = world.ask("sts", {"Action": "GetAccessKeyInfo", "AccessKeyId": key_id})
        assert (answer.status, answer.code) == (400, "ValidationError")


def test_no_message_can_be_decoded(world: World) -> None:
    answer = world.ask("sts", {"Action": "DecodeAuthorizationMessage", "EncodedMessage": "abc"})
    assert (answer.status, answer.code) == (400, "InvalidAuthorizationMessageException")


# --- session tags and the source identity ---


def test_tags_go_where_they_may(world: World) -> None:
    may = trusting(ROOT, "sts:AssumeRole", "sts:TagSession")
    on_tag = allow("iam:ListUsers", "*", Condition={"StringEquals": {"aws:PrincipalTag/team": "web"}})
    first = role(world, "first", may, on_tag, allow("sts:*", "*"), tags={"Team": "ops"})
    last = role(world, "last", may, on_tag)
    shut = role(world, "shut", trusting(ROOT), on_tag)
    plain = assumed(world, first)
    assert world.ask("iam", LIST, key=plain).code == "AccessDenied", "the role's own tag"
    tagged = assumed(world, first, tags=tags_form(("team", "web"), ("x", "y")))
    assert world.ask("iam", LIST, key=tagged).code == ""
    assert world.ask("iam", LIST, key=assumed(world, last, key=tagged)).code == "AccessDenied", "not handed on"
    lasting = assumed(world, first, tags=tags_form(("team", "web"), transitive=("TEAM",)))
    assert world.ask("iam", LIST, key=assumed(world, last, key=lasting)).code == ""
    assert "sts:TagSession" in world.ask("sts", assume_form(shut), key=lasting).message
    only_ops = {"StringEquals": {"aws:RequestTag/team": "ops"}}
    strict = role(world, "strict", trusting(ROOT, "sts:AssumeRole", "sts:TagSession", Condition=only_ops))
    assert world.ask("sts", assume_form(strict), key=lasting).code == "AccessDenied", "handed on as if they were sent"
    conflict = world.ask("sts", assume_form(last, **tags_form(("Team", "x"))), key=lasting)
    assert conflict.code == "InvalidParameterValue"
    assert conflict.message.startswith("One of the specified transitive tag keys can't be set because it conflicts")


def test_a_source_identity_stays(world: World) -> None:
    may = trusting(ROOT, "sts:AssumeRole", "sts:SetSourceIdentity")
    alice = allow("iam:ListUsers", "*", Condition={"StringEquals": {"aws:SourceIdentity": "alice"}})
    first = role(world, "first", may, alice, allow("sts:*", "*"))
    last = role(world, "last", may, alice)
    shut = role(world, "shut", trusting(ROOT))
    session = assumed(world, first, SourceIdentity="alice")
    assert world.ask("iam", LIST, key=assumed(world, last, key=session)).code == ""
    assert world.ask("sts", assume_form(last, SourceIdentity="alice"), key=session).code == ""
    assert world.ask("sts", assume_form(last, SourceIdentity="eve"), key=session).code == "AccessDenied"
    assert "sts:SetSourceIdentity" in world.ask("sts", assume_form(shut), key=session).message
    assert world.ask("iam", LIST, key=assumed(world, first)).code == "AccessDenied"


def test_the_last_use_of_a_role_is_a_session_s(world: World, session: Key) -> None:
    bare = {"Action": "GetRole", "RoleName": "deployer"}
    assert world.done("iam", bare)["Role"]["RoleLastUsed"] == {}
    world.ask("iam", LIST, key=session)
    world.recorder.write(world.store)
    used = world.done("iam", bare)["Role"]["RoleLastUsed"]
    assert used == {"LastUsedDate": world.clock.now, "Region": "us-east-1"}
    roles = world.done("iam", {"Action": "GetAccountAuthorizationDetails", "Filter.member.1": "Role"})
    assert roles["RoleDetailList"][0]["RoleLastUsed"] == used
