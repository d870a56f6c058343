"""Managed policies as session policies: found by ARN to the letter, in the version of the moment."""

import json
from typing import Any

import pytest
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, World, allow
from tests.house_fixture import world as world  # noqa: PLC0414 - a fixture for this file

from sealstone.model import aws_policies
from sealstone.store.session_policies import document

FIRST, SECOND = (json.dumps(allow(action, "*")) for action in ("iam:ListUsers", "iam:ListGroups"))


@pytest.fixture
def arn(world: World) -> str:
    form = {"Action": "CreatePolicy", "PolicyName": "narrow", "Path": "/x/", "PolicyDocument": FIRST}
    made: dict[str, Any] = dict(world.done("iam", form)["Policy"])
    return str(made["Arn"])


def found(world: World, arn: str, account_id: str = ACCOUNT) -> str | None:
    with world.store.reading() as tx:
        return document(tx, account_id, arn)


def test_the_default_version(world: World, arn: str) -> None:
    assert found(world, arn) == FIRST
    more = {"Action": "CreatePolicyVersion", "PolicyArn": arn, "PolicyDocument": SECOND}
    world.done("iam", more)
    assert found(world, arn) == FIRST
    world.done("iam", {"Action": "SetDefaultPolicyVersion", "PolicyArn": arn, "VersionId": "v2"})
    assert found(world, arn) == SECOND


def test_what_is_none(world: World, arn: str) -> None:
    for other in (arn.upper(), arn.replace("/x/", "/"), f"{arn}x", "narrow", "", f"arn:aws:iam::{ACCOUNT}:policy/none"):
        assert found(world, other) is None
    assert found(world, arn, OTHER_ACCOUNT) is None


def test_aws_s_own(world: World) -> None:
    policy = aws_policies.ALL[0]
    assert found(world, policy.arn) == aws_policies.version(policy).document
