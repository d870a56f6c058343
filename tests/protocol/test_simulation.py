"""The policy simulator through the door: decisions, matched statements and their places, missing keys, pages."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.house_fixture import ACCOUNT, World, allow, signed

BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
CERTIFICATE = f"arn:aws:iam::{ACCOUNT}:server-certificate/web"
OTHER = f"arn:aws:iam::{ACCOUNT}:server-certificate/api"
ALL = json.dumps(allow("*", "*"), separators=(",", ":"))
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
    }
)


def asked(action: str, *, lists: Mapping[str, list[str]] | None = None, **parameters: str) -> dict[str, str]:
    members = {
        f"{name}.member.{number}": value
        for name, values in (lists or {}).items()
        for number, value in enumerate(values, start=1)
    }
    return {"Action": action} | parameters | members


def simulated(world: World, *, source: str = "", **lists: list[str]) -> list[Any]:
    """The results for the entity `source`, or for the policies of PolicyInputList alone."""
    lists.setdefault("ActionNames", ["iam:GetServerCertificate"])
    action, more = ("SimulatePrincipalPolicy", {"PolicySourceArn": source}) if source else ("SimulateCustomPolicy", {})
    found: list[Any] = world.done("iam", asked(action, lists=lists, **more))["EvaluationResults"]
    return found


def refused(world: World, action: str, parameters: dict[str, str]) -> tuple[str, str]:
    answer = world.ask("iam", {"Action": action, "ActionNames.member.1": "iam:GetUser"} | parameters)
    return answer.code, answer.message


def policy(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def entry(number: int, name: str, *values: str, kind: str = "string") -> dict[str, str]:
    prefix = f"ContextEntries.member.{number}"
    sent = {f"{prefix}.ContextKeyValues.member.{at}": value for at, value in enumerate(values, start=1)}
    return {f"{prefix}.ContextKeyName": name, f"{prefix}.ContextKeyType": kind} | sent


def test_an_action_on_everything_as_aws_answered(world: World) -> None:
    (result,) = simulated(world, PolicyInputList=[ALL])
    assert result == {
        "EvalActionName": "iam:GetServerCertificate",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [
            {
                "SourcePolicyId": "PolicyInputList.1",
                "SourcePolicyType": "IAM Policy",
                "StartPosition": {"Line": 1, "Column": 38},
                "EndPosition": {"Line": 1, "Column": len(ALL) - 1},
            }
        ],
        "MissingContextValues": [],
    }


def test_resources_are_told_one_by_one_and_together_by_the_strictest(world: World) -> None:
    statements = (
        {"Effect": "Allow", "Action": "*", "Resource": CERTIFICATE},
        {"Effect": "Deny", "Action": "iam:Get*", "Resource": OTHER},
    )
    lists = {"PolicyInputList": [policy(*statements)], "ResourceArns": [CERTIFICATE, OTHER, BOB]}
    (result,) = simulated(world, source="", **lists)
    assert (result["EvalResourceName"], result["EvalDecision"], result["EvalDecisionDetails"]) == (
        "*",
        "explicitDeny",
        {},
    )
    specific = {one["EvalResourceName"]: one for one in result["ResourceSpecificResults"]}
    assert {name: one["EvalResourceDecision"] for name, one in specific.items()} == {
        CERTIFICATE: "allowed",
        OTHER: "explicitDeny",
        BOB: "implicitDeny",
    }
    assert specific[BOB]["MatchedStatements"] == []
    assert result["MatchedStatements"] == specific[OTHER]["MatchedStatements"] != []
    (one,) = simulated(world, PolicyInputList=[ALL], ResourceArns=[OTHER])
    assert (one["EvalResourceName"], one["EvalDecision"]) == (OTHER, "allowed")


def test_of_several_that_match_only_those_that_decide_are_told(world: World) -> None:
    deny = policy({"Effect": "Deny", "Action": "iam:*", "Resource": "*"})
    (result,) = simulated(world, PolicyInputList=[ALL, ALL])
    assert [found["SourcePolicyId"] for found in result["MatchedStatements"]] == [
        "PolicyInputList.1",
        "PolicyInputList.2",
    ]
    (result,) = simulated(world, PolicyInputList=[ALL, deny])
    assert result["EvalDecision"] == "explicitDeny"
    assert [found["SourcePolicyId"] for found in result["MatchedStatements"]] == ["PolicyInputList.2"]


def test_a_user_s_own_policies_its_groups_and_aws_s(world: World) -> None:
    world.user("bob", allow("iam:GetServerCertificate", "*"))
    aws = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    world.done("iam", asked("CreateGroup", GroupName="devs"))
    world.done("iam", asked("AddUserToGroup", GroupName="devs", UserName="bob"))
    world.done("iam", asked("PutGroupPolicy", GroupName="devs", PolicyName="p", PolicyDocument=ALL))
    world.done("iam", asked("AttachGroupPolicy", GroupName="devs", PolicyArn=aws))
    names = ["user_bob_policy-1", "group_devs_p", "IAMReadOnlyAccess"]
    (result,) = simulated(world, source=BOB)
    assert [found["SourcePolicyId"] for found in result["MatchedStatements"]] == names
    (result,) = simulated(world, source=BOB, PolicyInputList=[ALL])
    assert [found["SourcePolicyId"] for found in result["MatchedStatements"]] == [*names, "PolicyInputList.1"]
    (result,) = simulated(world, source=f"arn:aws:iam::{ACCOUNT}:group/devs")
    assert [found["SourcePolicyId"] for found in result["MatchedStatements"]] == names[1:]


def test_a_group_with_a_policy_of_the_account(world: World) -> None:
    made = world.done("iam", asked("CreatePolicy", PolicyName="mine", PolicyDocument=ALL))["Policy"]["Arn"]
    world.done("iam", asked("CreateGroup", GroupName="devs"))
    world.done("iam", asked("AttachGroupPolicy", GroupName="devs", PolicyArn=made))
    (result,) = simulated(world, source=f"arn:aws:iam::{ACCOUNT}:group/devs")
    assert [found["SourcePolicyId"] for found in result["MatchedStatements"]] == ["mine"]


def test_a_role(world: World) -> None:
    world.done("iam", asked("CreateRole", RoleName="ci", AssumeRolePolicyDocument=TRUST))
    world.done("iam", asked("PutRolePolicy", RoleName="ci", PolicyName="p", PolicyDocument=ALL))
    (result,) = simulated(world, source=f"arn:aws:iam::{ACCOUNT}:role/ci")
    assert [found["SourcePolicyId"] for found in result["MatchedStatements"]] == ["role_ci_p"]


def test_a_boundary_narrows_and_one_that_is_sent_replaces_it(world: World) -> None:
    world.user("bob", allow("*", "*"))
    narrow = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    made = world.done("iam", asked("CreatePolicy", PolicyName="edge", PolicyDocument=narrow))["Policy"]["Arn"]
    world.done("iam", asked("PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=made))
    (result,) = simulated(world, source=BOB, ResourceArns=[CERTIFICATE])
    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert result["ResourceSpecificResults"][0]["PermissionsBoundaryDecisionDetail"] == {
        "AllowedByPermissionsBoundary": False
    }
    (result,) = simulated(world, source=BOB, PermissionsBoundaryPolicyInputList=[ALL])
    assert result["EvalDecision"] == "allowed"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}


def test_a_deny_in_a_boundary_is_told(world: World) -> None:
    deny = policy({"Effect": "Deny", "Action": "*", "Resource": "*"})
    (result,) = simulated(world, PolicyInputList=[ALL], PermissionsBoundaryPolicyInputList=[deny])
    assert result["EvalDecision"] == "explicitDeny"
    assert [found["SourcePolicyId"] for found in result["MatchedStatements"]] == [
        "PermissionsBoundaryPolicyInputList.1"
    ]


def test_what_the_context_has_decides_and_what_it_lacks_is_told(world: World) -> None:
    world.user(
        "bob",
        allow(
            "iam:GetServerCertificate",
            f"arn:aws:iam::{ACCOUNT}:server-certificate/${{aws:username}}/*",
            Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "Bool": {"aws:SecureTransport": "true"}},
        ),
        allow("s3:*", "*", Condition={"Null": {"s3:x-amz-acl": "true"}}),
    )
    question = asked(
        "SimulatePrincipalPolicy",
        lists={
            "ActionNames": ["iam:GetServerCertificate"],
            "ResourceArns": [f"arn:aws:iam::{ACCOUNT}:server-certificate/bob/web"],
        },
        PolicySourceArn=BOB,
    )
    (result,) = world.done("iam", question)["EvaluationResults"]
    assert result["MissingContextValues"] == ["aws:SourceIp", "aws:SecureTransport"]
    assert result["EvalDecision"] == "implicitDeny"
    entries = entry(1, "AWS:SOURCEIP", "192.0.2.9", kind="ip") | entry(2, "aws:SecureTransport", "true", kind="boolean")
    (result,) = world.done("iam", question | entries)["EvaluationResults"]
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])


def test_the_caller_is_another_when_it_is_named(world: World) -> None:
    world.user("bob", allow("*", "*", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}), tags={"team": "x"})
    world.user("ada", tags={"team": "red"})
    (result,) = simulated(world, source=BOB)
    assert result["EvalDecision"] == "implicitDeny"
    ada = f"arn:aws:iam::{ACCOUNT}:user/ada"
    question = asked("SimulatePrincipalPolicy", lists={"ActionNames": ["iam:GetUser"]}, PolicySourceArn=BOB)
    (result,) = world.done("iam", question | {"CallerArn": ada})["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"
    condition = {"StringEquals": {"aws:username": "ada"}}
    custom = policy({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition})
    question = asked("SimulateCustomPolicy", lists={"ActionNames": ["iam:GetUser"], "PolicyInputList": [custom]})
    (result,) = world.done("iam", question | {"CallerArn": ada})["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"
    assert world.ask("iam", question | {"CallerArn": f"arn:aws:iam::{ACCOUNT}:root"}).code == "InvalidInput"


def test_results_come_in_pages(world: World) -> None:
    actions = [f"iam:Get{number}" for number in range(5)]
    question = asked("SimulateCustomPolicy", lists={"ActionNames": actions, "PolicyInputList": [ALL]}, MaxItems="2")
    found: list[str] = []
    marker: dict[str, str] = {}
    while True:
        answer = world.done("iam", question | marker)
        found += [result["EvalActionName"] for result in answer["EvaluationResults"]]
        if not answer["IsTruncated"]:
            break
        marker = {"Marker": answer["Marker"]}
    assert found == actions
    for bad in ("nonsense", "OTk", "eA"):
        assert world.ask("iam", question | {"Marker": bad}).message == "Invalid Marker."


def test_too_much_at_once_is_refused_and_much_comes_in_short_pages(world: World) -> None:
    big = policy(*({"Effect": "Allow", "Action": f"s3:{number}", "Resource": "*"} for number in range(300)))
    lists = {"PolicyInputList": [big], "ActionNames": ["s3:a", "s3:b"], "ResourceArns": [CERTIFICATE] * 100}
    answer = world.done("iam", asked("SimulateCustomPolicy", lists=lists))
    assert (len(answer["EvaluationResults"]), answer["IsTruncated"]) == (1, True)
    lists["ResourceArns"] = [CERTIFICATE] * 200
    refusal = world.ask("iam", asked("SimulateCustomPolicy", lists=lists))
    assert (refusal.code, "fewer ResourceArns" in refusal.message) == ("InvalidInput", True)


def test_there_is_an_end_to_combinations(world: World) -> None:
    lists = {"PolicyInputList": [ALL], "ActionNames": ["s3:a"] * 100, "ResourceArns": [CERTIFICATE] * 101}
    refusal = world.ask("iam", asked("SimulateCustomPolicy", lists=lists))
    assert (refusal.code, "are 10100 combinations" in refusal.message) == ("InvalidInput", True)
    lists["ResourceArns"].pop()
    answer = world.done("iam", asked("SimulateCustomPolicy", lists=lists))
    assert (len(answer["EvaluationResults"]), answer["IsTruncated"]) == (10, True)


def test_dear_patterns_are_asked_of_few_resources(world: World) -> None:
    dear = policy({"Effect": "Allow", "Action": "*", "Resource": [f"arn:aws:iam::*:user/*?{n}" for n in range(3_000)]})
    lists = {"PolicyInputList": [dear], "ActionNames": ["iam:GetUser"], "ResourceArns": [BOB] * 2}
    assert world.ask("iam", asked("SimulateCustomPolicy", lists=lists)).code == ""
    lists["ResourceArns"] *= 2
    refusal = world.ask("iam", asked("SimulateCustomPolicy", lists=lists))
    assert (refusal.code, "fewer wildcards" in refusal.message) == ("InvalidInput", True)


def test_policies_may_not_be_longer_than_can_be_read_in_time(world: World) -> None:
    blank = ALL + " " * 130_000
    lists = {"PolicyInputList": [blank] * 2, "ActionNames": ["iam:GetUser"]}
    assert world.ask("iam", asked("SimulateCustomPolicy", lists=lists)).code == ""
    lists["PolicyInputList"] *= 2
    refusal = world.ask("iam", asked("SimulateCustomPolicy", lists=lists))
    assert (refusal.code, "send fewer policies" in refusal.message) == ("InvalidInput", True)


def test_the_event_loop_does_not_simulate(world: World) -> None:
    question = asked("SimulateCustomPolicy", lists={"PolicyInputList": [ALL], "ActionNames": ["iam:GetUser"]})
    assert world.endpoint.handle_read(signed("iam", question, world.administrator)) is None
    assert world.endpoint.handle_read(signed("iam", {"Action": "ListUsers"}, world.administrator)) is not None


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/nobody"}, "NoSuchEntity", "user with name nobody"),
        ({"PolicySourceArn": "arn:aws:iam::210987654321:role/ci"}, "NoSuchEntity", "role with name ci"),
        ({"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:group/none"}, "NoSuchEntity", "group with name none"),
        ({"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:policy/p"}, "InvalidInput", "Invalid Entity Arn"),
        ({"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:root"}, "InvalidInput", "Invalid Entity Arn"),
        ({"PolicySourceArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b"}, "InvalidInput", "Invalid Entity Arn"),
        ({"PolicySourceArn": "nothing-of-the-kind-at-all"}, "InvalidInput", "Invalid Entity Arn"),
        ({"PolicySourceArn": BOB, "CallerArn": BOB + "-x"}, "NoSuchEntity", "bob-x"),
        ({"PolicySourceArn": BOB, "ResourceOwner": "210987654321"}, "InvalidInput", "another account"),
        ({"PolicySourceArn": BOB, "ResourcePolicy": "{}"}, "InvalidInput", "ResourcePolicy"),
        ({"PolicySourceArn": BOB, "ResourceArns.member.1": "x"}, "InvalidInput", "ARN format"),
        ({"PolicySourceArn": BOB, "ActionNames.member.1": "iam:*"}, "InvalidInput", "wildcards"),
        ({"PolicySourceArn": BOB, "PolicyInputList.member.1": "{"}, "InvalidInput", "PolicyInputList.1"),
        (
            {
                "PolicySourceArn": BOB,
                "PermissionsBoundaryPolicyInputList.member.1": ALL,
                "PermissionsBoundaryPolicyInputList.member.2": ALL,
            },
            "InvalidInput",
            "one permissions boundary",
        ),
        ({"PolicySourceArn": BOB} | entry(1, "aws:a1", "x", "y"), "InvalidInput", "2 values"),
        ({"PolicySourceArn": BOB} | entry(1, "aws:a1", "x", kind="dateList"), "InvalidInput", "not of the type"),
        (
            {"PolicySourceArn": BOB} | entry(1, "aws:a1", "1", kind="numeric") | entry(2, "AWS:A1"),
            "InvalidInput",
            "once",
        ),
        ({"PolicySourceArn": BOB, "ContextEntries.member.1.ContextKeyType": "ip"}, "InvalidInput", "ContextKeyName"),
    ],
)
def test_what_cannot_be_simulated_is_refused(world: World, parameters: dict[str, str], code: str, words: str) -> None:
    world.user("bob")
    found = refused(world, "SimulatePrincipalPolicy", parameters)
    assert (found[0], words in found[1]) == (code, True), found


def test_the_owner_may_be_the_account(world: World) -> None:
    world.user("bob")
    for owner in (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"):
        assert refused(world, "SimulatePrincipalPolicy", {"PolicySourceArn": BOB, "ResourceOwner": owner}) == ("", "")


def test_context_keys_are_told_as_they_are_written(world: World) -> None:
    world.user("bob", allow("*", "arn:aws:s3:::${aws:UserName}", Condition={"Null": {"aws:TagKeys": "true"}}))
    condition = {"Null": {"AWS:tagkeys": "true", "aws:SourceIp": "true"}}
    more = policy({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition})
    keys = world.done("iam", asked("GetContextKeysForPrincipalPolicy", PolicySourceArn=BOB))["ContextKeyNames"]
    assert keys == ["aws:UserName", "aws:TagKeys"]
    both = asked("GetContextKeysForPrincipalPolicy", PolicySourceArn=BOB, lists={"PolicyInputList": [more]})
    assert world.done("iam", both)["ContextKeyNames"] == ["aws:UserName", "aws:TagKeys", "aws:SourceIp"]
    sent = asked("GetContextKeysForCustomPolicy", lists={"PolicyInputList": [more]})
    assert world.done("iam", sent)["ContextKeyNames"] == ["AWS:tagkeys", "aws:SourceIp"]


def test_who_may_simulate_whom(world: World) -> None:
    world.user("bob")
    eve = world.user("eve", allow("iam:SimulatePrincipalPolicy", f"arn:aws:iam::{ACCOUNT}:user/bo*"))
    question = asked("SimulatePrincipalPolicy", lists={"ActionNames": ["iam:GetUser"]}, PolicySourceArn=BOB)
    assert world.ask("iam", question, key=eve).code == ""
    other = question | {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/eve"}
    assert world.ask("iam", other, key=eve).code == "AccessDenied"
    custom = asked("SimulateCustomPolicy", lists={"ActionNames": ["iam:GetUser"], "PolicyInputList": [ALL]})
    assert world.ask("iam", custom, key=eve).code == "AccessDenied"


def test_the_simulator_says_what_the_house_does(world: World) -> None:
    bob = world.user("bob", allow("iam:Get*", "*"), allow("iam:GetRole", "*", Effect="Deny"))
    for action, call in (
        ("iam:GetUser", asked("GetUser")),
        ("iam:GetRole", asked("GetRole", RoleName="x")),
        ("iam:ListUsers", asked("ListUsers")),
    ):
        (result,) = simulated(world, source=BOB, ActionNames=[action])
        assert (result["EvalDecision"] == "allowed") is (world.ask("iam", call, key=bob).code != "AccessDenied")
