"""Whom a trust policy lets in."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy import trust
from sealstone.policy.problems import LEGACY, SYNTAX, MalformedPolicyDocument
from sealstone.policy.trust import TrustPrincipal, TrustVerdict

A = "123456789012"
BOB = f"arn:aws:iam::{A}:user/bob"
IDS = {BOB: "AIDABOB"}
AS_BOB = TrustPrincipal(A, (BOB,), unique_id="AIDABOB")
ALLOW_BOB = {"Effect": "Allow", "Principal": {"AWS": BOB}, "Action": "sts:AssumeRole"}
ALLOW_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}
DENY_ALL = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}

DIRECT, EVERYONE, ACCOUNT, DENIED, NONE = (
    TrustVerdict.DIRECT,
    TrustVerdict.EVERYONE,
    TrustVerdict.ACCOUNT,
    TrustVerdict.EXPLICIT_DENY,
    TrustVerdict.NONE,
)


def text(*statements: Mapping[str, object], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def verdict(
    *statements: Mapping[str, object],
    action: str = "sts:AssumeRole",
    principal: TrustPrincipal = AS_BOB,
    version: str = "2012-10-17",
    **context: str,
) -> TrustVerdict:
    document = trust.stored(text(*statements, version=version), IDS)
    keys = {key.replace("_", ":").lower(): (value,) for key, value in context.items()}
    return trust.evaluate(document, action=action, principal=principal, context=keys)


def test_an_allow_names_the_principal_its_account_or_neither() -> None:
    assert verdict(ALLOW_BOB) is DIRECT
    assert verdict(ALLOW_ACCOUNT) is ACCOUNT
    assert verdict(ALLOW_ACCOUNT, ALLOW_BOB) is DIRECT
    assert verdict(ALLOW_BOB, ALLOW_ACCOUNT) is DIRECT
    assert verdict({**ALLOW_ACCOUNT, "Principal": {"AWS": "210987654321"}}) is NONE
    everyone = {**ALLOW_ACCOUNT, "Principal": "*"}
    assert verdict(everyone) is EVERYONE
    assert verdict(ALLOW_ACCOUNT, everyone) is EVERYONE
    assert verdict(everyone, ALLOW_BOB, everyone) is DIRECT


def test_the_work_of_its_conditions_is_known() -> None:
    external = {**ALLOW_BOB, "Condition": {"StringLike": {"sts:ExternalId": ["?" * 100, "b"]}}}
    one, two = (trust.stored(text(*[external] * count), IDS).steps_per_value for count in (1, 2))
    assert two == 2 * one > 400
    assert trust.stored(text(ALLOW_BOB), IDS).steps_per_value == 0


def test_a_deny_wins_wherever_it_stands_and_only_if_it_applies() -> None:
    assert verdict(ALLOW_BOB, DENY_ALL) is DENIED
    assert verdict(DENY_ALL, ALLOW_BOB) is DENIED
    assert verdict(DENY_ALL) is DENIED
    assert verdict(ALLOW_BOB, {**DENY_ALL, "Action": "sts:TagSession"}) is DIRECT
    assert verdict(ALLOW_BOB, {**DENY_ALL, "Condition": MFA}) is DIRECT
    but_bob = {"Effect": "Deny", "NotPrincipal": {"AWS": BOB}, "Action": "sts:AssumeRole"}
    assert verdict(ALLOW_ACCOUNT, but_bob) is ACCOUNT
    assert verdict(ALLOW_ACCOUNT, but_bob, principal=TrustPrincipal(A, (), unique_id="AIDAEVE")) is DENIED


def test_each_action_is_asked_for_by_itself() -> None:
    assert verdict(ALLOW_BOB, action="sts:TagSession") is NONE
    assert verdict(ALLOW_BOB, action="STS:ASSUMEROLE") is DIRECT
    assert verdict({**ALLOW_BOB, "Action": ["sts:AssumeRole", "sts:Tag*"]}, action="sts:TagSession") is DIRECT


def test_conditions_and_variables_are_held_against_the_request() -> None:
    external = {**ALLOW_BOB, "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}
    assert verdict(external, sts_ExternalId="x") is DIRECT
    assert verdict(external, sts_ExternalId="y") is NONE
    assert verdict(external) is NONE
    own_name = {**ALLOW_BOB, "Condition": {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}}
    assert verdict(own_name, sts_RoleSessionName="bob", aws_username="bob") is DIRECT
    assert verdict(own_name, sts_RoleSessionName="eve", aws_username="bob") is NONE
    assert verdict(own_name, version="2008-10-17", sts_RoleSessionName="bob", aws_username="bob") is NONE


def test_a_service_is_let_in_by_name() -> None:
    service = TrustPrincipal(A, (), service="rolesanywhere.amazonaws.com")
    allow = {**ALLOW_BOB, "Principal": {"Service": "rolesanywhere.amazonaws.com"}}
    assert verdict(allow, principal=service) is DIRECT
    assert verdict({**ALLOW_BOB, "Principal": "*"}, principal=service) is NONE


STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Principal": st.sampled_from(["*", {"AWS": BOB}, {"AWS": A}, {"AWS": "210987654321"}]),
            "Action": st.sampled_from(["sts:AssumeRole", "sts:TagSession", "sts:*"]),
        }
    ),
    min_size=1,
    max_size=5,
)


@given(STATEMENTS)
def test_an_added_deny_never_lets_in_and_order_never_matters(statements: list[dict[str, object]]) -> None:
    before = verdict(*statements)
    assert verdict(*reversed(statements)) is before
    assert verdict(*statements, DENY_ALL) is DENIED


def test_read_trusts_no_name_until_ids_are_known() -> None:
    document = trust.read(text(ALLOW_BOB, {**ALLOW_BOB, "Principal": {"AWS": [BOB, A]}}))
    assert document.named == (BOB,)
    assert trust.evaluate(document, action="sts:AssumeRole", principal=AS_BOB, context={}) is ACCOUNT


@pytest.mark.parametrize(
    ("condition", "cause"),
    [({"NumericEquals": {"a": "x"}}, LEGACY), ({"StringEquals": {"aws:x": "${"}}, SYNTAX)],
)
def test_what_was_stored_and_cannot_be_compiled_lets_nobody_in(condition: object, cause: str) -> None:
    with pytest.raises(MalformedPolicyDocument) as refusal:
        trust.stored(text({**ALLOW_BOB, "Condition": condition}), IDS)
    assert refusal.value.cause == cause


def test_a_stored_document_without_actions_allows_nothing() -> None:
    assert verdict({"Effect": "Allow", "Principal": "*"}) is NONE


def test_principals_are_shown_by_their_present_names() -> None:
    now = {BOB: "arn:now"}
    spaced = '{ "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"} }'
    assert trust.shown_as(spaced, {}) == trust.shown_as(spaced, {BOB: BOB}) == trust.shown_as(spaced, {}) == spaced
    many = {"AWS": [BOB, A], "Service": BOB}
    shown = json.loads(
        trust.shown_as(
            text(
                ALLOW_BOB,
                {**ALLOW_BOB, "Principal": many, "Condition": {"ArnEquals": {"aws:PrincipalArn": BOB}}},
                {**DENY_ALL, "Sid": "Ä"},
            ),
            now,
        )
    )
    assert [one["Principal"] for one in shown["Statement"]] == [
        {"AWS": "arn:now"},
        {"AWS": ["arn:now", A], "Service": BOB},
        "*",
    ]
    assert shown["Statement"][1]["Condition"] == {"ArnEquals": {"aws:PrincipalArn": BOB}}
    long = {**ALLOW_BOB, "Condition": {"NumericLessThan": {"aws:x": 7}}}
    digits = text(long).replace("7", "7" * 5000)
    assert "7" * 5000 in trust.shown_as(digits, now)
    single = json.dumps({"Statement": {**ALLOW_BOB, "NotPrincipal": {"AWS": BOB}}})
    assert json.loads(trust.shown_as(single, now))["Statement"]["NotPrincipal"] == {"AWS": "arn:now"}
