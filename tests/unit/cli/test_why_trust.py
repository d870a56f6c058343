"""`sealstone why` and `who-can` of roles that are trusted under conditions, and when it is nobody who may."""

import json
from typing import Any

import pytest
from tests.house_fixture import ACCOUNT, World, allow

from sealstone.cli import main

ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"
CI = f"arn:aws:iam::{ACCOUNT}:role/ci"
ASSUME = "sts:AssumeRole"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    status = main(list(arguments))
    captured = capsys.readouterr()
    assert not captured.err
    return int(status), captured.out.splitlines()


def role(world: World, principal: str, **more: Any) -> None:
    """One that trusts the principal."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **more}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.done("iam", {"Action": "CreateRole", "RoleName": "ci", "AssumeRolePolicyDocument": document})


EXTERNAL = {"StringEquals": {"sts:ExternalId": "abc"}}


@pytest.mark.parametrize(
    ("principal", "whom"),
    [(ANN, "the user"), (ACCOUNT, "its account"), ("*", "everybody")],
    ids=["name", "account", "*"],
)
def test_a_trust_policy_under_a_condition(
    why_world: World, capsys: pytest.CaptureFixture[str], principal: str, whom: str
) -> None:
    why_world.user("ann")
    role(why_world, principal, Sid="Outside", Condition=EXTERNAL)
    assert run(capsys, "why", ANN, ASSUME, CI) == (
        1,
        [
            "denied: the trust policy of role ci trusts the user only under conditions, which do not hold",
            (
                f'  statement 1 "Outside" of the trust policy of role ci would trust {whom} if StringEquals '
                "sts:ExternalId: abc (the request has no such key)"
            ),
            "  it may hang on what the request does not have here: sts:ExternalId",
            "  denied: user ann has no policies, nor have its groups",
        ],
    )
    status, printed = run(capsys, "why", ANN, ASSUME, CI, "--context", "sts:ExternalId=xyz")
    assert (status, "(the request has xyz)" in printed[1], len(printed)) == (1, True, 3)
    given = ("--context", "sts:ExternalId=abc")
    assert run(capsys, "why", ANN, ASSUME, CI, *given)[0] == (principal == ACCOUNT)


def test_what_is_no_near_miss(why_world: World, capsys: pytest.CaptureFixture[str]) -> None:
    why_world.user("ann")
    why_world.user("bob")
    role(why_world, f"{ANN[:-3]}bob", Condition=EXTERNAL)
    neither = "denied: the trust policy of role ci trusts neither the user nor its account with it"
    assert run(capsys, "why", ANN, ASSUME, CI)[1][0] == neither
    assert run(capsys, "why", f"{ANN[:-3]}bob", "sts:TagSession", CI)[1][0] == neither


def test_everybody_is_nobodys_name(why_world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A trust policy for all is enough for who has no boundary."""
    why_world.user("ann")
    role(why_world, "*")
    assert run(capsys, "why", ANN, ASSUME, CI) == (0, ["allowed: the trust policy of role ci trusts everybody"])
    edge = json.dumps(allow("iam:*", "*"))
    made = why_world.done("iam", {"Action": "CreatePolicy", "PolicyName": "edge", "PolicyDocument": edge})["Policy"]
    bound = {"Action": "PutUserPermissionsBoundary", "UserName": "ann", "PermissionsBoundary": made["Arn"]}
    why_world.done("iam", bound)
    status, printed = run(capsys, "why", ANN, ASSUME, CI)
    assert (status, printed[1]) == (
        1,
        "  the trust policy of role ci trusts it, but its permissions boundary must allow it too",
    )


def test_nobody_at_all(why_world: World, capsys: pytest.CaptureFixture[str]) -> None:
    role(why_world, f"{ANN[:-3]}administrator", Condition=EXTERNAL)
    assert run(capsys, "who-can", ASSUME, CI) == (
        1,
        [f"nobody may do {ASSUME} on {CI}; `sealstone why` tells of one principal why not"],
    )
    assert run(capsys, "who-can", ASSUME, f"{CI}s")[1][-1] == f"nothing has the ARN {CI}s now"
    assert json.loads("".join(run(capsys, "who-can", ASSUME, CI, "--json")[1]))["principals"] == []
