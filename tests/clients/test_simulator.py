"""The policy simulator and its neighbours on the machine, by unmodified clients beside a running server."""

import json
from collections.abc import Callable
from subprocess import CompletedProcess
from typing import Any

from tests.server import Credentials, Server

Aws = Callable[..., "CompletedProcess[str]"]

POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
RESOURCE = "arn:aws:iam::123456789012:server-certificate/web"


def test_the_command_line_simulates(aws: Aws) -> None:
    asked = ("--policy-input-list", POLICY, "--action-names", "iam:GetUser", "iam:DeleteUser")
    answer = json.loads(aws("iam", "simulate-custom-policy", *asked, "--resource-arns", RESOURCE).stdout)
    found = {result["EvalActionName"]: result for result in answer["EvaluationResults"]}
    assert {name: result["EvalDecision"] for name, result in found.items()} == {
        "iam:GetUser": "allowed",
        "iam:DeleteUser": "implicitDeny",
    }
    (statement,) = found["iam:GetUser"]["MatchedStatements"]
    assert (statement["StartPosition"], statement["EndPosition"]) == (
        {"Line": 1, "Column": 38},
        {"Line": 1, "Column": len(POLICY) - 1},
    )


def test_results_are_paged_and_the_machine_s_own_answer_is_the_same(
    server: Server, administrator: Credentials, iam: Any
) -> None:
    user = iam.create_user(UserName="simulated")["User"]["Arn"]
    iam.put_user_policy(UserName="simulated", PolicyName="reading", PolicyDocument=POLICY)
    actions = [f"iam:{verb}{number}" for number in range(130) for verb in ("Get", "Put")]
    pages = iam.get_paginator("simulate_principal_policy").paginate(PolicySourceArn=user, ActionNames=actions)
    found = [(one["EvalActionName"], one["EvalDecision"]) for page in pages for one in page["EvaluationResults"]]
    assert found == [(name, "allowed" if "Get" in name else "implicitDeny") for name in actions]

    allowed = server.command("why", user, "iam:GetUser", user)
    assert (allowed.returncode, allowed.stdout) == (
        0,
        "allowed: statement 1 of policy reading, embedded in user simulated, allows it\n",
    )
    assert server.command("why", user, "iam:PutUserPolicy", user).returncode == 1
    everybody = json.loads(server.command("who-can", "iam:GetUser", user, "--json").stdout)
    who = {one["principal"] for one in everybody["principals"]}
    assert {user, f"arn:aws:iam::{administrator.account_id}:root"} <= who
