"""`sealstone why` and `sealstone who-can` on a store of their own: the verdict, the way to it, exit status."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.house_fixture import ACCOUNT, World, allow
from tests.pki import NOW, self_signed

from sealstone.cli import main
from sealstone.server.settings import read
from sealstone.server.vault import open_vault

USER = f"arn:aws:iam::{ACCOUNT}:user/"
CERTIFICATE = f"arn:aws:iam::{ACCOUNT}:server-certificate/web"
GET = "iam:GetServerCertificate"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ALL = json.dumps(allow("*", "*"))
GONE = f"nothing has the ARN {CERTIFICATE} now"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
    }
)


@pytest.fixture
def world(why_world: World) -> World:
    return why_world


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    captured = capsys.readouterr()
    return int(status), captured.out, captured.err


def done(world: World, action: str, **parameters: str) -> Any:
    return world.done("iam", {"Action": action} | parameters)


def test_what_is_allowed_and_by_which_statement(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.user("bob", allow("iam:Get*", "*", Sid="Reading"))
    assert run(capsys, "why", USER + "bob", GET, CERTIFICATE) == (
        0,
        f'allowed: statement 1 "Reading" of policy policy-1, embedded in user bob, allows it\n  {GONE}\n',
        "",
    )


def test_a_group_s_policy_that_says_nothing_of_it(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.user("bob")
    made = done(world, "CreatePolicy", PolicyName="X", PolicyDocument=json.dumps(allow("s3:*", "*")))["Policy"]["Arn"]
    done(world, "CreateGroup", GroupName="Y")
    done(world, "AttachGroupPolicy", GroupName="Y", PolicyArn=made)
    done(world, "PutGroupPolicy", GroupName="Y", PolicyName="Z", PolicyDocument=json.dumps(allow("iam:Get*", USER)))
    status, printed, _ = run(capsys, "why", USER + "bob", GET, CERTIFICATE)
    assert (status, printed.splitlines()) == (1, ["denied: user bob has no policies, nor have its groups"])
    done(world, "AddUserToGroup", GroupName="Y", UserName="bob")
    status, printed, _ = run(capsys, "why", USER + "bob", GET, CERTIFICATE)
    assert (status, printed.splitlines()) == (
        1,
        [
            "denied: no policy of user bob allows it",
            f"  statement 1 of policy Z, embedded in group Y, would allow it on {USER}",
            f"  no statement of policy X, attached through group Y, allows {GET} on {CERTIFICATE}",
        ],
    )
    status, printed, _ = run(capsys, "why", f"arn:aws:iam::{ACCOUNT}:group/Y", GET, CERTIFICATE)
    assert "policy X, attached to group Y" in printed


def test_an_explicit_deny(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.user("bob", allow("*", "*"), allow("iam:Get*", "*", Effect="Deny"))
    status, printed, _ = run(capsys, "why", USER + "bob", GET, CERTIFICATE)
    assert (status, printed.splitlines()) == (
        1,
        [
            "denied: statement 1 of policy policy-2, embedded in user bob, denies it",
            "  an explicit deny wins over everything that allows",
        ],
    )


def test_a_condition_that_does_not_hold(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    condition = {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "10.0.0.0/8"]}, "StringLike": {"aws:username": "eve"}}
    world.user("bob", allow("*", "*", Condition=condition))
    printed = run(capsys, "why", USER + "bob", GET, CERTIFICATE)[1]
    assert printed.splitlines()[1:] == [
        (
            "  statement 1 of policy policy-1, embedded in user bob, would allow it if IpAddress aws:SourceIp: "
            "192.0.2.0/24, 10.0.0.0/8 (the request has no such key) "
            "and StringLike aws:username: eve (the request has bob)"
        ),
        "  it may hang on what the request does not have here: aws:SourceIp",
    ]
    given = ("--context", "aws:SourceIp=10.1.2.3", "--context", "aws:username=eve")
    assert run(capsys, "why", USER + "bob", GET, CERTIFICATE, *given)[0] == 0


def test_a_statement_on_all_but(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    statement = {"Effect": "Allow", "Action": "*", "NotResource": CERTIFICATE}
    world.user("bob", {"Version": "2012-10-17", "Statement": [statement]})
    assert f"on anything but {CERTIFICATE}" in run(capsys, "why", USER + "bob", GET, CERTIFICATE)[1]


def test_a_boundary_that_does_not_allow(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.user("bob", allow("*", "*"))
    edge = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]})
    made = done(world, "CreatePolicy", PolicyName="edge", PolicyDocument=edge)["Policy"]["Arn"]
    done(world, "PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=made)
    printed = run(capsys, "why", USER + "bob", GET, CERTIFICATE)[1]
    assert printed.splitlines() == [
        "denied: no statement of policy edge, the permissions boundary of user bob, allows it",
        "  statement 1 of policy policy-1, embedded in user bob, allows it, but both must",
        f"  no statement of policy edge, the permissions boundary of user bob, allows {GET} on {CERTIFICATE}",
    ]
    status, printed, _ = run(capsys, "why", USER + "bob", "sts:GetCallerIdentity")
    assert (status, printed.splitlines()[1]) == (
        0,
        "  policy edge, the permissions boundary of user bob, allows it too",
    )


def test_a_boundary_that_denies(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.user("bob", allow("*", "*"))
    made = done(world, "CreatePolicy", PolicyName="edge", PolicyDocument=json.dumps(allow("*", "*", Effect="Deny")))[
        "Policy"
    ]["Arn"]
    done(world, "PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=made)
    printed = run(capsys, "why", USER + "bob", GET, CERTIFICATE)[1]
    assert printed.startswith("denied: statement 1 of policy edge, the permissions boundary of user bob, denies it")


def test_root_a_role_and_its_session(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "why", ROOT, GET)[:2] == (0, "allowed: root may do everything in its account\n")
    done(world, "CreateRole", RoleName="ci", AssumeRolePolicyDocument=TRUST)
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/build"
    assert run(capsys, "why", session, GET)[:2] == (1, "denied: role ci has no policies\n")
    done(world, "PutRolePolicy", RoleName="ci", PolicyName="p", PolicyDocument=ALL)
    for principal in (session, f"arn:aws:iam::{ACCOUNT}:role/ci"):
        assert run(capsys, "why", principal, GET)[0] == 0


def trusting(principal: str, *, effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_assuming_a_role(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    bob, ci, assume = USER + "bob", f"arn:aws:iam::{ACCOUNT}:role/ci", "sts:AssumeRole"
    world.user("bob")
    world.user("ada", allow("sts:*", "*"))
    world.user("eve", allow("sts:*", "*", Effect="Deny"))
    assert "there is no role" in run(capsys, "why", USER + "ada", assume, ci)[1]
    assert "there is no role *" in run(capsys, "why", USER + "ada", assume)[1]
    done(world, "CreateRole", RoleName="ci", AssumeRolePolicyDocument=TRUST)
    done(world, "CreateRole", RoleName="other", AssumeRolePolicyDocument=TRUST)
    found = run(capsys, "why", bob, assume, ci)
    assert found[0] == 1
    assert "  the trust policy of role ci trusts the account, so its own policies must allow it too" in found[1]
    found = run(capsys, "why", USER + "ada", assume, ci)
    assert (found[0], "  the trust policy of role ci trusts its account" in found[1]) == (0, True)
    done(world, "UpdateAssumeRolePolicy", RoleName="ci", PolicyDocument=trusting(bob))
    assert run(capsys, "why", bob, assume, ci)[:2] == (
        0,
        "allowed: the trust policy of role ci trusts the user by name\n",
    )
    assert "trusts neither the user nor its account" in run(capsys, "why", USER + "ada", assume, ci)[1]
    assert "denies it" in run(capsys, "why", USER + "eve", assume, ci)[1]
    assert run(capsys, "why", ROOT, assume, ci)[:2] == (1, "denied: roles may not be assumed by root\n")
    done(world, "CreateGroup", GroupName="g")
    group = run(capsys, "why", f"arn:aws:iam::{ACCOUNT}:group/g", assume, ci)[1]
    assert "trusts neither the group nor its account" in group
    done(world, "UpdateAssumeRolePolicy", RoleName="ci", PolicyDocument=trusting(bob, effect="Deny"))
    assert run(capsys, "why", bob, assume, ci)[1].startswith("denied: the trust policy of role ci denies it")


def test_a_role_that_is_trusted_by_name_keeps_to_its_boundary(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("first", "second"))
    done(world, "CreateRole", RoleName="first", AssumeRolePolicyDocument=TRUST)
    done(world, "CreateRole", RoleName="second", AssumeRolePolicyDocument=trusting(first))
    assert run(capsys, "why", first, "sts:AssumeRole", second)[0] == 0
    edge = json.dumps(allow("s3:*", "*"))
    made = done(world, "CreatePolicy", PolicyName="edge", PolicyDocument=edge)["Policy"]["Arn"]
    done(world, "PutRolePermissionsBoundary", RoleName="first", PermissionsBoundary=made)
    assert run(capsys, "why", first, "sts:AssumeRole", second)[0] == 1


def test_of_another_account_s_role_both_must_allow(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.user("bob")
    world.account("210987654321")
    there = world.user("there", allow("*", "*"), account_id="210987654321")
    trust = {"Action": "CreateRole", "RoleName": "ci", "AssumeRolePolicyDocument": trusting(USER + "bob")}
    world.done("iam", trust, key=there)
    role = "arn:aws:iam::210987654321:role/ci"
    status, printed, _ = run(capsys, "why", USER + "bob", "sts:AssumeRole", role)
    assert (status, "is of another account" in printed) == (1, True)
    done(world, "PutUserPolicy", UserName="bob", PolicyName="p", PolicyDocument=ALL)
    assert run(capsys, "why", USER + "bob", "sts:AssumeRole", role)[0] == 0


def test_a_name_that_nothing_has_any_more_and_tags(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    leaf = self_signed("web.example.com", valid_at=NOW)
    done(
        world,
        "UploadServerCertificate",
        ServerCertificateName="web",
        CertificateBody=leaf.certificate_pem,
        PrivateKey=leaf.private_key_pem,
        **{"Tags.member.1.Key": "team", "Tags.member.1.Value": "red"},
    )
    world.user("bob", allow(GET, CERTIFICATE))
    world.user("ada", allow(GET, "*", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}}))
    for name in ("bob", "ada"):
        assert run(capsys, "why", USER + name, GET, CERTIFICATE)[0] == 0
    done(world, "UpdateServerCertificate", ServerCertificateName="web", NewServerCertificateName="www")
    moved = CERTIFICATE[:-3] + "www"
    printed = run(capsys, "why", USER + "bob", GET, moved)[1]
    assert printed.splitlines()[1:] == [
        f"  statement 1 of policy policy-1, embedded in user bob, would allow it on {CERTIFICATE}",
        (
            f"  policy policy-1, embedded in user bob, names {CERTIFICATE}, which no server certificate has: renamed, "
            "moved, deleted or not uploaded yet"
        ),
    ]
    assert run(capsys, "why", USER + "ada", GET, moved)[0] == 0
    assert run(capsys, "why", USER + "ada", GET, CERTIFICATE)[0] == 1


def test_tags_of_users_count(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    condition = {"StringEquals": {"iam:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    world.user("bob", allow("*", "*", Condition=condition), tags={"team": "red"})
    world.user("ada", tags={"Team": "red"})
    assert run(capsys, "why", USER + "bob", "iam:GetUser", USER + "ada")[0] == 0
    assert run(capsys, "why", USER + "bob", "iam:GetUser", USER + "nobody")[0] == 1


def test_json(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.user("bob", allow("iam:*", "*"))
    assert json.loads(run(capsys, "why", USER + "bob", GET, CERTIFICATE, "--json")[1]) == {
        "action": GET,
        "resource": CERTIFICATE,
        "principal": USER + "bob",
        "allowed": True,
        "decision": "allowed",
        "policy": "policy-1",
        "statement": 1,
        "summary": "allowed: statement 1 of policy policy-1, embedded in user bob, allows it",
        "steps": [GONE],
    }


def test_everybody_who_can(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.user("bob", allow("iam:Get*", CERTIFICATE))
    world.user("eve", allow("iam:Get*", "*"), allow(GET, CERTIFICATE, Effect="Deny"))
    done(world, "CreateRole", RoleName="ci", AssumeRolePolicyDocument=TRUST)
    done(world, "PutRolePolicy", RoleName="ci", PolicyName="p", PolicyDocument=ALL)
    status, printed, _ = run(capsys, "who-can", GET, CERTIFICATE)
    assert (status, printed.splitlines()) == (
        0,
        [
            ROOT,
            "  allowed: root may do everything in its account",
            USER + "administrator",
            "  allowed: statement 1 of policy policy-1, embedded in user administrator, allows it",
            USER + "bob",
            "  allowed: statement 1 of policy policy-1, embedded in user bob, allows it",
            f"arn:aws:iam::{ACCOUNT}:role/ci",
            "  allowed: statement 1 of policy p, embedded in role ci, allows it",
            GONE,
        ],
    )
    shown = json.loads(run(capsys, "who-can", GET, CERTIFICATE, "--json")[1])
    assert [one["principal"].rpartition(":")[2] for one in shown["principals"]] == [
        "root",
        "user/administrator",
        "user/bob",
        "role/ci",
    ]


def test_nobody_but_root(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    done(world, "DeleteUserPolicy", UserName="administrator", PolicyName="policy-1")
    assert run(capsys, "who-can", GET)[:2] == (1, f"{ROOT}\n  allowed: root may do everything in its account\n")


def test_which_account(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.account("210987654321")
    assert "name one with --account" in run(capsys, "who-can", GET)[2]
    assert run(capsys, "who-can", GET, "--account", "210987654321")[0] == 1
    assert ROOT in run(capsys, "who-can", GET, CERTIFICATE)[1]
    status, printed, err = run(capsys, "who-can", GET, "--account", "111122223333")
    assert (status, printed, "no account 111122223333" in err) == (1, "", True)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((USER + "nobody", GET), 1, "there is no user, group or role"),
        ((f"arn:aws:iam::{ACCOUNT}:role/none", GET), 1, "there is no user"),
        ((f"arn:aws:iam::{ACCOUNT}:group/none", GET), 1, "there is no user"),
        ((f"arn:aws:iam::{ACCOUNT}:user/path/administrator", GET), 1, "there is no user"),
        ((f"arn:aws:s3::{ACCOUNT}:user/administrator", GET), 1, "there is no user"),
        ((f"arn:aws:iam::{ACCOUNT}:policy/administrator", GET), 1, "there is no user"),
        (("administrator", GET), 1, "there is no user"),
        ((ROOT, "GetUser"), 2, "service:Operation"),
        ((ROOT, "iam:*"), 2, "service:Operation"),
        ((ROOT, "iam:GetServerCertificat"), 2, "there is no operation iam:GetServerCertificat\n"),
        (
            (ROOT, "s3:GetObject"),
            2,
            "there is no operation s3:GetObject: the services here are acm, elasticloadbalancing",
        ),
        ((ROOT, GET, "web"), 2, "neither an ARN"),
        ((ROOT, GET, "*", "--context", "x"), 2, "KEY=VALUE"),
    ],
)
def test_what_cannot_be_asked(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], status: int, words: str
) -> None:
    found = run(capsys, "why", *arguments)
    if status == 2:
        assert run(capsys, "who-can", *arguments[1:]) == (
            2,
            "",
            found[2].replace("why", "who-can").replace("ARN A", "A"),
        )
    assert (found[0], found[1], words in found[2]) == (status, "", True), found


def test_on_a_data_directory(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    with open_vault(read({"data": folder}, {}), create=True):
        pass
    status, printed, _ = run(capsys, "who-can", GET, "--data", folder)
    assert (status, len(printed.splitlines())) == (0, 4)
