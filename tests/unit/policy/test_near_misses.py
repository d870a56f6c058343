"""How near a policy comes to allowing."""

import json
from collections.abc import Mapping

from sealstone.policy.evaluate import Request
from sealstone.policy.near_misses import NearMiss, UnmetCondition, Wants, near_misses

ARN = "arn:aws:iam::123456789012:server-certificate/web"
ASKED = Request("iam:GetServerCertificate", ARN, {"aws:sourceip": ("192.0.2.1",)})


def text(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(resource: object = "*", action: str = "iam:Get*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def test_a_statement_on_other_resources_is_near() -> None:
    others = ["arn:aws:iam::*:user/*", "arn:aws:iam::*:role/*"]
    assert near_misses(text(allow("*", "s3:*"), allow(others, Sid="Others")), ASKED) == (
        NearMiss(2, "Others", Wants.RESOURCE, tuple(others), excluding=False),
    )


def test_a_statement_on_all_but_this_is_near() -> None:
    statement = {"Effect": "Allow", "Action": "*", "NotResource": ARN}
    (found,) = near_misses(text(statement), ASKED)
    assert (found.wants, found.resources, found.excluding) == (Wants.RESOURCE, (ARN,), True)


def test_a_statement_whose_conditions_do_not_hold_is_near() -> None:
    condition = {
        "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "11.0.0.0/8"]},
        "Bool": {"aws:SecureTransport": "true"},
        "Null": {"aws:username": "true"},
    }
    (found,) = near_misses(text(allow(Condition=condition)), ASKED)
    assert found.wants is Wants.CONDITION
    assert found.conditions == (
        UnmetCondition("IpAddress", "aws:SourceIp", ("10.0.0.0/8", "11.0.0.0/8"), ("192.0.2.1",)),
        UnmetCondition("Bool", "aws:SecureTransport", ("true",), ()),
    )


def test_what_denies_what_is_about_other_actions_and_what_allows_is_not_near() -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::x"}
    assert near_misses(text(deny, allow(action="s3:*"), allow()), ASKED) == ()


def test_a_statement_without_resource_wants_one() -> None:
    """`stored` takes what `read` would refuse: such a statement means nothing at all."""
    (found,) = near_misses(text({"Effect": "Allow", "Action": "*"}), ASKED)
    assert (found.resources, found.excluding) == ((), False)
