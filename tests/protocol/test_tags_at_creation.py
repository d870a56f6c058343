"""Creating with tags: who may create but not tag creates nothing, whatever is created."""

import json
from typing import Any, Final

import pytest
from tests.house_fixture import ACCOUNT, World, allow
from tests.pki import Leaf, self_signed

LEAF: Final[Leaf] = self_signed("tagged.example.com")
TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
    }
)
DOCUMENT: Final = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}}
)
TAG: Final = {"Tags.member.1.Key": "Team", "Tags.member.1.Value": "one"}
CASES: Final = {
    "User": ({"Action": "CreateUser", "UserName": "new", "Path": "/p/"}, "user/p/new"),
    "Role": (
        {"Action": "CreateRole", "RoleName": "new", "Path": "/p/", "AssumeRolePolicyDocument": TRUST},
        "role/p/new",
    ),
    "Policy": (
        {"Action": "CreatePolicy", "PolicyName": "new", "Path": "/p/", "PolicyDocument": DOCUMENT},
        "policy/p/new",
    ),
    "InstanceProfile": (
        {"Action": "CreateInstanceProfile", "InstanceProfileName": "new", "Path": "/p/"},
        "instance-profile/p/new",
    ),
    "ServerCertificate": (
        {
            "Action": "UploadServerCertificate",
            "ServerCertificateName": "new",
            "Path": "/p/",
            "CertificateBody": LEAF.certificate_pem,
            "PrivateKey": LEAF.private_key_pem,
        },
        "server-certificate/p/new",
    ),
}


def statement(effect: str, action: str, name: str, **more: Any) -> dict[str, Any]:
    one = {"Effect": effect, "Action": action, "Resource": f"arn:aws:iam::{ACCOUNT}:{name}", **more}
    return {"Version": "2012-10-17", "Statement": one}


@pytest.mark.parametrize("kind", CASES)
def test_who_may_not_tag_creates_without_tags_only(world: World, kind: str) -> None:
    form, name = CASES[kind]
    key = world.user("ann", allow(f"iam:{form['Action']}", "*"))
    answer = world.ask("iam", {**form, **TAG}, key=key)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: iam:Tag{kind} on resource: "
        f"arn:aws:iam::{ACCOUNT}:{name} because no identity-based policy allows the iam:Tag{kind} action"
    )
    world.done("iam", form, key=key)


@pytest.mark.parametrize("kind", CASES)
def test_a_policy_may_name_the_new_arn_and_the_tags(world: World, kind: str) -> None:
    form, name = CASES[kind]
    wanted = {"StringEquals": {"aws:RequestTag/Team": "one"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}
    key = world.user(
        "ann", allow(f"iam:{form['Action']}", "*"), statement("Allow", f"iam:Tag{kind}", name, Condition=wanted)
    )
    other = {**TAG, "Tags.member.1.Value": "two"}
    assert world.ask("iam", {**form, **other}, key=key).code == "AccessDenied"
    world.done("iam", {**form, **TAG}, key=key)


@pytest.mark.parametrize("kind", CASES)
def test_a_deny_of_tagging_wins(world: World, kind: str) -> None:
    form, name = CASES[kind]
    key = world.user("ann", allow("iam:*", "*"), statement("Deny", f"iam:Tag{kind}", name))
    answer = world.ask("iam", {**form, **TAG}, key=key)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.message.endswith(f":{name} with an explicit deny in an identity-based policy")
    world.done("iam", form, key=key)


@pytest.mark.parametrize("kind", CASES)
def test_who_may_tag_but_not_create_creates_nothing(world: World, kind: str) -> None:
    form, _ = CASES[kind]
    key = world.user("ann", allow(f"iam:Tag{kind}", "*"))
    assert f"iam:{form['Action']} on" in world.ask("iam", {**form, **TAG}, key=key).message
