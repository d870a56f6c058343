"""What is longer than any real name: no Allow speaks of it, and no Deny overlooks it."""

import json

import pytest
from tests.house_fixture import allow

from sealstone.policy.document import Document, stored
from sealstone.policy.evaluate import Request, Verdict, evaluate
from sealstone.policy.pattern import LONGEST

USER = "arn:aws:iam::123456789012:user/"


def document(effect: str, resource: str = "*", **more: object) -> Document:
    return stored(json.dumps(allow("*", resource, Effect=effect, **more)))


@pytest.mark.parametrize("resource", ["*", USER + "*", USER + "*?x"])
def test_a_resource(resource: str) -> None:
    name = "x".rjust(LONGEST - len(USER), "a")
    for effect, verdict in (("Allow", Verdict.ALLOWED), ("Deny", Verdict.EXPLICIT_DENY)):
        documents = (document("Allow"), document(effect, resource))
        assert evaluate(documents, Request("iam:GetUser", USER + name, {})).verdict is verdict
        assert not evaluate(documents, Request("iam:GetUser", USER + "a" + name, {})).allowed


OPERATORS = ["StringLike", "StringNotLike", "ForAllValues:StringLike", "ForAnyValue:StringLike", "StringLikeIfExists"]


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("pattern", ["*", "none"])
def test_a_value(operator: str, pattern: str) -> None:
    condition = {operator: {"aws:TagKeys": pattern}}
    values = {"aws:tagkeys": ("a", "a" * (LONGEST + 1))}
    request = Request("iam:GetUser", "*", values)
    assert evaluate((document("Allow", Condition=condition),), request).verdict is Verdict.IMPLICIT_DENY
    denies = (document("Allow"), document("Deny", Condition=condition))
    assert evaluate(denies, request).verdict is Verdict.EXPLICIT_DENY


def test_the_longest_value_is_tested() -> None:
    condition = {"StringLike": {"aws:UserAgent": "*?b"}}
    values = {"aws:useragent": ("b".rjust(LONGEST, "a"),)}
    assert evaluate((document("Allow", Condition=condition),), Request("iam:GetUser", "*", values)).allowed


@pytest.mark.parametrize(
    ("operator", "value", "work"),
    [
        ("StringLike", "a", 55),
        ("StringEqualsIgnoreCase", "a", 90),
        ("ArnLike", "arn:aws:iam::1:*?a", 101),
        ("NumericEquals", "1", 90),
    ],
)
def test_what_a_condition_may_cost(operator: str, value: str, work: int) -> None:
    (statement,) = document("Allow", Condition={operator: {"aws:TagKeys": value}}).statements
    assert (statement.steps, statement.steps_per_value) == (8, work)
