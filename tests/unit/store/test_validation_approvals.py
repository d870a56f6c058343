"""Approvals in the store: answered once, in time, and the first answer about a domain settles it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.store.conftest import ACCOUNT, NOW

from sealstone.model.approval import Answer, Approval
from sealstone.store import validation_approvals as stored
from sealstone.store.engine import Store
from sealstone.store.faults import NameTaken

REGION = "eu-west-1"
PLACE = (ACCOUNT, REGION, "certificate-1")
ASKED = Approval(
    token_hash="aa" * 32,
    account_id=ACCOUNT,
    region=REGION,
    unique_id="certificate-1",
    domain_name="*.example.com",
    email="admin@example.com",
    created_at=NOW,
    expires_at=NOW + timedelta(hours=72),
)


def test_what_was_asked_comes_back(store: Store) -> None:
    answered = replace(ASKED, token_hash="bb", answered_at=NOW, answer=Answer.DECLINED)
    with store.writing() as tx:
        stored.add(tx, ASKED)
        stored.add(tx, answered)
        assert stored.of(tx, ASKED.token_hash) == ASKED
        assert stored.of(tx, "bb") == answered
        assert stored.of(tx, "cc") is None
    with pytest.raises(NameTaken), store.writing() as tx:
        stored.add(tx, ASKED)


@pytest.mark.parametrize("approved", [True, False])
def test_the_first_answer_about_a_domain_settles_it(store: Store, approved: bool) -> None:
    with store.writing() as tx:
        stored.add(tx, ASKED)
        stored.add(tx, replace(ASKED, token_hash="bb", email="hostmaster@example.com"))
        stored.add(tx, replace(ASKED, token_hash="cc", domain_name="example.org"))
        assert stored.answers(tx, *PLACE) == {}
        assert stored.answer(tx, ASKED.token_hash, NOW, approved=approved)
        assert not stored.answer(tx, ASKED.token_hash, NOW, approved=not approved)
        assert not stored.answer(tx, "bb", NOW, approved=not approved)
        assert stored.answers(tx, *PLACE) == {"*.example.com": approved}
        assert stored.answer(tx, "cc", NOW, approved=True)
        assert stored.answers(tx, *PLACE) == {"*.example.com": approved, "example.org": True}
        kept = stored.of(tx, ASKED.token_hash)
        said = Answer.APPROVED if approved else Answer.DECLINED
        assert kept == replace(ASKED, answered_at=NOW, answer=said)


def test_an_answer_that_comes_too_late_or_from_nowhere_is_none(store: Store) -> None:
    with store.writing() as tx:
        stored.add(tx, ASKED)
        assert not stored.answer(tx, ASKED.token_hash, ASKED.expires_at, approved=True)
        assert not stored.answer(tx, "nothing", NOW, approved=True)
        assert stored.answers(tx, *PLACE) == {}
        assert stored.answer(tx, ASKED.token_hash, ASKED.expires_at - timedelta(seconds=1), approved=True)


def test_answers_are_of_one_certificate_and_forgotten_with_it(store: Store) -> None:
    others = [replace(ASKED, token_hash="bb", region="us-east-1"), replace(ASKED, token_hash="cc", unique_id="other")]
    with store.writing() as tx:
        for one in (ASKED, *others):
            stored.add(tx, one)
            assert stored.answer(tx, one.token_hash, NOW, approved=True)
        stored.remove(tx, *PLACE)
        assert stored.of(tx, ASKED.token_hash) is None
        assert stored.answers(tx, *PLACE) == {}
        assert [stored.of(tx, one.token_hash) is not None for one in others] == [True, True]


def test_of_the_questions_about_a_domain_the_last_ones_stay(store: Store) -> None:
    asked = [replace(ASKED, token_hash=f"{n}", created_at=NOW + timedelta(hours=n)) for n in (3, 0, 4, 1, 2)]
    others = [replace(ASKED, token_hash="b", domain_name="b.example"), replace(ASKED, token_hash="c", unique_id="c")]
    with store.writing() as tx:
        for one in (*asked, *others):
            stored.add(tx, one)
        assert stored.answer(tx, "0", NOW, approved=False)
        stored.withdraw_older(tx, ASKED, 2)
        left = [one.token_hash for one in (*asked, *others) if stored.of(tx, one.token_hash)]
    assert left == ["3", "0", "4", "b", "c"]


def test_what_was_not_put_after_all_is_forgotten_unless_it_is_answered(store: Store) -> None:
    with store.writing() as tx:
        stored.add(tx, ASKED)
        stored.add(tx, replace(ASKED, token_hash="bb", domain_name="example.org"))
        assert stored.answer(tx, "bb", NOW, approved=True)
        stored.withdraw(tx, ASKED.token_hash)
        stored.withdraw(tx, "bb")
        assert stored.of(tx, ASKED.token_hash) is None
        assert stored.answers(tx, *PLACE) == {"example.org": True}
