"""A rename of a server certificate tells, in its audit row, of the policies that still name the old ARN."""

import json

from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, World, allow
from tests.pki import NOW, self_signed

OLD = f"arn:aws:iam::{ACCOUNT}:server-certificate/web"
GET = "iam:GetServerCertificate"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
    }
)


def done(world: World, action: str, **parameters: str) -> None:
    world.done("iam", {"Action": action} | parameters)


def uploaded(world: World) -> None:
    leaf = self_signed("web.example.com", valid_at=NOW)
    done(
        world,
        "UploadServerCertificate",
        ServerCertificateName="web",
        CertificateBody=leaf.certificate_pem,
        PrivateKey=leaf.private_key_pem,
    )


def renamed(world: World, **change: str) -> tuple[str, ...]:
    """The warnings of the audit row of one UpdateServerCertificate."""
    done(world, "UpdateServerCertificate", ServerCertificateName="web", **change)
    (row,) = (row for row in world.audited() if row.operation == "UpdateServerCertificate")
    return row.warnings


def warning(policy: str) -> str:
    return f"{policy} still names {OLD}, which the certificate no longer has"


def test_every_policy_in_force_that_names_it_is_told(world: World) -> None:
    uploaded(world)
    naming, exact = json.dumps(allow(GET, OLD)), {"PolicyDocument": json.dumps(allow(GET, [OLD, "*"]))}
    world.user("bob", allow(GET, OLD), allow(GET, OLD + "-of-another"), allow(GET, "*"))
    done(world, "CreateGroup", GroupName="devs")
    done(world, "PutGroupPolicy", GroupName="devs", PolicyName="g", **exact)
    done(world, "CreateRole", RoleName="ci", AssumeRolePolicyDocument=TRUST)
    done(world, "PutRolePolicy", RoleName="ci", PolicyName="r", **exact)
    done(world, "CreatePolicy", PolicyName="kept", PolicyDocument=naming)
    done(world, "CreatePolicy", PolicyName="changed", PolicyDocument=naming)
    changed = {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/changed", "SetAsDefault": "true"}
    done(world, "CreatePolicyVersion", PolicyDocument=json.dumps(allow(GET, "*")), **changed)
    assert renamed(world, NewServerCertificateName="www") == (
        warning("policy g of group devs"),
        warning("managed policy kept"),
        warning("policy r of role ci"),
        warning("policy policy-1 of user bob"),
    )


def test_a_move_counts_as_well_and_a_wildcard_that_no_longer_fits_does_not(world: World) -> None:
    uploaded(world)
    statement = {"Effect": "Deny", "Action": "*", "NotResource": OLD}
    world.user("bob", {"Version": "2012-10-17", "Statement": [statement]}, allow(GET, OLD[:-1] + "?"))
    assert renamed(world, NewPath="/abc/") == (warning("policy policy-1 of user bob"),)


def test_nothing_is_told_where_nothing_changes_or_names_it(world: World) -> None:
    uploaded(world)
    world.user("bob", allow(GET, OLD))
    assert renamed(world) == ()


def test_another_account_s_policies_are_not_looked_at(world: World) -> None:
    uploaded(world)
    world.account(OTHER_ACCOUNT)
    world.user("eve", allow(GET, OLD), account_id=OTHER_ACCOUNT)
    assert renamed(world, NewServerCertificateName="www") == ()


def test_a_refused_rename_warns_of_nothing(world: World) -> None:
    uploaded(world)
    world.user("bob", allow(GET, OLD))
    asked = {"Action": "UpdateServerCertificate", "ServerCertificateName": "web", "NewPath": "no path"}
    assert world.ask("iam", asked).code == "ValidationError"
    assert {row.warnings for row in world.audited()} == {()}
