"""Whether anything has an ARN: each kind of resource while it is there, and under another name."""

import json

import pytest
from tests import acm
from tests.house_fixture import ACCOUNT, World
from tests.pki import NOW, Authority, self_signed
from tests.rest_json import made_scene

from sealstone.model import aws_policies
from sealstone.operations.existing import known_absent

IAM = f"arn:aws:iam::{ACCOUNT}:"
BALANCING = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
    }
)
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


def absent(world: World, arn: str) -> bool:
    with world.store.reading() as tx:
        return known_absent(tx, arn)


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("user", {"Action": "CreateUser", "UserName": "web"}),
        ("group", {"Action": "CreateGroup", "GroupName": "web"}),
        ("role", {"Action": "CreateRole", "RoleName": "web", "AssumeRolePolicyDocument": TRUST}),
        ("policy", {"Action": "CreatePolicy", "PolicyName": "web", "PolicyDocument": DOCUMENT}),
        ("instance-profile", {"Action": "CreateInstanceProfile", "InstanceProfileName": "web"}),
        ("server-certificate", {"Action": "UploadServerCertificate", "ServerCertificateName": "web"}),
    ],
)
def test_identities(world: World, kind: str, form: dict[str, str]) -> None:
    if kind == "server-certificate":
        leaf = self_signed("web.example.com", valid_at=NOW)
        form = {**form, "CertificateBody": leaf.certificate_pem, "PrivateKey": leaf.private_key_pem}
    assert absent(world, f"{IAM}{kind}/p/web")
    world.done("iam", {**form} if kind == "group" else {**form, "Path": "/p/"})
    path = "" if kind == "group" else "p/"
    assert not absent(world, f"{IAM}{kind}/{path}web")
    assert absent(world, f"{IAM}{kind}/q/web"), "the path is part of it"


def test_policies_of_aws(world: World) -> None:
    found = aws_policies.by_arn("arn:aws:iam::aws:policy/SecurityAudit")
    assert found
    assert not absent(world, found.arn)
    assert absent(world, f"{found.arn}s")


def test_certificates_of_acm(world: World) -> None:
    arn = acm.imported(world, Authority("Root").leaf("web.example.com", valid_at=NOW))
    assert not absent(world, arn)
    assert absent(world, f"{arn[:-1]}x")


def test_roles_anywhere(world: World) -> None:
    scene = made_scene(world)
    for found in (scene.anchor["trustAnchorArn"], scene.profile["profileArn"]):
        assert not absent(world, found)
        assert absent(world, found.replace("eu-central-1", "us-east-1"))


def test_load_balancing(world: World) -> None:
    zone = {"AvailabilityZones.member.1": "us-east-1a"}
    listener = {"Protocol": "TCP", "LoadBalancerPort": "25", "InstancePort": "25"}
    form = {f"Listeners.member.1.{name}": value for name, value in listener.items()}
    world.done("elb", {"Action": "CreateLoadBalancer", "LoadBalancerName": "web", **zone, **form})
    assert not absent(world, f"{BALANCING}loadbalancer/web")
    subnet = {"Subnets.member.1": "subnet-1"}
    (made,) = world.done("elbv2", {"Action": "CreateLoadBalancer", "Name": "front", **subnet})["LoadBalancers"]
    assert not absent(world, made["LoadBalancerArn"])


@pytest.mark.parametrize(
    "arn",
    [
        "loadbalancer/web",
        "loadbalancer/app/web/0123456789abcdef",
        "listener/app/web/0123456789abcdef/0123456789abcdef",
        "listener-rule/app/web/0123456789abcdef/0123456789abcdef/0123456789abcdef",
        "targetgroup/web/0123456789abcdef",
        "truststore/web/0123456789abcdef",
    ],
)
def test_nothing_to_balance(world: World, arn: str) -> None:
    assert absent(world, BALANCING + arn)


@pytest.mark.parametrize(
    "arn",
    [
        "*",
        "arn:aws:iam::1",
        f"{IAM}user/*",
        f"{IAM}root",
        f"{IAM}user/",
        f"{IAM}mfa/x",
        f"{BALANCING}other/x",
        f"arn:aws:rolesanywhere:us-east-1:{ACCOUNT}:other/x",
        f"arn:aws:acm:us-east-1:{ACCOUNT}:other/x",
        "arn:aws:s3:::bucket/x",
    ],
)
def test_of_what_nothing_is_known(world: World, arn: str) -> None:
    assert not absent(world, arn)
