"""Authorization: root, and what each kind of policy says of a denial."""

import json
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.house_fixture import ACCOUNT, World, allow
from tests.pki import NOW

from sealstone.model.identity import User
from sealstone.model.session import Session, SessionKind
from sealstone.operations.authorization import MOST_STEPS, authorize, denied, judged
from sealstone.operations.call import Call, Caller, House, Resource
from sealstone.operations.errors import AccessDenied
from sealstone.policy.document import Document, stored
from sealstone.policy.evaluate import Request
from sealstone.policy.judgement import Bounds, judge

BOB = User(ACCOUNT, "AIDABOB", "bob", "/", NOW)


def document(effect: str, action: str = "*") -> Document:
    return stored(json.dumps(allow(action, "*", Effect=effect)))


ALLOWS, DENIES, OTHER = document("Allow"), document("Deny"), document("Allow", "iam:Other")


def call(world: World, caller: Caller) -> Call:
    asked = Call(world.house, caller, "iam", "GetUser", {}, "id", NOW)
    asked.resources = (Resource("arn:a"), Resource("arn:b", named="b"))
    return asked


@pytest.mark.parametrize(
    ("policies", "boundary", "session", "tail"),
    [
        ((), None, None, "because no identity-based policy allows the iam:GetUser action"),
        ((ALLOWS, DENIES), None, None, "with an explicit deny in an identity-based policy"),
        ((ALLOWS,), (OTHER,), None, "because no permissions boundary allows the iam:GetUser action"),
        ((ALLOWS,), (ALLOWS, DENIES), None, "with an explicit deny in a permissions boundary"),
        ((ALLOWS,), None, (), "because no session policy allows the iam:GetUser action"),
        ((ALLOWS,), (ALLOWS,), (ALLOWS, DENIES), "with an explicit deny in a session policy"),
        ((OTHER,), (ALLOWS,), (ALLOWS,), "because no identity-based policy allows the iam:GetUser action"),
    ],
)
def test_the_sentence_of_a_denial(
    world: World,
    policies: tuple[Document, ...],
    boundary: tuple[Document, ...] | None,
    session: tuple[Document, ...] | None,
    tail: str,
) -> None:
    caller = Caller(ACCOUNT, "AKIA", BOB, policies, boundary=boundary, session_policies=session)
    with pytest.raises(AccessDenied) as refusal:
        authorize(call(world, caller), "iam:GetUser")
    sentence = f"User: {BOB.arn} is not authorized to perform: iam:GetUser on resource: arn:a {tail}"
    assert refusal.value.message == sentence


def test_all_sets_allow(world: World) -> None:
    caller = Caller(ACCOUNT, "AKIA", BOB, (ALLOWS,), boundary=(ALLOWS,), session_policies=(ALLOWS,))
    authorize(call(world, caller), "iam:GetUser")


def test_every_resource_must_be_allowed(world: World) -> None:
    caller = Caller(ACCOUNT, "AKIA", BOB, (stored(json.dumps(allow("*", "arn:a:*:*:*:*"))),))
    asked = call(world, caller)
    asked.resources = (Resource("arn:a:b:c:d:e"), Resource("arn:b:b:c:d:e", named="b"))
    with pytest.raises(AccessDenied, match="on resource: b because"):
        authorize(asked, "iam:GetUser")


def test_root_may(world: World) -> None:
    root = Caller(ACCOUNT, "AKIA", None)
    authorize(call(world, root), "iam:GetUser")
    authorize(call(world, replace(root, policies=(DENIES,))), "iam:GetUser")


def work(patterns: list[str], count: int) -> tuple[Document, ...]:
    return tuple(stored(json.dumps(allow("*", patterns))) for _ in range(count))


