"""Evaluation: every vector, which statement decides, what is asked of the context, and laws that always hold."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy.document import Document, read
from sealstone.policy.evaluate import Decision, Request, Verdict, applying, evaluate

VECTORS = Path(__file__).parents[2] / "vectors" / "policy"
CASES: list[dict[str, Any]] = [
    case for path in sorted(VECTORS.glob("evaluate_*.json")) for case in json.loads(path.read_text())
]
ARN = "arn:aws:iam::123456789012:server-certificate/abc/build"


def test_the_vectors_are_many_and_named_once() -> None:
    assert len(CASES) >= 200
    assert len(CASES) == len({case["id"] for case in CASES})
    assert {case["source"] for case in CASES} == {"recorded", "documented", "inferred"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_vector(case: dict[str, Any]) -> None:
    documents = [read(json.dumps(document)) for document in case["documents"]]
    context = {key: tuple(values) for key, values in case["context"].items()}
    request = Request(case["request"]["action"], case["request"]["resource"], context)
    assert evaluate(documents, request).verdict.value == case["verdict"]


def policy(*statements: dict[str, object]) -> Document:
    return read(json.dumps({"Version": "2012-10-17", "Statement": statements}))


def statement(effect: str = "Allow", **extra: object) -> dict[str, object]:
    return {"Effect": effect, "Action": "*", "Resource": "*", **extra}


def request(**context: str) -> Request:
    return Request("iam:GetServerCertificate", ARN, {key: (value,) for key, value in context.items()})


def test_the_decision_names_the_statement() -> None:
    other, mine = policy(statement(Action="s3:*")), policy(statement(Action="s3:*"), statement(Sid="Mine"))
    decision = evaluate([other, mine], request())
    assert decision == Decision(Verdict.ALLOWED, document=1, statement=2, sid="Mine")
    assert decision.allowed


def test_the_first_statement_that_allows_is_named() -> None:
    assert evaluate([policy(statement(), statement(Sid="Later"))], request()).statement == 1


def test_a_deny_is_named_even_after_an_allow() -> None:
    decision = evaluate([policy(statement()), policy(statement("Deny", Sid="Never"))], request())
    assert decision == Decision(Verdict.EXPLICIT_DENY, document=1, statement=1, sid="Never")
    assert not decision.allowed


def test_an_implicit_deny_names_nothing() -> None:
    assert evaluate([policy(statement(Action="s3:*"))], request()) == Decision(Verdict.IMPLICIT_DENY)


def test_every_statement_that_applies_is_listed() -> None:
    documents = [policy(statement("Deny"), statement(Sid="A")), policy(statement(Action="s3:*"), statement(Sid="B"))]
    allowing = applying(documents, request(), allows=True)
    assert [(position, found.number, found.sid) for position, found in allowing] == [(0, 2, "A"), (1, 2, "B")]
    assert [(position, found.number) for position, found in applying(documents, request(), allows=False)] == [(0, 1)]


class Untouchable(Mapping[str, tuple[str, ...]]):
    """A context that must not be asked for anything."""

    def __getitem__(self, key: str) -> tuple[str, ...]:
        raise AssertionError(key)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError


@pytest.mark.parametrize(
    "document",
    [
        policy(statement()),
        policy(statement(Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}})),
        policy(statement(Resource="arn:aws:s3:::x", Condition={"Bool": {"aws:SecureTransport": "true"}})),
        policy(statement(Resource="arn:aws:s3:::${aws:username}")),
        policy(statement(), statement(Condition={"Null": {"aws:username": "true"}})),
    ],
)
def test_the_context_is_not_asked_without_need(document: Document) -> None:
    evaluate([document], Request("iam:GetServerCertificate", ARN, Untouchable()))


def test_the_context_is_asked_when_a_condition_needs_it() -> None:
    document = policy(statement(Condition={"Null": {"aws:username": "true"}}))
    with pytest.raises(AssertionError, match="aws:username"):
        evaluate([document], Request("iam:GetServerCertificate", ARN, Untouchable()))


NAMES = st.lists(
    st.sampled_from(["*", "iam:*", "iam:GetServerCertificate", "iam:?et*", "s3:*", "iam:Delete*"]),
    min_size=1,
    max_size=3,
)
RESOURCES = st.lists(
    st.sampled_from(["*", ARN, "arn:aws:iam::*:server-certificate/*", "arn:aws:iam::*:server-certificate/${team}/*"])
    | st.just("arn:aws:s3:::x"),
    min_size=1,
    max_size=3,
)
CONDITIONS = st.dictionaries(
    st.sampled_from(["StringEquals", "StringNotLike", "ForAllValues:StringLike", "ForAnyValue:StringNotEquals"]),
    st.dictionaries(
        st.sampled_from(["team", "TIER"]),
        st.lists(st.sampled_from(["abc", "a*", "${tier}", "x"]), min_size=1, max_size=3),
        max_size=2,
    ),
    max_size=2,
)
STATEMENTS = st.builds(
    lambda effect, action, resource, actions, resources, condition: {
        "Effect": effect,
        action: actions,
        resource: resources,
        "Condition": condition,
    },
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["Action", "NotAction"]),
    st.sampled_from(["Resource", "NotResource"]),
    NAMES,
    RESOURCES,
    CONDITIONS,
)
POLICIES = st.lists(STATEMENTS, min_size=1, max_size=4)
REQUESTS = st.builds(
    Request,
    st.sampled_from(["iam:GetServerCertificate", "iam:DeleteUser", "s3:GetObject"]),
    st.sampled_from([ARN, "arn:aws:s3:::x", "*"]),
    st.dictionaries(
        st.sampled_from(["team", "tier"]), st.lists(st.sampled_from(["abc", "x", "*"]), max_size=2).map(tuple)
    ),
)


@given(POLICIES, STATEMENTS, REQUESTS)
def test_adding_a_deny_never_allows_more(
    statements: list[dict[str, object]], further: dict[str, object], asked: Request
) -> None:
    before = evaluate([policy(*statements)], asked)
    after = evaluate([policy(*statements, {**further, "Effect": "Deny"})], asked)
    assert before.allowed or not after.allowed
    assert before.verdict is not Verdict.EXPLICIT_DENY or after.verdict is Verdict.EXPLICIT_DENY


@given(POLICIES, STATEMENTS, REQUESTS)
def test_adding_an_allow_never_denies_more(
    statements: list[dict[str, object]], further: dict[str, object], asked: Request
) -> None:
    before = evaluate([policy(*statements)], asked)
    after = evaluate([policy(*statements, {**further, "Effect": "Allow"})], asked)
    assert after.allowed or not before.allowed


def reversed_values(found: dict[str, object]) -> dict[str, object]:
    turned: dict[str, object] = {}
    for key, value in reversed(found.items()):
        if isinstance(value, dict):
            turned[key] = reversed_values(value)
        else:
            turned[key] = list(reversed(value)) if isinstance(value, list) else value
    return turned


@given(POLICIES, REQUESTS)
def test_the_order_of_statements_and_values_never_matters(statements: list[dict[str, object]], asked: Request) -> None:
    turned = [reversed_values(one) for one in reversed(statements)]
    together = evaluate([policy(*statements)], asked).verdict
    assert together is evaluate([policy(*turned)], asked).verdict
    assert together is evaluate([policy(one) for one in turned], asked).verdict
