"""Several sets of policies together: every vector, laws that always hold, and the words of a denial."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy.document import Document, read
from sealstone.policy.evaluate import Decision, Request, Verdict, evaluate
from sealstone.policy.judgement import Bounds, Judgement, Kind, denial, judge

VECTORS = Path(__file__).parents[2] / "vectors" / "policy" / "judge_bounds.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text())
ACTION = "iam:GetUser"
ASKED = Request(ACTION, "arn:aws:iam::123456789012:user/eve", {})


def policy(effect: str, action: str = "*", sid: str = "") -> Document:
    statement = {"Sid": sid, "Effect": effect, "Action": action, "Resource": "*"}
    return read(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


ALLOW, DENY, OTHER = policy("Allow"), policy("Deny"), policy("Allow", "s3:*")


def documents(texts: list[object] | None) -> tuple[Document, ...] | None:
    return None if texts is None else tuple(read(json.dumps(text)) for text in texts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_vector(case: dict[str, Any]) -> None:
    bounds = Bounds(documents(case["identity"]) or (), documents(case.get("boundary")), documents(case.get("session")))
    context = {key: tuple(values) for key, values in case["context"].items()}
    judgement = judge(bounds, Request(case["request"]["action"], case["request"]["resource"], context))
    assert judgement.decision.verdict.value == case["verdict"]
    assert judgement.allowed is (case["verdict"] == "allowed")
    assert judgement.kind.name.lower() == case["decided_by"]
    assert case["source"] in {"documented", "inferred"}


def test_the_vectors_are_named_once() -> None:
    assert len(CASES) == len({case["id"] for case in CASES}) >= 50


@pytest.mark.parametrize(
    ("bounds", "kind", "verdict"),
    [
        (Bounds((ALLOW,)), Kind.IDENTITY, Verdict.ALLOWED),
        (Bounds((OTHER,)), Kind.IDENTITY, Verdict.IMPLICIT_DENY),
        (Bounds((ALLOW, DENY)), Kind.IDENTITY, Verdict.EXPLICIT_DENY),
        (Bounds((ALLOW,), (ALLOW,), (ALLOW,)), Kind.IDENTITY, Verdict.ALLOWED),
        (Bounds((ALLOW,), (OTHER,)), Kind.BOUNDARY, Verdict.IMPLICIT_DENY),
        (Bounds((ALLOW,), ()), Kind.BOUNDARY, Verdict.IMPLICIT_DENY),
        (Bounds((ALLOW,), (ALLOW, DENY)), Kind.BOUNDARY, Verdict.EXPLICIT_DENY),
        (Bounds((ALLOW,), None, (OTHER,)), Kind.SESSION, Verdict.IMPLICIT_DENY),
        (Bounds((ALLOW,), None, ()), Kind.SESSION, Verdict.IMPLICIT_DENY),
        (Bounds((ALLOW,), (ALLOW,), (DENY,)), Kind.SESSION, Verdict.EXPLICIT_DENY),
        # The first that does not allow is named, but an explicit deny comes before every lack.
        (Bounds((OTHER,), (OTHER,), (OTHER,)), Kind.IDENTITY, Verdict.IMPLICIT_DENY),
        (Bounds((ALLOW,), (OTHER,), (OTHER,)), Kind.BOUNDARY, Verdict.IMPLICIT_DENY),
        (Bounds((OTHER,), (OTHER,), (DENY,)), Kind.SESSION, Verdict.EXPLICIT_DENY),
        (Bounds((OTHER,), (DENY,), (DENY,)), Kind.BOUNDARY, Verdict.EXPLICIT_DENY),
        (Bounds((DENY,), (DENY,), (DENY,)), Kind.IDENTITY, Verdict.EXPLICIT_DENY),
        (Bounds((), (ALLOW,), (ALLOW,)), Kind.IDENTITY, Verdict.IMPLICIT_DENY),
    ],
)
def test_which_set_decides(bounds: Bounds, kind: Kind, verdict: Verdict) -> None:
    judgement = judge(bounds, ASKED)
    assert (judgement.kind, judgement.decision.verdict) == (kind, verdict)
    assert judgement.allowed is (verdict is Verdict.ALLOWED)


def test_the_statement_of_the_set_that_decides_is_named() -> None:
    bounds = Bounds((OTHER, policy("Allow", sid="Mine")), (OTHER, policy("Deny", sid="Never")))
    assert judge(bounds, ASKED).decision == Decision(Verdict.EXPLICIT_DENY, 1, 1, "Never")
    assert judge(Bounds(bounds.identity, (ALLOW,)), ASKED).decision == Decision(Verdict.ALLOWED, 1, 1, "Mine")


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (Bounds((OTHER,)), "because no identity-based policy allows the iam:GetUser action"),
        (Bounds((DENY,)), "with an explicit deny in an identity-based policy"),
        (Bounds((ALLOW,), (OTHER,)), "because no permissions boundary allows the iam:GetUser action"),
        (Bounds((ALLOW,), (DENY,)), "with an explicit deny in a permissions boundary"),
        (Bounds((ALLOW,), None, (OTHER,)), "because no session policy allows the iam:GetUser action"),
        (Bounds((ALLOW,), None, (DENY,)), "with an explicit deny in a session policy"),
    ],
)
def test_denials_are_worded_as_aws_words_them(bounds: Bounds, words: str) -> None:
    assert denial(judge(bounds, ASKED), ACTION) == words


def test_there_is_no_denial_of_what_is_allowed() -> None:
    with pytest.raises(ValueError, match="allowed"):
        denial(Judgement(allowed=True, kind=Kind.IDENTITY, decision=Decision(Verdict.ALLOWED, 0, 1)), ACTION)


SETS = st.lists(st.sampled_from([ALLOW, DENY, OTHER, policy("Deny", "s3:*")]), max_size=4).map(tuple)
BOUNDS = st.builds(Bounds, SETS, st.none() | SETS, st.none() | SETS)


@given(BOUNDS)
def test_a_further_set_never_allows_more(bounds: Bounds) -> None:
    if judge(bounds, ASKED).allowed:
        assert judge(Bounds(bounds.identity), ASKED).allowed
        assert judge(Bounds(bounds.identity, bounds.boundary), ASKED).allowed


@given(BOUNDS)
def test_a_deny_added_to_any_set_denies(bounds: Bounds) -> None:
    identity, boundary, session = bounds.identity, bounds.boundary, bounds.session
    for further in (
        Bounds((*identity, DENY), boundary, session),
        Bounds(identity, (*(boundary or ()), DENY), session),
        Bounds(identity, boundary, (*(session or ()), DENY)),
    ):
        assert judge(further, ASKED).decision.verdict is Verdict.EXPLICIT_DENY


@given(BOUNDS)
def test_it_is_allowed_when_every_set_that_there_is_allows(bounds: Bounds) -> None:
    sets = [one for one in (bounds.identity, bounds.boundary, bounds.session) if one is not None]
    assert judge(bounds, ASKED).allowed is all(evaluate(one, ASKED).allowed for one in sets)


@given(BOUNDS)
def test_the_order_of_policies_never_matters(bounds: Bounds) -> None:
    turned = Bounds(
        bounds.identity[::-1],
        bounds.boundary and bounds.boundary[::-1],
        bounds.session and bounds.session[::-1],
    )
    here, there = judge(bounds, ASKED), judge(turned, ASKED)
    assert (here.kind, here.decision.verdict) == (there.kind, there.decision.verdict)