def test_a_call_that_is_too_much_work_is_denied(world: World) -> None:
    """However it comes: by dear patterns, by many of them, by many resources, by many values."""
    dear = ["*", *(f"arn:aws:iam::*:user/*?{number}" for number in range(1_500))]
    asked = call(world, Caller(ACCOUNT, "AKIA", BOB, work(dear, 1)))
    asked.resources = (Resource("arn:a"),)
    authorize(asked, "iam:GetUser")
    assert 30_000 < asked.steps < MOST_STEPS
    with pytest.raises(AccessDenied, match="because no identity-based policy allows"):
        authorize(asked, "iam:GetUser")
    with world.store.reading() as tx:
        asked.enter(tx)
    authorize(asked, "iam:GetUser")
    for caller in (
        Caller(ACCOUNT, "AKIA", BOB, work(dear, 3)),
        Caller(ACCOUNT, "AKIA", BOB, (ALLOWS,), boundary=work(dear, 3)),
        Caller(ACCOUNT, "AKIA", BOB, (ALLOWS,), session_policies=work(dear, 3)),
    ):
        with pytest.raises(AccessDenied):
            authorize(call(world, caller), "iam:GetUser")
    many = call(world, Caller(ACCOUNT, "AKIA", BOB, (ALLOWS,)))
    many.resources = (Resource("arn:aws:iam::1:user/" + "a" * 2_000),) * 50
    with pytest.raises(AccessDenied):
        authorize(many, "iam:GetUser")


@pytest.mark.parametrize("how", ["Tags", "tagKeys", "handed on"])
def test_the_work_of_a_condition_is_that_of_all_its_values(world: World, how: str) -> None:
    condition = {"ForAnyValue:StringLike": {"aws:TagKeys": ["?" * 100] * 10}}
    caller = Caller(ACCOUNT, "AKIA", BOB, (ALLOWS, stored(json.dumps(allow("*", "*", Condition=condition)))))
    cheap = call(world, caller)
    authorize(cheap, "iam:GetUser")
    if how == "handed on":
        keys = tuple(map(str, range(50)))
        session = Session(ACCOUNT, "ASIA", SessionKind.SESSION_TOKEN, "", "", NOW, NOW, transitive_tag_keys=keys)
        caller = replace(caller, session=session)
    asked = call(world, caller)
    asked.parameters = {} if how == "handed on" else {how: [{}] * 50}
    with pytest.raises(AccessDenied):
        authorize(asked, "iam:GetUser")


def test_a_denial_without_a_reason_ends_with_the_resource(world: World) -> None:
    refusal = denied(call(world, Caller(ACCOUNT, "AKIA", BOB)), "sts:AssumeRole", Resource("arn:r"))
    assert refusal.message.endswith("sts:AssumeRole on resource: arn:r")


ACTIONS = ("iam:GetUser", "iam:Get*", "iam:*", "*", "acm:*", "IAM:getuser", "iam:PutUser")
STATEMENTS = st.builds(
    lambda effect, element, actions: {"Effect": effect, element: actions, "Resource": "*"},
    st.sampled_from(("Allow", "Deny")),
    st.sampled_from(("Action", "NotAction")),
    st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2),
)
SETS = st.lists(st.lists(STATEMENTS, min_size=1, max_size=3), max_size=3)


@given(SETS, st.none() | SETS, st.none() | SETS)
def test_to_ask_fewer_statements_changes_no_verdict(
    identity: list[list[object]], boundary: list[list[object]] | None, session: list[list[object]] | None
) -> None:
    sets = [None if each is None else tuple(map(_compiled, each)) for each in (identity, boundary, session)]
    bounds = Bounds(sets[0] or (), sets[1], sets[2])
    asked = Call(cast("House", None), Caller(ACCOUNT, "AKIA", BOB), "iam", "GetUser", {}, "id", NOW)
    found = judged(asked, "iam:GetUser", Resource("*"), bounds=bounds)
    wanted = judge(bounds, Request("iam:GetUser", "*", {}))
    assert (found.allowed, found.kind, found.decision.verdict) == (
        wanted.allowed,
        wanted.kind,
        wanted.decision.verdict,
    )


def _compiled(statements: list[object]) -> Document:
    return stored(json.dumps({"Version": "2012-10-17", "Statement": statements}))
