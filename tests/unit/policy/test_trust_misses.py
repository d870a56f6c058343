"""How near a trust policy comes to letting somebody in."""

import json
from typing import Any

from sealstone.policy.near_misses import UnmetCondition
from sealstone.policy.principals import Reach, TrustPrincipal
from sealstone.policy.trust_misses import TrustMiss, misses

ACCOUNT = "123456789012"
ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"
IDS = {ANN: "AIDAANN"}
CONDITION = {"StringEquals": {"sts:ExternalId": ["abc"]}}


def statement(principal: str = ANN, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **more}


def found(*statements: dict[str, Any], **context: str) -> list[TrustMiss]:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    principal = TrustPrincipal(ACCOUNT, (ANN,), unique_id="AIDAANN")
    values = {name.replace("__", ":"): (value,) for name, value in context.items()}
    return list(misses(text, IDS, action="sts:assumeROLE", principal=principal, context=values))


def test_each_statement_that_means_the_principal() -> None:
    wanted = (UnmetCondition("StringEquals", "sts:ExternalId", ("abc",), ("xyz",)),)
    statements = (
        statement(Sid="Named", Condition=CONDITION),
        statement(ACCOUNT, Condition=CONDITION),
        statement("*", Condition=CONDITION),
    )
    assert found(*statements, sts__externalid="xyz") == [
        TrustMiss(1, "Named", Reach.DIRECT, wanted),
        TrustMiss(2, "", Reach.ACCOUNT, wanted),
        TrustMiss(3, "", Reach.EVERYONE, wanted),
    ]


def test_others_and_what_holds_are_not_near() -> None:
    statements = (
        statement(Effect="Deny", Condition=CONDITION),
        statement(Action="sts:TagSession", Condition=CONDITION),
        statement("210987654321", Condition=CONDITION),
        statement(),
    )
    assert found(*statements) == []
    assert found(statement(Condition=CONDITION), sts__externalid="abc") == []
