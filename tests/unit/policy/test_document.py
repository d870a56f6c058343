"""Validation of policy documents: every vector, where a refusal points to, and what compiling keeps."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.model.problem import Problem
from sealstone.policy.document import read, stored
from sealstone.policy.problems import MalformedPolicyDocument

VECTORS = Path(__file__).parents[2] / "vectors" / "policy"
CASES: list[dict[str, Any]] = [
    case for path in sorted(VECTORS.glob("documents_*.json")) for case in json.loads(path.read_text())
]


def text_of(case: dict[str, Any]) -> str:
    text = case["text"] if "text" in case else json.dumps(case["document"])
    assert isinstance(text, str)
    return text


def test_there_are_the_recorded_cases() -> None:
    recorded = [case for case in CASES if case["source"] == "recorded"]
    assert len([case for case in recorded if case["message"]]) >= 78
    assert len(CASES) == len({case["id"] for case in CASES})
    assert {case["source"] for case in CASES} == {"recorded", "documented", "inferred"}


@pytest.mark.parametrize("case", [case for case in CASES if case["message"]], ids=lambda case: str(case["id"]))
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(MalformedPolicyDocument) as caught:
        read(text_of(case), managed=case["managed"])
    assert caught.value.cause == case["message"]
    assert caught.value.cure
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("case", [case for case in CASES if not case["message"]], ids=lambda case: str(case["id"]))
def test_accepted_and_read_again_from_the_store(case: dict[str, Any]) -> None:
    document = read(text_of(case), managed=case["managed"])
    again = stored(text_of(case))
    assert [statement.sid for statement in document.statements] == [statement.sid for statement in again.statements]
    assert document.version == again.version
    assert document.uses_context is again.uses_context


def policy(**statement: object) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, statement]}
    )


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        (policy(Effect="Allow", Action="*", Resource=["*", "thing"]), 'statement 2: Resource, entry 2, "thing": write'),
        (policy(Effect="Allow", NotAction="Get", Resource="*"), 'statement 2: NotAction, entry 1, "Get": write'),
        (policy(Effect="Perhaps"), 'statement 2: Effect is "Perhaps"; write Allow or Deny'),
        (policy(Effect="allow", Action="*", Resource="*"), 'statement 2: Effect is "allow"; write Allow'),
        (policy(Effect="Allow", Action=[1], Resource="*"), "statement 2: Action, entry 1 is a number; write a string"),
        (policy(Effect="Allow", Action=None, Resource="*"), "statement 2: Action, entry 1 is null; write a string"),
        (policy(Effect="Allow", Action=True, Resource="*"), "statement 2: Action, entry 1 is a Boolean;"),
        (policy(Effect="Deny", Colour="red"), 'statement 2 has the unknown key "Colour"; known are Action, '),
        (
            policy(
                Effect="Deny", Action="*", Resource="*", Condition={"DateEquals": {"aws:CurrentTime": ["2020", "x"]}}
            ),
            'statement 2: Condition DateEquals, key "aws:CurrentTime": "x" is not a date in ISO 8601',
        ),
        (
            policy(Effect="Deny", Action="*", Resource="*", Condition={"Same": {"a": "x"}}),
            'statement 2: Condition: there is no operator "Same"',
        ),
        (policy(Effect="Deny", Action="*", Resource="arn:aws:s3:::${x"), "statement 2: a ${ is not closed; close it"),
        ("{\n 5", "the document is not JSON at line 2, column 2: "),
        ('{"a": 1, "b": 2, "a": 3}', 'the key "a" stands twice in one object; keep one'),
        (policy(Effect="Deny", Sid="x" * 200, Colour=1), "statement 2 has the unknown key"),
        (json.dumps({"Version": "2012-10-17", "Statement": [], "y" * 200: 1}), f'key "{"y" * 80}..."'),
    ],
)
def test_a_refusal_says_where_and_how_to_mend_it(text: str, cure: str) -> None:
    with pytest.raises(MalformedPolicyDocument) as caught:
        read(text)
    assert cure in caught.value.cure


def test_an_earlier_rule_wins_over_an_earlier_statement() -> None:
    statements = [
        {"Effect": "Allow", "Action": "nowhere", "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3::five"},
    ]
    with pytest.raises(MalformedPolicyDocument, match="legacy parsing"):
        read(json.dumps({"Version": "2012-10-17", "Statement": statements}))


def test_the_store_is_not_asked_the_rules_for_storing() -> None:
    document = stored(json.dumps({"Statement": [{"Sid": "not alphanumeric", "Effect": "DENY"}]}))
    (statement,) = document.statements
    assert not statement.allows
    assert not statement.actions
    assert not document.uses_context


def test_the_store_refuses_what_no_engine_could_read() -> None:
    text = json.dumps({"Statement": {"Effect": "Deny", "Condition": {"IpAddress": {"aws:SourceIp": "here"}}}})
    with pytest.raises(MalformedPolicyDocument, match="legacy parsing"):
        stored(text)


@pytest.mark.parametrize(
    ("version", "extra", "uses_context"),
    [
        ("2012-10-17", {"Resource": "*"}, False),
        ("2012-10-17", {"Resource": "arn:aws:iam::1:user/${aws:username}"}, True),
        ("2008-10-17", {"Resource": "arn:aws:iam::1:user/${aws:username}"}, False),
        ("2012-10-17", {"Resource": "arn:aws:iam::1:user/${*}"}, False),
        ("2012-10-17", {"Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ("2012-10-17", {"Resource": "*", "Condition": {"Bool": {}}}, False),
    ],
)
def test_uses_context(version: str, extra: dict[str, object], uses_context: bool) -> None:
    document = read(json.dumps({"Version": version, "Statement": {"Effect": "Allow", "Action": "*", **extra}}))
    assert document.uses_context is uses_context


KEYS = ["Version", "Statement", "Effect", "Action", "NotAction", "Resource", "Condition", "Sid"]
OPERATORS = ["StringLike", "DateEquals", "Null"]
VALUES = ["2012-10-17", "Allow", "Deny", "*", "a:b", "arn:aws:iam::1:user/${a}", "${", "${x,'y", "\ud800"]
WORDS = st.sampled_from(KEYS + OPERATORS + VALUES)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny", "allow"]), "Action": WORDS | ANY_JSON, "Resource": WORDS | ANY_JSON},
    optional={"Condition": st.dictionaries(WORDS, st.dictionaries(WORDS, ANY_JSON, max_size=2), max_size=2)},
)


@given(ANY_JSON | st.fixed_dictionaries({"Version": st.just("2012-10-17"), "Statement": STATEMENTS}))
def test_any_json_is_read_or_refused_and_nothing_else(value: object) -> None:
    for reader in (read, stored):
        refusal = ""
        try:
            reader(json.dumps(value))
        except Problem as problem:
            refusal = str(problem)
        assert refusal.isprintable()


@given(st.text())
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    with pytest.raises(MalformedPolicyDocument):
        read(text)
